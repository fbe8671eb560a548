package carillon;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.source.doctree.DocCommentTree;
import com.sun.source.tree.ClassTree;
import com.sun.source.tree.CompilationUnitTree;
import com.sun.source.tree.Tree;
import com.sun.source.util.DocTrees;
import com.sun.source.util.JavacTask;
import com.sun.source.util.TreePathScanner;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.lang.model.element.Modifier;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;

/**
 * Holds what is written about the code to the code: every public type says what it is, every package has its essay, and
 * the classes, routes and settings that the README and the essays name exist. Whether they tell the truth is for
 * readers; that the commands of the README work is for {@code ReadmeIT}.
 */
class DocsTest {

  private static final Path MAIN = Path.of("src", "main", "java");
  private static final Path README = Path.of("README.md");

  private static final String ESSAY = "package-info.java";

  /** What an essay answers, in this order. */
  private static final List<Pattern> ANSWERS =
      List.of(
          Pattern.compile("/\\*\\*\\n \\* [A-Z].*"), // which question the package answers
          Pattern.compile("→|▶"), // what comes in, what goes out, and to whom
          Pattern.compile("<p><b>Invariants\\b"),
          Pattern.compile("<p><b>Threads\\.</b> [A-Z{]"),
          Pattern.compile("<p><b>When things go wrong\\.</b> [A-Z{]"),
          Pattern.compile("<p>Read \\{@link|<p><b>Start reading</b> at \\{@link"));

  /** A class as essays spell it when they cannot link to it: {@code PublisherVerticle}, {@code Stream.close}. */
  private static final Pattern CLASS_IN_AN_ESSAY = Pattern.compile("\\{@code ([A-Z][a-z]+[A-Za-z]*)(\\.\\w+)?}");

  private static final Pattern CLASS_IN_THE_README = Pattern.compile("\\bcarillon(?:\\.[a-z]+)*\\.[A-Z]\\w*");

  /** A request as the table of the HTTP interface spells it: {@code `POST /events/{topic…}`, also `PUT`}. */
  private static final Pattern REQUEST = Pattern.compile("`([A-Z]+)(?: (/\\S*))?`");

  private static final Pattern SETTING = Pattern.compile("`([a-z]+\\.[a-zA-Z]+)`");
  private static final Pattern SETTING_ROW = Pattern.compile("(?m)^\\| `([a-zA-Z.]+)` \\|");
  private static final Pattern ENVIRONMENT = Pattern.compile("`(CARILLON_[A-Z_]+)`");

  @Test
  void publicTypes_everyOne_saysWhatItIs() throws IOException {
    var silent = new TreeSet<String>();
    int types = 0;
    var compiler = ToolProvider.getSystemJavaCompiler();
    try (var files = compiler.getStandardFileManager(null, null, StandardCharsets.UTF_8)) {
      var sources = files.getJavaFileObjectsFromPaths(sources());
      var task = (JavacTask) compiler.getTask(null, files, null, List.of("-proc:none"), null, sources);
      for (CompilationUnitTree unit : task.parse()) {
        var reader = new PublicTypes(DocTrees.instance(task));
        var unused = reader.scan(unit, null);
        types += reader.types;
        silent.addAll(reader.silent);
      }
    }
    assertTrue(types > 50, "the types are there: " + types);
    assertEquals(Set.of(), silent, "public types without a sentence");
  }

  @Test
  void packages_everyOne_hasAnEssayThatAnswersInOrder() throws IOException {
    var packages = sources().stream().map(Path::getParent).collect(Collectors.toCollection(TreeSet::new));
    for (Path directory : packages) {
      Path essay = directory.resolve(ESSAY);
      assertTrue(Files.exists(essay), directory + " has no essay");
      String text = Files.readString(essay);
      int from = 0;
      for (Pattern answer : ANSWERS) {
        var found = answer.matcher(text);
        assertTrue(found.find(from), essay + " lacks, or has too early: " + answer);
        from = found.end();
      }
    }
  }

  @Test
  void essays_classesTheyName_exist() throws IOException {
    Set<String> names = types();
    for (Path source : sources()) {
      if (source.endsWith(ESSAY)) {
        List<String> missing = all(CLASS_IN_AN_ESSAY, Files.readString(source)).map(name -> name.group(1)).toList();
        assertTrue(names.containsAll(missing), () -> source + " names a class that is not there, of " + missing);
      }
    }
  }

  @Test
  void readme_classesItNames_exist() throws IOException {
    List<String> names = all(CLASS_IN_THE_README, Files.readString(README)).map(MatchResult::group).toList();
    assertFalse(names.isEmpty());
    for (String name : names) {
      assertTrue(Files.exists(MAIN.resolve(name.replace('.', '/') + ".java")), "the README names " + name);
    }
  }

  @Test
  void readme_settingsItNames_exist() throws IOException {
    Set<String> settings = settings();
    Set<String> groups = settings.stream().map(DocsTest::group).collect(Collectors.toSet());
    String readme = Files.readString(README);
    all(SETTING, readme)
        .map(named -> named.group(1))
        .filter(key -> groups.contains(group(key)))
        .forEach(key -> assertTrue(settings.contains(key), "there is no setting " + key));
    Set<String> variables = settings.stream().map(DocsTest::environmentName).collect(Collectors.toSet());
    all(ENVIRONMENT, readme)
        .forEach(named -> assertTrue(variables.contains(named.group(1)), "there is no setting " + named.group()));
  }

