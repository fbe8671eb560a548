package carillon;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import carillon.CommandLine.Run;
import carillon.config.HubOptionsReader;
import com.hazelcast.core.HazelcastException;
import com.hazelcast.core.IndeterminateOperationStateException;
import io.vertx.core.VertxOptions;
import io.vertx.core.eventbus.EventBusOptions;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
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
  void failure_anotherNodeLeavesWhileTheHubStarts_saysSoAndExplainsItself() {
    Throwable failure = new IllegalStateException(new IndeterminateOperationStateException("of a consumer"));
    var expected = "cannot start: another node left the cluster at the same moment; start again";
    assertEquals(new LaunchFailure(15, List.of(expected), true), LaunchFailure.of("a.B", failure));
  }

  @Test
  void failure_whileJoining_isOursToExplainUnlessHazelcastDoes() {
    assertEquals(
        new LaunchFailure(11, List.of("cannot join the cluster: port taken"), true),
        LaunchFailure.ofJoining(new HazelcastException("port taken")));
    assertEquals(
        new LaunchFailure(11, List.of("cannot join the cluster: a bug"), false),
        LaunchFailure.ofJoining(new IllegalStateException("a bug")));
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
    JsonObject bus = Launcher.withDefaults(said, true, OptionalInt.empty()).getJsonObject("eventBusOptions");
    assertEquals(500, bus.getInteger("clusterPingInterval"));
    assertEquals(8_000, bus.getInteger("clusterPingReplyInterval"));
    assertEquals(true, bus.getBoolean("ssl"));
    var read = new EventBusOptions(bus);
    assertEquals(10_000, read.getTcpUserTimeout());
    assertEquals(new EventBusOptions().getReconnectInterval(), read.getReconnectInterval());
    assertEquals(new EventBusOptions().getConnectTimeout(), read.getConnectTimeout());
    assertFalse(Launcher.withDefaults(new JsonObject(), false, OptionalInt.empty()).containsKey("eventBusOptions"));
  }

  @Test
  void eventLoops_asManyAsHttpVerticles() {
    var config = new JsonObject().put("http", new JsonObject().put("instances", 3));
    assertEquals(OptionalInt.of(3), Launcher.eventLoops(run(Map.of()), config));
    assertEquals(OptionalInt.of(5), Launcher.eventLoops(run(Map.of("instances", "5")), config));
    assertEquals(
        Launcher.eventLoops(run(Map.of()), new JsonObject()),
        Launcher.eventLoops(run(Map.of("instances", "a few")), config),
        "wrong: the default");
    assertEquals(OptionalInt.empty(), Launcher.eventLoops(new Run("a.B", false, Map.of(), Map.of()), config));
  }

  @Test
  void eventLoops_vertxToldOtherwise_asItWasTold() {
    assertEquals(3, loops(new JsonObject(), OptionalInt.of(3)));
    assertEquals(7, loops(new JsonObject().put("eventLoopPoolSize", 7), OptionalInt.of(3)));
    assertEquals(VertxOptions.DEFAULT_EVENT_LOOP_POOL_SIZE, loops(new JsonObject(), OptionalInt.empty()));
  }

  private static int loops(JsonObject said, OptionalInt ours) {
    return new VertxOptions(Launcher.withDefaults(said, false, ours)).getEventLoopPoolSize();
  }

  private static Run run(Map<String, String> values) {
    return new Run("carillon.HubVerticle", false, values, Map.of());
  }

  private static List<String> arguments(Run run) {
    return List.of(Launcher.vertxArguments(run, new JsonObject()));
  }
}
