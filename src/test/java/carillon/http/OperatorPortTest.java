package carillon.http;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import carillon.HubVerticle;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/**
 * The operators' own port against what the clients' port is guarded against. The long table is in {@link
 * HostileRequests}; here is something of each kind, and the guards are the same.
 *
 * <p>Tried and caught: the server below as it comes, transfer codings not looked at, hosts not looked at, a head that
 * may take any time, as many connections as come.
 */
class OperatorPortTest {

  private static final String HEALTH = "GET /health/live HTTP/1.1\r\nHost: h\r\n";
  private static final String SMUGGLED = HEALTH + "\r\n";

  /** So many connections a port for operators has, see {@link GuardedServer}. */
  private static final int CONNECTIONS = 256;

  private final Vertx vertx = Vertx.vertx();
  private final List<RawConnection> connections = new ArrayList<>();
  private int port;

  private void start(String headTimeout) throws Exception {
    var hub = new HubVerticle();
    var config =
        new JsonObject()
            .put("http", new JsonObject().put("port", 0).put("instances", 1).put("headTimeout", headTimeout))
            .put("ops", new JsonObject().put("port", 0))
            .put("log", new JsonObject().put("engine", "memory"))
            .put("clocks", new JsonArray());
    vertx.deployVerticle(hub, new DeploymentOptions().setConfig(config)).await(60, SECONDS);
    port = hub.operatorPort().orElseThrow();
  }

  @AfterEach
  void stop() throws Exception {
    connections.forEach(RawConnection::close);
    vertx.close().await(60, SECONDS);
  }

  private RawConnection connect() {
    var connection = new RawConnection(port);
    connections.add(connection);
    return connection;
  }

  @Test
  void request_ofTwoMeanings_isRefusedAndNothingBehindItIsRead() throws Exception {
    start("10m");
    for (String request :
        List.of(
            HEALTH + "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            HEALTH + "Transfer-Encoding: gzip\r\n\r\n",
            HEALTH + "Transfer-Encoding: chunked, gzip\r\n\r\n",
            HEALTH + "Transfer-Encoding: xchunked\r\n\r\n",
            HEALTH + "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n",
            HEALTH + "Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n",
            HEALTH + "Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello",
            HEALTH + "Content-Length: +5\r\n\r\nhello",
            HEALTH + "Host: other\r\n\r\n",
            HEALTH + ": no name\r\n\r\n",
            HEALTH + "X: x\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            "GET /health/live HTTP/1.1\r\n\r\n",
            "GET /health/live HTTP/1.1\r\nHost: a,b\r\n\r\n",
            "GET /health/live HTTP/1.1\nHost: h\n\n",
            "nonsense\r\n\r\n")) {
      RawConnection connection = connect().send(request + SMUGGLED);
      RawConnection.Answer answer = connection.answer();
      assertEquals(400, answer.status(), request);
      assertEquals("close", answer.header("connection").orElse(""), request);
      assertEquals("malformed-request", new JsonObject(answer.utf8()).getString("code"), request);
      assertEquals("", connection.everything(), request);
    }
  }

  @Test
  void request_ofOneMeaning_isAnswered() throws Exception {
    start("10m");
    RawConnection connection = connect();
    for (String request :
        List.of(
            HEALTH + "\r\n",
            HEALTH + "Content-Length: 2\r\n\r\nhi",
            HEALTH + "Transfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n",
            "GET /metrics HTTP/1.1\r\nHost: [::1]:9090\r\n\r\n")) {
      assertEquals(200, connection.send(request).answer().status(), request);
    }
  }

  @Test
  void head_thatDoesNotBecomeComplete_costsItsConnectionAndNobodyElses() throws Exception {
    start("100ms");
    RawConnection other = connect().send(HEALTH + "\r\n");
    assertEquals(200, other.answer().status());
    RawConnection silent = connect();
    RawConnection begun = connect().send("GET /health/live HTTP/1.1\r\nHo");
    RawConnection second = connect().send(HEALTH + "\r\n");
    assertEquals(200, second.answer().status());
    second.send("GET /me");
    for (RawConnection late : List.of(silent, begun, second)) {
      assertTrue(late.isGone());
    }
    assertEquals(200, other.send(HEALTH + "\r\n").answer().status());
  }

  /** All of them have asked something, so that nobody gives way. */
  @Test
  void connections_moreThanThereAreFor_areClosedAsTheyCome() throws Exception {
    start("10m");
    for (int i = 0; i < CONNECTIONS; i++) {
      assertEquals(200, connect().send(HEALTH + "\r\n").answer().status());
    }
    assertTrue(connect().isGone());
    assertEquals(200, connections.get(0).send(HEALTH + "\r\n").answer().status());
  }
}
