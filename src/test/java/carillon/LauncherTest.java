package carillon;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import carillon.CommandLine.Run;
import carillon.config.HubOptionsReader;
import io.vertx.core.eventbus.EventBusOptions;
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
  void cluster_withHost_listensThereOnAPortThatAFirewallCanBeTold() {
    assertEquals(
        List.of("run", "a.B", "--options", "{}", "--cluster", "--cluster-port=5711", "--cluster-host=10.0.0.1"),
        arguments(new Run("a.B", true, Map.of("cluster-host", "10.0.0.1"), Map.of())));
  }

  @Test
  void cluster_withPort_listensThere() {
    List<String> arguments =
        arguments(new Run("a.B", true, Map.of("cluster-host", "10.0.0.1", "cluster-port", "4000"), Map.of()));
    assertTrue(arguments.contains("--cluster-port=4000"), arguments.toString());
    assertEquals(7, arguments.size(), arguments.toString());
  }

  @Test
  void cluster_onLoopbackByName_leavesThePortToTheSystem() {
    for (String host : List.of("127.0.0.2", "localhost", "::1")) {
      assertEquals(
          List.of("run", "a.B", "--options", "{}", "--cluster", "--cluster-host=" + host),
          arguments(new Run("a.B", true, Map.of("cluster-host", host), Map.of())));
    }
  }

  @Test
  void options_ofTheEventBus_joinTheDefaultsOneByOne() {
    var said = new JsonObject("{\"eventBusOptions\": {\"ssl\": true, \"clusterPingInterval\": 500}}");
    JsonObject bus = Launcher.withDefaults(said, true).getJsonObject("eventBusOptions");
    assertEquals(500, bus.getInteger("clusterPingInterval"));
    assertEquals(8_000, bus.getInteger("clusterPingReplyInterval"));
    assertEquals(true, bus.getBoolean("ssl"));
    var read = new EventBusOptions(bus);
    assertEquals(10_000, read.getTcpUserTimeout());
    assertEquals(new EventBusOptions().getReconnectInterval(), read.getReconnectInterval());
    assertEquals(new EventBusOptions().getConnectTimeout(), read.getConnectTimeout());
    assertFalse(Launcher.withDefaults(new JsonObject(), false).containsKey("eventBusOptions"));
  }

  private static List<String> arguments(Run run) {
    return List.of(Launcher.vertxArguments(run, new JsonObject()));
  }
}
