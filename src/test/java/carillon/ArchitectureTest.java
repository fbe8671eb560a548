package carillon;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.assignableTo;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.equivalentTo;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;
import static com.tngtech.archunit.library.GeneralCodingRules.ACCESS_STANDARD_STREAMS;
import static com.tngtech.archunit.library.GeneralCodingRules.NO_CLASSES_SHOULD_USE_FIELD_INJECTION;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.junit.jupiter.api.Assertions.assertEquals;

import carillon.log.EventLog;
import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaPackage;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.NullMarked;

/**
 * The plan of the house as rules: which package may use which, and what none may use. A package that is not in
 * {@link #rooms_useOthers_asPlanned} breaks the build, so a new one is a decision. Rules for packages that do not exist
 * yet hold.
 */
@AnalyzeClasses(packages = "carillon", importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTest {

  /** Classes that may use the inside of Vert.x, by full name. Each needs a comment with its reason. */
  private static final Set<String> INSIDE_VERTX_ALLOWED =
      Set.of(
          "carillon.http.PublishLanes", // a lane for pipelined publishes stands in the channel of its connection
          "carillon.http.Acceptor", // sees connections before their first request is complete, if it ever is
          "carillon.http.BelowEncoder", // the channel of a connection, for which there is no public way
          "carillon.ClusterView", // who is in the cluster is asked of its manager
          "carillon.GridOpening"); // nothing outside tells which Hazelcast a Vert.x that was launched by others is in

  /** The classes that speak to a person at a terminal: what is started from there. */
  private static final Set<String> COMMANDS = Set.of("carillon.Launcher", "carillon.bench.BenchCommand");

  @ArchTest
  static final ArchRule rooms_useOthers_asPlanned =
      layeredArchitecture()
          .consideringOnlyDependenciesInLayers()
          .withOptionalLayers(true)
          .ensureAllClassesAreContainedInArchitecture()
          .layer("root").definedBy("carillon")
          .layer("config").definedBy("carillon.config..")
          .layer("event").definedBy("carillon.event..")
          .layer("meter").definedBy("carillon.meter..")
          .layer("sse").definedBy("carillon.sse..")
          .layer("log").definedBy("carillon.log..")
          .layer("bus").definedBy("carillon.bus..")
          .layer("publish").definedBy("carillon.publish..")
          .layer("tail").definedBy("carillon.tail..")
          .layer("subscribe").definedBy("carillon.subscribe..")
          .layer("auth").definedBy("carillon.auth..")
          .layer("http").definedBy("carillon.http..")
          .layer("ops").definedBy("carillon.ops..")
          .layer("bench").definedBy("carillon.bench..")
          .layer("cli").definedBy("carillon.cli..")
          .whereLayer("root").mayNotBeAccessedByAnyLayer()
          .whereLayer("config").mayOnlyAccessLayers("event")
          .whereLayer("event").mayNotAccessAnyLayer()
          .whereLayer("meter").mayNotAccessAnyLayer()
          .whereLayer("sse").mayOnlyAccessLayers("event")
          .whereLayer("log").mayOnlyAccessLayers("event")
          .whereLayer("bus").mayOnlyAccessLayers("event", "sse")
          .whereLayer("publish").mayOnlyAccessLayers("config", "event", "log", "bus", "meter")
          .whereLayer("tail").mayOnlyAccessLayers("config", "event", "sse", "log", "bus", "meter")
          .whereLayer("subscribe").mayOnlyAccessLayers("config", "event", "sse", "log", "bus", "tail", "meter")
          .whereLayer("auth").mayOnlyAccessLayers("config", "event")
          .whereLayer("ops").mayOnlyAccessLayers("config", "meter")
          .whereLayer("ops").mayOnlyBeAccessedByLayers("root")
          .whereLayer("bench").mayNotAccessAnyLayer()
          .whereLayer("bench").mayOnlyBeAccessedByLayers("root", "cli")
          .whereLayer("cli").mayOnlyAccessLayers("event", "bench")
          .whereLayer("cli").mayOnlyBeAccessedByLayers("root");

  @ArchTest
  static final ArchRule rooms_useEachOther_neverInACircle =
      slices().matching("carillon.(*)..").should().beFreeOfCycles();

  @ArchTest
  static final ArchRule engines_areKnown_onlyToTheLogAndTheRoot =
      noClasses().that().resideOutsideOfPackages("carillon", "carillon.log..")
          .should().dependOnClassesThat(
              assignableTo(EventLog.class).and(not(equivalentTo(EventLog.class))).as("are engines of the log"))
          .because("everything above the log is written against its contract");

  @ArchTest
  static final ArchRule packages_areNamed_forWhatTheyDo =
      noClasses().should().resideInAnyPackage(
          "..util..", "..utils..", "..common..", "..model..", "..impl..", "..service..", "..helper..", "..misc..");

  @ArchTest
  static final ArchRule values_useNothing_butTheLanguage =
      classes().that().resideInAPackage("carillon.event..")
          .should().onlyDependOnClassesThat().resideInAnyPackage("carillon.event..", "java..", "org.jspecify..");

  @ArchTest
  static final ArchRule pureRooms_haveNoThreads =
      noClasses().that().resideInAnyPackage("carillon.event..", "carillon.sse..")
          .should().dependOnClassesThat(
              assignableTo(Thread.class)
                  .or(resideInAnyPackage("java.util.concurrent.."))
                  .as("are about threads"))
          .because("what decides does not do");

  @ArchTest
  static final ArchRule pureRooms_haveNoClock =
      noClasses().that().resideInAnyPackage("carillon.event..", "carillon.sse..")
          .should().callMethod(Instant.class, "now")
          .orShould().callMethod(System.class, "nanoTime")
          .orShould().callMethod(System.class, "currentTimeMillis")
          .orShould().dependOnClassesThat().areAssignableTo(Clock.class)
          .because("time comes in as a value, so that tests own it");

  @ArchTest
  static final ArchRule vertx_isUsed_fromTheOutside =
      noClasses().that(not(named(INSIDE_VERTX_ALLOWED)))
          .should().dependOnClassesThat().resideInAnyPackage("io.vertx..impl..", "io.vertx..internal..")
          .because("its inside changes without notice");

  @ArchTest
  static final ArchRule verticles_extend_verticleBase =
      noClasses().should().dependOnClassesThat().haveFullyQualifiedName("io.vertx.core.AbstractVerticle")
          .because("a start that is a future cannot be forgotten to complete");

  @ArchTest
  static final ArchRule logging_goesThrough_theSystemLogger =
      noClasses().that().resideOutsideOfPackage("carillon.ops..")
          .should().dependOnClassesThat().resideInAnyPackage("java.util.logging..", "org.slf4j..");

  @ArchTest
  static final ArchRule standardStreams_belongTo_commands =
      noClasses().that(not(named(COMMANDS))).should(ACCESS_STANDARD_STREAMS);

  @ArchTest
  static final ArchRule collaborators_comeIn_byConstructor = NO_CLASSES_SHOULD_USE_FIELD_INJECTION;

  @ArchTest
  static void packages_haveAnEssay_andNoNulls(JavaClasses classes) {
    JavaPackage root = classes.getPackage("carillon");
    List<String> unmarked =
        Stream.concat(Stream.of(root), root.getSubpackagesInTree().stream())
            .filter(room -> !room.getClasses().isEmpty())
            .filter(room -> room.tryGetPackageInfo().filter(info -> info.isAnnotatedWith(NullMarked.class)).isEmpty())
            .map(JavaPackage::getName)
            .sorted()
            .toList();
    assertEquals(List.of(), unmarked, "packages without a package-info that is @NullMarked");
  }

  /** The classes of these names and whatever is declared inside them. */
  private static DescribedPredicate<JavaClass> named(Set<String> names) {
    return DescribedPredicate.describe(
        "in " + names, type -> names.contains(type.getName().replaceFirst("\\$.*", "")));
  }
}
