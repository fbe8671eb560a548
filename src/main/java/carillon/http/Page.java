package carillon.http;

import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.zip.GZIPOutputStream;

/**
 * What the hub has for browsers: the page to look at and play with, its documentation, and the client that other pages
 * import. A handful of files from the jar, held in memory, compressed once. Any thread once mounted.
 */
final class Page {

  /** What other pages and programs use; there whether or not this hub shows a page of its own. */
  private static final Map<String, String> CLIENT_FILES =
      Map.of(
          "/carillon.js", "carillon.js",
          "/carillon.d.ts", "carillon.d.ts",
          "/openapi.yaml", "openapi.yaml");

  private static final Map<String, String> PAGE_FILES =
      Map.of(
          "/", "index.html",
          "/docs", "docs.html",
          "/favicon.svg", "favicon.svg");

  /** The parts of the page, each at {@code /page/…}. */
  private static final List<String> PAGE_PARTS =
      List.of(
          "app.css",
          "app.js",
          "charts.js",
          "clock.js",
          "feed.js",
          "nodes.js",
          "publish.js",
          "rights.js",
          "text.js",
          "topics.js");

  private static final Map<String, String> TYPES =
      Map.of(
          "html", "text/html; charset=utf-8",
          "css", "text/css; charset=utf-8",
          "js", "text/javascript; charset=utf-8",
          "ts", "text/plain; charset=utf-8",
          "svg", "image/svg+xml",
          "yaml", "application/yaml");

  /**
   * Nothing from elsewhere, nothing inline, and no way from text to markup: what an event carries can never become
   * script (W3C Content Security Policy 3, Trusted Types).
   */
  private static final String CONTENT_SECURITY_POLICY =
      "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; object-src 'none'; "
          + "require-trusted-types-for 'script'; trusted-types 'none'";

  private static final int ETAG_BYTES = 8;

  private final Buffer content;
  private final Buffer compressed;
  private final String type;
  private final String etag;

  private Page(Buffer content, Buffer compressed, String type, String etag) {
    this.content = content;
    this.compressed = compressed;
    this.type = type;
    this.etag = etag;
  }

  /** Serves the page on {@code router}. */
  static void mount(Router router) {
    PAGE_FILES.forEach((path, file) -> mount(router, path, file));
    PAGE_PARTS.forEach(part -> mount(router, "/page/" + part, "page/" + part));
  }

  /** Serves what other pages and programs use. */
  static void mountClient(Router router) {
    CLIENT_FILES.forEach((path, file) -> mount(router, path, file));
  }

  private static void mount(Router router, String path, String file) {
    Page page = load(file);
    router.route(path).method(HttpMethod.GET).method(HttpMethod.HEAD).handler(page::answer);
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
    response.headers().add(HttpHeaders.VARY, HttpHeaders.ACCEPT_ENCODING); // beside what CORS said
    if (etag.equals(request.getHeader(HttpHeaders.IF_NONE_MATCH))) {
      return response.setStatusCode(304).end();
    }
    response.putHeader(HttpHeaders.CONTENT_TYPE, type);
    boolean isCompressed = Negotiation.takesGzip(request.headers().getAll(HttpHeaders.ACCEPT_ENCODING));
    Buffer body = isCompressed ? compressed : content;
    if (isCompressed) {
      response.putHeader(HttpHeaders.CONTENT_ENCODING, "gzip");
    }
    if (request.method().equals(HttpMethod.HEAD)) {
      return response.putHeader(HttpHeaders.CONTENT_LENGTH, Integer.toString(body.length())).end();
    }
    return response.end(body);
  }

  private static Page load(String file) {
    try (InputStream in = Page.class.getResourceAsStream("/web/" + file)) {
      if (in == null) {
        throw new IllegalStateException("the jar lacks web/" + file);
      }
      byte[] bytes = in.readAllBytes();
      byte[] digest = MessageDigest.getInstance("SHA-256").digest(bytes);
      String etag = "W/\"" + HexFormat.of().formatHex(digest, 0, ETAG_BYTES) + '"';
      return new Page(Buffer.buffer(bytes), Buffer.buffer(gzip(bytes)), type(file), etag);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  private static byte[] gzip(byte[] bytes) throws IOException {
    var compressed = new ByteArrayOutputStream(bytes.length);
    try (var out = new GZIPOutputStream(compressed)) {
      out.write(bytes);
    }
    return compressed.toByteArray();
  }

  private static String type(String file) {
    String type = TYPES.get(file.substring(file.lastIndexOf('.') + 1));
    if (type == null) {
      throw new IllegalStateException("no content type is known for web/" + file);
    }
    return type;
  }
}
