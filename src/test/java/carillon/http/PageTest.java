package carillon.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServer;
import io.vertx.ext.web.Router;
import io.vertx.junit5.VertxExtension;
import io.vertx.junit5.VertxTestContext;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** What the files of the jar look like on the wire. */
@ExtendWith(VertxExtension.class)
class PageTest {

  /** What the client may cost whoever imports it, in bytes on the wire. */
  private static final int CLIENT_BYTES_MAX = 6 * 1024;

  private Vertx vertx;
  private HttpServer server;

  @BeforeEach
  void listen(Vertx vertx, VertxTestContext test) {
    this.vertx = vertx;
    Router router = Router.router(vertx);
    Page.mountClient(router);
    Page.mount(router);
    server = vertx.createHttpServer().requestHandler(router);
    server.listen(0, "127.0.0.1").onComplete(test.succeedingThenComplete());
  }

  @Test
  void client_compressed_isSmall() throws Exception {
    Answer answer = get("/carillon.js", "gzip, br");
    assertEquals("gzip", answer.head.getHeader("content-encoding"));
    assertTrue(answer.body.length() < CLIENT_BYTES_MAX, () -> answer.body.length() + " bytes");
  }

  @Test
  void file_compressed_isTheSame() throws Exception {
    Answer plain = get("/carillon.js", "gzip;q=0, br");
    Answer compressed = get("/carillon.js", "GZIP;q=0.5");
    assertEquals(null, plain.head.getHeader("content-encoding"));
    assertEquals(plain.body, inflated(compressed.body));
    assertEquals(plain.head.getHeader("etag"), compressed.head.getHeader("etag"));
    assertTrue(List.of(plain, compressed).stream().allMatch(answer -> answer.head.getHeader("vary") != null));
  }

  @Test
  void page_answered_letsNothingFromElsewhereIn() throws Exception {
    String policy = get("/", "").head.getHeader("content-security-policy");
    assertTrue(policy.contains("default-src 'self';"), policy);
    assertTrue(policy.contains("require-trusted-types-for 'script'"), policy);
    assertTrue(!policy.contains("unsafe") && !policy.contains("*"), policy);
  }

  private record Answer(HttpClientResponse head, Buffer body) {}

  private Answer get(String path, String acceptEncoding) throws Exception {
    return vertx
        .createHttpClient()
        .request(HttpMethod.GET, server.actualPort(), "127.0.0.1", path)
        .compose(request -> request.putHeader("Accept-Encoding", acceptEncoding).send())
        .compose(response -> response.body().map(body -> new Answer(response, body)))
        .await(30, TimeUnit.SECONDS);
  }

  private static Buffer inflated(Buffer compressed) throws IOException {
    return Buffer.buffer(new GZIPInputStream(new ByteArrayInputStream(compressed.getBytes())).readAllBytes());
  }
}
