package carillon;

import static org.junit.jupiter.api.Assertions.assertEquals;

import carillon.CommandLine.Run;
import carillon.config.HubOptionsReader;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class LauncherTest {

  private static final Map<String, String> THREE =
      Map.of("instances", "3", "conf", "x.yaml", "options", "{}");

  @Test
  void instances_ofTheHub_winOverBothSpellingsInConf() {
    var hub = new Run("carillon.HubVerticle", false, THREE, Map.of());
    for (String conf :
        List.of(
            "{}",
            "{\"http\":{\"instances\":2,\"port\":0}}",
            "{\"http.instances\":2}",
            "{\"http\":null}")) {
      JsonObject settings = Launcher.withInstances(hub, new JsonObject(conf));
      assertEquals(3, HubOptionsReader.read(settings).http().instances(), conf);
    }
  }

  @Test
  void instances_ofTheHub_areNotHandedToVertx() {
    assertEquals(
        List.of("run", "java:carillon.HubVerticle", "--options", "{}"),
        arguments(new Run("java:carillon.HubVerticle", false, THREE, Map.of())));
  }

  @Test
  void instances_ofAnotherVerticle_areHandedToVertx() {
    assertEquals(
        List.of("run", "a.B", "--options", "{}", "--instances=3"),
        arguments(new Run("a.B", false, THREE, Map.of())));
  }

  @Test
  void cluster_withoutHost_listensOnLoopback() {
    assertEquals(
        List.of("run", "a.B", "--options", "{}", "--cluster", "--cluster-host=127.0.0.1"),
        arguments(new Run("a.B", true, Map.of(), Map.of())));
  }

  @Test
  void cluster_withHost_listensThere() {
    assertEquals(
        List.of("run", "a.B", "--options", "{}", "--cluster", "--cluster-host=10.0.0.1"),
        arguments(new Run("a.B", true, Map.of("cluster-host", "10.0.0.1"), Map.of())));
  }

  private static List<String> arguments(Run run) {
    return List.of(Launcher.vertxArguments(run, new JsonObject()));
  }
}