  @Test
  void readme_tableOfSettings_leavesNoneOut() throws IOException {
    var rows = new TreeSet<String>();
    all(SETTING_ROW, Files.readString(README)).forEach(row -> rows.add(row.group(1)));
    var missing = new TreeSet<>(settings());
    missing.removeAll(rows);
    assertEquals(Set.of(), missing, "settings without a row");
  }

  @Test
  void readme_routesItNames_answer() throws Exception {
    Vertx vertx = Vertx.vertx();
    try {
      var hub = new HubVerticle();
      var config =
          new JsonObject()
              .put("http", new JsonObject().put("port", 0).put("instances", 1))
              .put("log", new JsonObject().put("engine", "memory"));
      vertx.deployVerticle(hub, new DeploymentOptions().setConfig(config)).await(30, SECONDS);
      HttpClient client = vertx.createHttpClient();
      assertEquals(404, status(client, hub.port(), "GET", "/nowhere"), "the test itself must be able to fail");
      Set<List<String>> requests = requests();
      assertTrue(requests.size() > 5, "the table is there: " + requests);
      for (List<String> request : requests) {
        int status = status(client, hub.port(), request.get(0), request.get(1));
        assertFalse(status == 404 || status == 405, request + " is answered " + status);
      }
    } finally {
      vertx.close().await(30, SECONDS);
    }
  }

  /** The requests of the table, with something in the place of what it leaves open. */
  private static Set<List<String>> requests() throws IOException {
    String readme = Files.readString(README);
    String section = readme.substring(readme.indexOf("## The HTTP interface"), readme.indexOf("**Topics**"));
    var requests = new LinkedHashSet<List<String>>();
    for (String row : section.lines().filter(line -> line.startsWith("| `")).toList()) {
      String path = "";
      for (MatchResult request : all(REQUEST, row.substring(0, row.indexOf('|', 1))).toList()) {
        path = request.group(2) == null ? path : request.group(2);
        String target = path.replace("{topic…}", "a/b").replace("=S…", "=a").replace("?…", "?topic=a");
        requests.add(List.of(request.group(1), target.replace("wait=25s", "wait=1ms")));
      }
    }
    return requests;
  }

  private static int status(HttpClient client, int port, String method, String target) throws Exception {
    return client
        .request(HttpMethod.valueOf(method), port, "127.0.0.1", target)
        .compose(
            request ->
                (method.equals("GET") ? request.send() : request.send(Buffer.buffer("hello")))
                    .compose(
                        response -> {
                          int status = response.statusCode();
                          return request.reset().transform(gone -> Future.succeededFuture(status));
                        }))
        .await(30, SECONDS);
  }

  /** Every setting; {@code HubYamlTest} sees to it that the file has them all. */
  private static Set<String> settings() throws IOException {
    var settings = new TreeSet<String>();
    String group = "";
    for (String line : Files.readAllLines(Path.of("conf", "hub.yaml"))) {
      if (line.matches("[a-z]+:.*")) {
        group = line.substring(0, line.indexOf(':'));
        settings.add(group);
      } else if (line.matches("  #?[a-zA-Z]+: .*")) {
        settings.remove(group);
        settings.add(group + "." + line.substring(line.charAt(2) == '#' ? 3 : 2, line.indexOf(':')));
      }
    }
    return settings;
  }

  private static String group(String key) {
    return key.contains(".") ? key.substring(0, key.indexOf('.')) : key;
  }

  private static String environmentName(String key) {
    return "CARILLON_" + key.replaceAll("([a-z])([A-Z])", "$1_$2").replace('.', '_').toUpperCase(Locale.ROOT);
  }

  private static Set<String> types() throws IOException {
    try (Stream<Path> files = Files.walk(Path.of("src"))) {
      return files
          .map(file -> file.getFileName().toString())
          .filter(name -> name.endsWith(".java"))
          .map(name -> name.substring(0, name.length() - ".java".length()))
          .collect(Collectors.toSet());
    }
  }

  private static List<Path> sources() {
    try (Stream<Path> files = Files.walk(MAIN)) {
      return files.filter(file -> file.toString().endsWith(".java")).sorted().toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Stream<MatchResult> all(Pattern pattern, String text) {
    return pattern.matcher(text).results();
  }

  /** Looks at the public types of one file, those inside public types included. */
  private static final class PublicTypes extends TreePathScanner<Void, Void> {

    private final DocTrees docs;
    private final List<String> silent = new ArrayList<>();
    private int types;

    PublicTypes(DocTrees docs) {
      this.docs = docs;
    }

    @Override
    public Void visitClass(ClassTree type, Void nothing) {
      if (!isPublic(type)) {
        return null; // and so is nothing inside
      }
      types++;
      DocCommentTree comment = docs.getDocCommentTree(getCurrentPath());
      if (comment == null || !comment.getFullBody().toString().contains(".")) {
        silent.add(getCurrentPath().getCompilationUnit().getPackageName() + "." + type.getSimpleName());
      }
      return super.visitClass(type, null);
    }

    private boolean isPublic(ClassTree type) {
      Tree around = getCurrentPath().getParentPath().getLeaf();
      return around.getKind() == Tree.Kind.INTERFACE || type.getModifiers().getFlags().contains(Modifier.PUBLIC);
    }
  }
}
