package carillon.http;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.junit.jupiter.api.Assertions.assertEquals;

import carillon.HubVerticle;
import carillon.harness.Http;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.net.URI;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A hub that is to show no page shows none, and still has what other pages and programs use. */
class PageSettingTest {

  @Test
  void page_switchedOff_isNotThereAndTheClientIs() throws Exception {
    Vertx vertx = Vertx.vertx();
    try {
      var verticle = new HubVerticle();
      var config =
          new JsonObject()
              .put("http", new JsonObject().put("port", 0).put("instances", 1).put("page", false))
              .put("log", new JsonObject().put("engine", "memory"));
      vertx.deployVerticle(verticle, new DeploymentOptions().setConfig(config)).await(30, SECONDS);
      URI hub = URI.create("http://127.0.0.1:" + verticle.port());
      for (String gone : List.of("/", "/docs", "/page/app.js", "/page/app.css", "/favicon.svg")) {
        assertEquals(404, Http.get(hub, gone).status(), gone);
      }
      for (String there : List.of("/carillon.js", "/carillon.d.ts", "/openapi.yaml")) {
        assertEquals(200, Http.get(hub, there).status(), there);
      }
    } finally {
      vertx.close().await(30, SECONDS);
    }
  }
}
