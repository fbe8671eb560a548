package carillon.http;

import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Map;

/** The page to look at and play with: a handful of files from the jar, held in memory. Any thread once mounted. */
final class Page {

  private static final Map<String, String> FILES =
      Map.of(
          "/", "index.html",
          "/app.css", "app.css",
          "/app.js", "app.js",
          "/favicon.svg", "favicon.svg");

  private static final Map<String, String> TYPES =
      Map.of(
          "html", "text/html; charset=utf-8",
          "css", "text/css; charset=utf-8",
          "js", "text/javascript; charset=utf-8",
          "svg", "image/svg+xml");

  /** Nothing from elsewhere, nothing inline: what an event carries can never become script. */
  private static final String CONTENT_SECURITY_POLICY =
      "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; object-src 'none'";

  private static final int ETAG_BYTES = 8;

  private final Buffer content;
  private final String type;
  private final String etag;

  private Page(Buffer content, String type, String etag) {
    this.content = content;
    this.type = type;
    this.etag = etag;
  }

  /** Serves the files on {@code router}. */
  static void mount(Router router) {
    FILES.forEach(
        (path, file) -> {
          Page page = load(file);
          router.route(path).method(HttpMethod.GET).method(HttpMethod.HEAD).handler(page::answer);
        });
  }

  private void answer(RoutingContext routing) {
    // A client that left meanwhile has no page to look at: that is all a failure here can mean.
    var unused = send(routing.request());
  }

  private Future<Void> send(HttpServerRequest request) {
    HttpServerResponse response =
        request
            .response()
            .putHeader(HttpHeaders.ETAG, etag)
            .putHeader(HttpHeaders.CACHE_CONTROL, "no-cache")
            .putHeader("content-security-policy", CONTENT_SECURITY_POLICY)
            .putHeader("referrer-policy", "no-referrer")
            .putHeader("x-content-type-options", "nosniff");
    if (etag.equals(request.getHeader(HttpHeaders.IF_NONE_MATCH))) {
      return response.setStatusCode(304).end();
    }
    response.putHeader(HttpHeaders.CONTENT_TYPE, type);
    if (request.method().equals(HttpMethod.HEAD)) {
      return response.putHeader(HttpHeaders.CONTENT_LENGTH, Integer.toString(content.length())).end();
    }
    return response.end(content);
  }

  private static Page load(String file) {
    try (InputStream in = Page.class.getResourceAsStream("/web/" + file)) {
      if (in == null) {
        throw new IllegalStateException("the jar lacks web/" + file);
      }
      byte[] bytes = in.readAllBytes();
      byte[] digest = MessageDigest.getInstance("SHA-256").digest(bytes);
      String etag = '"' + HexFormat.of().formatHex(digest, 0, ETAG_BYTES) + '"';
      return new Page(Buffer.buffer(bytes), type(file), etag);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  private static String type(String file) {
    String type = TYPES.get(file.substring(file.lastIndexOf('.') + 1));
    if (type == null) {
      throw new IllegalStateException("no content type is known for web/" + file);
    }
    return type;
  }
}
