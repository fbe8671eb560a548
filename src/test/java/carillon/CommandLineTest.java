package carillon;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.fail;

import carillon.CommandLine.Run;
import carillon.cli.WrongArgumentsException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CommandLineTest {

  @ParameterizedTest
  @ValueSource(strings = {"", "run", "run carillon.HubVerticle"})
  void noOptions_anySpelling_runsTheHub(String line) {
    assertEquals(new Run("carillon.HubVerticle", false, Map.of(), Map.of()), run(line));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "run a.B -conf x.yaml -instances 2 -cluster",
        "run -conf x.yaml -instances 2 -cluster a.B",
        "run -cluster a.B -conf x.yaml -instances 2",
        "run -conf=x.yaml a.B --instances=2 --cluster",
        "-cluster --conf x.yaml a.B -instances=2",
      })
  void options_beforeAndAfterTheVerticle_sayTheSame(String line) {
    assertEquals(
        new Run("a.B", true, Map.of("conf", "x.yaml", "instances", "2"), Map.of()), run(line));
  }

  @ParameterizedTest
  @ValueSource(strings = {"--check", "-check", "run --check", "run carillon.HubVerticle -cluster --check"})
  void check_anySpelling_isAskedFor(String line) {
    assertTrue(run(line).isCheck());
  }

  @Test
  void check_ofAnotherVerticle_isRefused() {
    assertThrows(WrongArgumentsException.class, () -> run("run a.B --check"));
  }

  @Test
  void options_valuesWithBlanksAndEquals_stayWhole() {
    assertEquals(
        "{\"a\": \"b=c\"}", parse("-conf", "{\"a\": \"b=c\"}").value("conf").orElseThrow());
    assertEquals("{\"a\": \"b=c\"}", parse("-conf={\"a\": \"b=c\"}").value("conf").orElseThrow());
  }

  @Test
  void options_ofTheCluster_areTaken() {
    assertEquals(
        Map.of("cluster-host", "10.0.0.1", "cluster-port", "0", "classpath", "x.jar"),
        run("run -cluster -cluster-host 10.0.0.1 --cluster-port=0 -cp x.jar").values());
  }

  @Test
  void systemProperties_anywhere_areGathered() {
    assertEquals(
        Map.of("http.port", "1", "a", "b=c", "e", ""),
        run("-Dhttp.port=1 a.B -Da=b=c -De=").systemProperties());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"help", "--help", "-h", "-help", "run --help", "run a.B -h", "run -bogus -h"})
  void help_anySpelling_isHelp(String line) {
    assertEquals("help", kind(line));
  }

  @ParameterizedTest
  @ValueSource(strings = {"version", "--version", "-version", "-v"})
  void version_anySpelling_isVersion(String line) {
    assertEquals("version", kind(line));
  }

  @Test
  void wrong_manyThings_areAllListed() {
    assertProblems(
        "run -bogus a.B --conf -instances two -cluster-port 70000 c.D -D=x -cluster-host"
            + " -cluster-public-host h",
        "unknown option \"-bogus\"",
        "-conf needs a value",
        "-instances: expected a whole number from 1 to 999, got \"two\"",
        "-cluster-port: expected a whole number from 0 to 65535, got \"70000\"",
        "expected -Dname=value, got \"-D=x\"",
        "-cluster-host needs a value",
        "expected one verticle, got also \"c.D\"",
        "-cluster-port says nothing without -cluster",
        "-cluster-public-host says nothing without -cluster");
  }

  @Test
  void wrong_oneThing_isRefused() {
    assertProblems("frob", "unknown command \"frob\", expected run, help, version, publish, subscribe, token, bench, doctor");
    assertProblems(
        "carillon.HubVerticle",
        "unknown command \"carillon.HubVerticle\", expected run, help, version, publish, subscribe, token, bench, doctor");
    assertProblems("-conf a -conf b", "-conf is there twice");
    assertProblems("-conf=", "-conf needs a value");
    assertProblems("-instances 0", "-instances: expected a whole number from 1 to 999, got \"0\"");
    assertProblems(
        "-instances 02", "-instances: expected a whole number from 1 to 999, got \"02\"");
    assertProblems("-cluster=true", "unknown option \"-cluster=true\"");
    assertProblems("-ha", "unknown option \"-ha\"");
    assertProblems("-", "unknown option \"-\"");
    assertProblems("---conf x", "unknown option \"---conf\"");
  }

  private static void assertProblems(String line, String... problems) {
    assertEquals(List.of(problems), assertThrows(WrongArgumentsException.class, () -> run(line)).problems());
  }

  private static Run run(String line) {
    return parse(line.isEmpty() ? new String[0] : line.split(" "));
  }

  private static Run parse(String... arguments) {
    var run = new AtomicReference<Run>();
    CommandLine.parse(List.of(arguments))
        .match(() -> fail("help"), () -> fail("version"), run::set);
    return run.get();
  }

  private static String kind(String line) {
    var kind = new AtomicReference<String>();
    CommandLine.parse(List.of(line.split(" ")))
        .match(() -> kind.set("help"), () -> kind.set("version"), run -> kind.set("run"));
    return kind.get();
  }
}
