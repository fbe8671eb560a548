package carillon.http;

import static carillon.auth.TokenMint.base64;
import static carillon.auth.TokenMint.hs256;
import static carillon.auth.TokenMint.parts;
import static carillon.auth.TokenMint.signed;

import carillon.auth.TokenMint;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.nio.charset.StandardCharsets;
import java.security.KeyPair;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/** The table of {@link HostileTest}: what is sent, to which hub, and what is answered. Text is ISO 8859-1. */
final class HostileRequests {

  /** To which hub a request goes. */
  enum Hub {
    /** Everybody may do everything; pipelined publishes have their lane. */
    OPEN,
    /** Nobody may do anything without a token. */
    GUARDED
  }

  /**
   * One request.
   *
   * @param expected status and code, {@code , closes} when the hub must end the connection at once, {@code
   *     , will close} when it first reads on a little for the client to get the answer; or {@code closed} when it
   *     does so without an answer. A 2xx stores one event, anything else none.
   */
  record Row(Hub hub, String name, String request, String expected) {
    @Override
    public String toString() {
      return hub + " " + name;
    }
  }

  /** What may use the guarded hub with cookies. */
  static final String TRUSTED_ORIGIN = "https://app.example";

  static final String ISSUER = "mint";
  static final String AUDIENCE = "hub";

  private static final String MALFORMED = "400 malformed-request, closes";
  private static final Instant LATER = Instant.now().plusSeconds(3_600);

  /** What rides behind a request whose end is not certain, and must never be taken for a request. */
  private static final String SMUGGLED =
      "POST /events/smuggled HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\n\r\nx";

  private final List<Row> rows = new ArrayList<>();

  private HostileRequests() {}

  static List<Row> all() {
    var table = new HostileRequests();
    table.ends();
    table.chunks();
    table.heads();
    table.leniency();
    table.texts();
    table.sizes();
    table.tokens();
    table.grants();
    table.origins();
    return table.rows;
  }

  // Where a request ends: all refused, and nothing behind them is read as another one.

  private void ends() {
    for (String field :
        List.of(
            "Content-Length: 5\r\nTransfer-Encoding: chunked",
            "Transfer-Encoding: chunked\r\nContent-Length: 5",
            "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked",
            "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity",
            "Transfer-Encoding: identity\r\nTransfer-Encoding: chunked",
            "Transfer-Encoding: chunked\r\nTransfer-Encoding: cow",
            "Transfer-Encoding: identity",
            "Transfer-Encoding: identity\r\nContent-Length: 5",
            "Transfer-Encoding: gzip",
            "Transfer-Encoding: gzip, chunked",
            "Transfer-Encoding: chunked, gzip",
            "Transfer-Encoding: chunked, chunked",
            "Transfer-Encoding: chunked, identity",
            "Transfer-Encoding: ,chunked",
            "Transfer-Encoding: chunked,",
            "Transfer-Encoding: xchunked",
            "Transfer-Encoding: chunkedx",
            "Transfer-Encoding: chunked;q=1",
            "Transfer-Encoding: \"chunked\"",
            "Transfer-Encoding: 'chunked'",
            "Transfer-Encoding: chun ked",
            "Transfer-Encoding:",
            "Transfer-Encoding: \u000bchunked",
            "Transfer-Encoding: chunked\u000b",
            "Transfer-Encoding: \0chunked",
            "Transfer-Encoding: \u00a0chunked",
            "Transfer-Encoding : chunked",
            "Transfer-Encoding\t: chunked",
            " Transfer-Encoding: chunked",
            "Transfer-Encoding:\r\n chunked",
            "Transfer-Encoding: chunked\r\n ,identity",
            "X: x\nTransfer-Encoding: chunked",
            "X: x\rTransfer-Encoding: chunked",
            "Transfer-Encoding: chunked\rX: x",
            "Transfer-Encoding: chunked\nX: x",
            "Content-Length: 5\r\nContent-Length: 6",
            "Content-Length: 5\r\nContent-Length: 5",
            "Content-Length: 5, 5",
            "Content-Length: 5, 6",
            "Content-Length: +5",
            "Content-Length: -5",
            "Content-Length: 0x5",
            "Content-Length: 5.0",
            "Content-Length: 5e0",
            "Content-Length: 5;5",
            "Content-Length: 5 5",
            "Content-Length: five",
            "Content-Length: 5\0",
            "Content-Length: \u000b5",
            "Content-Length: \u00d9\u00a5",
            "Content-Length: 99999999999999999999",
            "Content-Length: 9223372036854775808",
            "Content-Length: 18446744073709551621",
            "Content-Length : 5",
            "Content-Length:\r\n 5")) {
      both("end: " + shown(field), post("/events/a", field + "\r\n", "0\r\n\r\n") + SMUGGLED, MALFORMED);
    }
    both("end: chunks in HTTP/1.0",
        "POST /events/a HTTP/1.0\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + SMUGGLED, MALFORMED);
  }

  private void chunks() {
    for (String body :
        List.of(
            "zz\r\nhello\r\n0\r\n\r\n",
            "5g\r\nhello\r\n0\r\n\r\n",
            "0x5\r\nhello\r\n0\r\n\r\n",
            "-5\r\nhello\r\n0\r\n\r\n",
            "+5\r\nhello\r\n0\r\n\r\n",
            "\r\nhello\r\n0\r\n\r\n",
            ";x\r\nhello\r\n0\r\n\r\n",
            "5\r\nhelloo\r\n0\r\n\r\n",
            "5\r\nhello0\r\n\r\n",
            "5\r\nhello\n0\r\n\r\n",
            "5\nhello\r\n0\r\n\r\n",
            "5;x=\ny\r\nhello\r\n0\r\n\r\n",
            "5;x=\ry\r\nhello\r\n0\r\n\r\n",
            "ffffffffffffffff5\r\nhello\r\n0\r\n\r\n",
            "80000005\r\nhello\r\n0\r\n\r\n",
            "5;" + "x".repeat(20_000) + "\r\nhello\r\n0\r\n\r\n",
            "5\r\nhello\r\n0\r\nno trailer\r\n\r\n",
            "5\r\nhello\r\n0\r\nx : y\r\n\r\n",
            "5\r\nhello\r\n0\r\nx: y\0\r\n\r\n",
            "5\r\nhello\r\n0\r\nx: " + "y".repeat(20_000) + "\r\n\r\n")) {
      both("chunks: " + shown(body), post("/events/a", "Transfer-Encoding: chunked\r\n", body) + SMUGGLED, "closed");
    }
  }

  // What a head may look like.

  private void heads() {
    for (String head :
        List.of(
            "POST /events/a HTTP/1.1\nHost: h\nContent-Length: 1\n\nx",
            "POST /events/a HTTP/1.1\r\nHost: h\nContent-Length: 1\r\n\r\nx",
            "POST /events/a HTTP/1.1\r\nHost: h\r\nX: a\0b\r\nContent-Length: 1\r\n\r\nx",
            "POST /events/a HTTP/1.1\r\nHost: h\r\nX\0: a\r\nContent-Length: 1\r\n\r\nx",
            "POST /events/a HTTP/1.1\r\nHost: h\r\nX: a\rb\r\nContent-Length: 1\r\n\r\nx",
            "POST /events/a HTTP/1.1\r\nHost: h\r\nX: a\u0001b\r\nContent-Length: 1\r\n\r\nx",
            "POST /events/a HTTP/1.1\r\nHost: h\r\nX: a\u007fb\r\nContent-Length: 1\r\n\r\nx",
            "POST /events/a HTTP/1.1\r\nHost: h\r\nno colon\r\nContent-Length: 1\r\n\r\nx",
            "POST /events/a HTTP/1.1\r\nHost: h\r\n: no name\r\nContent-Length: 1\r\n\r\nx",
            "POST /events/a HTTP/1.1\r\nHost: h\r\na b: c\r\nContent-Length: 1\r\n\r\nx",
            "POST /events/a HTTP/1.1\r\nHost: h\r\n(a): c\r\nContent-Length: 1\r\n\r\nx",
            "POST /events/a HTTP/1.1\r\nHost: h\r\na\u00e4: c\r\nContent-Length: 1\r\n\r\nx",
            "POST /events/a HTTP/1.1\r\nHost: h\r\nX : c\r\nContent-Length: 1\r\n\r\nx",
            "POST /events/a HTTP/1.1\r\n X: a\r\nHost: h\r\nContent-Length: 1\r\n\r\nx",
            "POST /events/a HTTP/1.1\r\nContent-Length: 1\r\n\r\nx",
            "POST /events/a HTTP/1.1\r\nHost: h\r\nHost: h\r\nContent-Length: 1\r\n\r\nx",
            "POST /events/a HTTP/1.1\r\nHost: h\r\nHost: other\r\nContent-Length: 1\r\n\r\nx",
            "POST /events/a HTTP/1.1\r\nHost : h\r\nContent-Length: 1\r\n\r\nx",
            "POST /events/a HTTP/1.1\r\nHost: a b\r\nContent-Length: 1\r\n\r\nx",
            "POST /events/a HTTP/1.1\r\nHost: a/b\r\nContent-Length: 1\r\n\r\nx",
            "POST /events/a HTTP/1.1\r\nHost: a@b\r\nContent-Length: 1\r\n\r\nx",
            "POST /events/a HTTP/1.1\r\nHost: h:port\r\nContent-Length: 1\r\n\r\nx",
            "POST /events/a HTTP/1.1\r\nHost: h:99999\r\nContent-Length: 1\r\n\r\nx",
            "POST /events/a HTTP/1.1\r\nHost: [::1\r\nContent-Length: 1\r\n\r\nx",
            "POST /events/a HTTP/1.1\r\nHost: a,b\r\nContent-Length: 1\r\n\r\nx",
            "POST /events/a HTTP/1.1\r\nHost: h\"><script>\r\nContent-Length: 1\r\n\r\nx",
            "POST /events/a\r\nHost: h\r\n\r\n",
            "POST /events/a HTTP/1.1 x\r\nHost: h\r\nContent-Length: 1\r\n\r\nx",
            "POST /events/a b HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\n\r\nx",
            "POST /events/a HTTP/1.1.1\r\nHost: h\r\nContent-Length: 1\r\n\r\nx",
            "POST /events/a HTTP/1,1\r\nHost: h\r\nContent-Length: 1\r\n\r\nx",
            "P(ST /events/a HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\n\r\nx",
            "P\0ST /events/a HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\n\r\nx",
            "GET\r\n\r\n",
            "\u0016\u0003\u0001\u0000\u0005\u0001\u0000\u0000\u0001\u0000\r\n\r\n",
            "\u0004\u0001\u0000P\u007f\u0000\u0000\u0001me\0\r\n\r\n",
            "* LOGIN me secret\r\n\r\n",
            "PRI * HTTP/1.1\r\n\r\nSM\r\n\r\n")) {
      both("head: " + shown(head), head + SMUGGLED, MALFORMED);
    }
    both("head: version in small letters", version("http/1.1"), "501");
    open("head: version of a publish in small letters",
        "POST /events/a http/1.1\r\nHost: h\r\nContent-Length: 1\r\n\r\nx", "501");
    both("head: another protocol", version("HTTQ/1.1"), "501");
    both("head: version 1.2", version("HTTP/1.2"), "501");
    both("head: version 9.9", version("HTTP/9.9"), "501");
    both("head: version 2.0 in text", version("HTTP/2.0"), "501");
    both("head: a method nobody knows", "MAKE /events/a HTTP/1.1\r\nHost: h\r\n\r\n", "405 method-not-allowed");
    both("head: method in small letters", "post /events/a HTTP/1.1\r\nHost: h\r\n\r\n", "405 method-not-allowed");
    both("head: TRACE tells no cookies", "TRACE /events/a HTTP/1.1\r\nHost: h\r\nCookie: c=secret\r\n\r\n",
        "405 method-not-allowed");
    both("head: CONNECT", "CONNECT example.org:443 HTTP/1.1\r\nHost: example.org:443\r\n\r\n", "404 not-found");
    both("head: a proxy's target, elsewhere", "GET http://example.org/x HTTP/1.1\r\nHost: h\r\n\r\n", "404 not-found");
    both("head: target without a slash", "GET events/a HTTP/1.1\r\nHost: h\r\n\r\n", "404 not-found");
    both("head: target *", "GET * HTTP/1.1\r\nHost: h\r\n\r\n", "404 not-found");
    both("head: two slashes", "GET //events/a?poll HTTP/1.1\r\nHost: h\r\n\r\n", "404 not-found");
    both("head: WebSocket", "GET /events/smuggled?poll&topic=a// HTTP/1.1\r\nHost: h\r\nUpgrade: websocket\r\n\r\n",
        "400 invalid-topic");
    open("head: expects a miracle", post("/events/a", "Expect: miracles\r\nContent-Length: 1\r\n", "x"),
        "417 expectation-failed, closes");
  }

  /**
   * What the hub would rather refuse and cannot: the decoder has understood it before anybody sees it, and knows no
   * option to be strict. A folded value it may unfold (RFC 9112, section 5.2), other spaces in the request line it may
   * take for one (section 3), and what stands behind a chunk's size and a space it skips. When one of these rows fails,
   * the decoder has become stricter, and the row moves to those above.
   */
  private void leniency() {
    String fields = "Host: h\r\nContent-Length: 1\r\n\r\nx";
    open("lenient: a folded value", "POST /events/a HTTP/1.1\r\nX: a\r\n b\r\n" + fields, "201");
    open("lenient: tabs in the request line", "POST\t/events/a\tHTTP/1.1\r\n" + fields, "201");
    open("lenient: VT in the request line", "POST\u000b/events/a HTTP/1.1\r\n" + fields, "201");
    open("lenient: two spaces in the request line", "POST  /events/a  HTTP/1.1\r\n" + fields, "201");
    open("lenient: line ends before the request", "\r\n\r\nPOST /events/a HTTP/1.1\r\n" + fields, "201");
    open("lenient: more behind a chunk's size",
        post("/events/a", "Transfer-Encoding: chunked\r\n", "5 5\r\nhello\r\n0\r\n\r\n"), "201");
  }

  private static String version(String version) {
    return "GET /nowhere " + version + "\r\nHost: h\r\n\r\n";
  }

  // Text that would be another text, or more than text.

  private void texts() {
    for (String topic :
        List.of("%00", "%0a", "%0d%0aX:y", "%7f", "%c2%85", "%ff", "%c0%af", "%e0%80%af", "%ed%a0%80", "%f4%90%80%80",
            "%f8%88%80%80%80", "%e2%82", "%", "%4", "%zz", "%u0041", "..", "../b", "a/../b", "%2e%2e/b", "a/./b",
            "a//b", "a/", "*", "**", "a/*/b", "a%2f%2fb", "a%2f..", "a\u00e4")) {
      open("topic: " + shown(topic), post("/events/" + topic, "Content-Length: 1\r\n", "x"), "400 invalid-topic");
    }
    for (String topic : List.of("%00", "a%0ab", "a%c2%85", "a//b", "a/**/b", "**/a", "a*", "%ff", "%", "")) {
      open("selector: " + shown(topic), get("/events?poll&topic=" + topic, ""),
          topic.equals("%ff") || topic.equals("%") ? "400 malformed-request" : "400 invalid-topic");
    }
    for (String type : List.of("%00", "a%0adata:%20x", "a%0dx", "%c2%85", "%7f")) {
      open("type: " + type, post("/events/a?type=" + type, "Content-Length: 1\r\n", "x"), "400 invalid-type");
      open("key: " + type, post("/events/a?key=" + type, "Content-Length: 1\r\n", "x"), "400 invalid-key");
    }
    open("type: the hub's own", post("/events/a?type=hub.gap", "Content-Length: 1\r\n", "x"), "403 type-reserved");
    open("topic: the hub's own", post("/events/hub/a", "Content-Length: 1\r\n", "x"), "403 topic-reserved");
    for (String cursor :
        List.of("x%0ay", "%00", "%ff", "1-1-1", "00c4f1a90b7e-99999999999999999999", "last:-1", "last:x", "-10m",
            "99999999999999d", "2025-13-01T00:00:00Z")) {
      open("since: " + cursor, get("/events?poll&topic=a&since=" + cursor, ""),
          cursor.equals("%ff") ? "400 malformed-request" : "400 invalid-cursor");
    }
    open("two cursors", get("/events?poll&topic=a&since=all&since=last:1", ""), "400 invalid-cursor");
    open("body: not UTF-8", post("/events/a", "Content-Length: 2\r\n", "\u00c0\u00af"), "400 invalid-data");
    open("body: half a surrogate", post("/events/a", "Content-Length: 3\r\n", "\u00ed\u00a0\u0080"),
        "400 invalid-data");
    open("body: cut in a character", post("/events/a", "Content-Length: 2\r\n", "\u00e2\u0082"), "400 invalid-data");
    String form = "application/x-www-form-urlencoded";
    open("form: not UTF-8", body(form, "topic=a&data=%ff"), "400 malformed-request");
    open("form: raw octets", body(form, "topic=a&data=\u00ff"), "400 malformed-request");
    open("form: line end in a type", body(form, "topic=a&type=a%0Adata:x"), "400 invalid-type");
    open("form: unknown field", body(form, "topic=a&admin=1"), "400 malformed-request");
    open("form: data twice", body(form, "topic=a&data=x&data=y"), "400 invalid-data");
    String json = "application/json";
    open("json: line end in a topic", body(json, "{\"topic\":\"a\\nb\"}"), "400 invalid-topic");
    open("json: NUL in a type", body(json, "{\"topic\":\"a\",\"type\":\"\\u0000\"}"), "400 invalid-type");
    open("json: line end in a key", body(json, "{\"topic\":\"a\",\"key\":\"a\\r\\nb\"}"), "400 invalid-key");
    open("json: half a surrogate", body(json, "{\"topic\":\"a\",\"data\":\"\\ud800\"}"), "400 invalid-data");
    open("json: half a surrogate in a topic", body(json, "{\"topic\":\"\\udc00\"}"), "400 invalid-topic");
    open("json: not UTF-8", body(json, "{\"topic\":\"a\",\"data\":\"\u00ff\"}"), "400 malformed-request");
    open("json: a name twice", body(json, "{\"topic\":\"a\",\"topic\":\"b\"}"), "400 malformed-request");
    open("json: more behind it", body(json, "{\"topic\":\"a\"}{\"topic\":\"b\"}"), "400 malformed-request");
    open("json: comments", body(json, "{/*x*/\"topic\":\"a\"}"), "400 malformed-request");
    open("json: single quotes", body(json, "{'topic':'a'}"), "400 malformed-request");
    open("json: NaN", body(json, "{\"topic\":\"a\",\"data\":NaN}"), "400 malformed-request");
    open("json: a class to make", body(json, "{\"@class\":\"java.lang.Runtime\",\"topic\":\"a\"}"),
        "400 malformed-request");
    open("json: a topic that is a number", body(json, "{\"topic\":1}"), "400 invalid-topic");
    open("json: a topic that is null", body(json, "{\"topic\":null}"), "400 invalid-topic");
    open("json: nothing", body(json, ""), "400 malformed-request");
    open("json: a word", body(json, "null"), "400 malformed-request");
    open("json: UTF-16", body(json, "\u00ff\u00fe{\0}\0"), "400 malformed-request");
    open("multipart: no boundary", body("multipart/form-data", "x"), "400 malformed-request");
    open("multipart: never begins", body("multipart/form-data; boundary=b", "x"), "400 malformed-request");
    open("multipart: never ends",
        body("multipart/form-data; boundary=b", "--b\r\nContent-Disposition: form-data; name=\"topic\"\r\n\r\na"),
        "400 malformed-request");
    open("type of a body: two", body("application/json, text/plain", "{}"), "415 unsupported-media-type");
    open("type of a body: another charset", body("application/json; charset=utf-7", "{}"),
        "415 unsupported-media-type");
    open("coding of a body", post("/events/a", "Content-Encoding: gzip\r\nContent-Length: 1\r\n", "x"),
        "415 unsupported-media-type");
    open("query: not UTF-8", get("/events?poll&topic=a&%ff=1", ""), "400 malformed-request");
    open("query: unknown", post("/events/a?tpye=x", "Content-Length: 1\r\n", "x"), "400 malformed-request");
    open("Last-Event-ID: not one", get("/events?poll&topic=a", "Last-Event-ID: ' or 1=1 --\r\n"), "200");
    open("a page: up and out", get("/page/../../etc/passwd", ""), "404 not-found");
    open("a page: up and out, encoded", get("/page/%2e%2e/%2e%2e/etc/passwd", ""), "404 not-found");
    open("a page: of the jar", get("/page/..%2f..%2fcarillon/HubVerticle.class", ""), "404 not-found");
    open("a page: NUL", get("/page/app.js%00.html", ""), "404 not-found");
    open("a page: backslash", get("/page/..%5c..%5capp.js", ""), "404 not-found");
  }

  // Too much of anything.

  private void sizes() {
    String long17k = "x".repeat(17_000);
    both("size: request line", get("/" + long17k, ""), "414 uri-too-long, closes");
    both("size: one header", get("/nowhere", "X: " + long17k + "\r\n"), "431 head-too-long, closes");
    both("size: many headers", get("/nowhere", "X: y\r\n".repeat(9_000)), "431 head-too-long, closes");
    both("size: a header's name", get("/nowhere", long17k + ": y\r\n"), "431 head-too-long, closes");
    both("size: a method", "X".repeat(17_000) + " / HTTP/1.1\r\n\r\n", "414 uri-too-long, closes");
    open("size: a body by its head", post("/events/a", "Content-Length: 1048577\r\n", ""),
        "413 payload-too-large, will close");
    open("size: a body nobody could hold", post("/events/a", "Content-Length: 9223372036854775807\r\n", ""),
        "413 payload-too-large, will close");
    open("size: a batch by its head",
        post("/events", "Content-Type: application/json\r\nContent-Length: 999999999\r\n", ""),
        "413 payload-too-large, will close");
    open("size: topic", post("/events/" + "x".repeat(256), "Content-Length: 1\r\n", "x"), "400 invalid-topic");
    open("size: topic in octets", post("/events/" + "%e2%82%ac".repeat(86), "Content-Length: 1\r\n", "x"),
        "400 invalid-topic");
    open("size: type", post("/events/a?type=" + "x".repeat(300), "Content-Length: 1\r\n", "x"), "400 invalid-type");
    open("size: key", post("/events/a?key=" + "x".repeat(300), "Content-Length: 1\r\n", "x"), "400 invalid-key");
    open("size: topics", post("/events/a?" + numbered("&topic=b", 100).substring(1), "Content-Length: 1\r\n", "x"),
        "400 invalid-topic");
    open("size: selectors", get("/events?poll" + numbered("&topic=t", 65), ""), "400 invalid-topic");
    open("size: a selector", get("/events?poll&topic=" + "x".repeat(256), ""), "400 invalid-topic");
    open("size: parameters", get("/events?poll&topic=a" + "&b=".repeat(3_000), ""), "400 malformed-request");
    String json = "application/json";
    String arrays = "[".repeat(100_000) + "]".repeat(100_000);
    open("size: nested arrays", body(json, "{\"topic\":\"a\",\"data\":" + arrays + "}"),
        "400 malformed-request");
    open("size: nested objects", body(json, "{\"a\":".repeat(50_000) + "1" + "}".repeat(50_000)),
        "400 malformed-request");
    open("size: a number", body(json, "{\"topic\":\"a\",\"ttl\":1" + "0".repeat(5_000) + "}"), "400 invalid-ttl");
    open("size: an exponent", body(json, "{\"topic\":\"a\",\"ttl\":1e999999999}"), "400 invalid-ttl");
    open("size: topics of one event", body(json, "{\"topic\":[" + numbered("\",\"a", 100).substring(2) + "\"]}"),
        "400 invalid-topic");
    open("size: fields of a form",
        body("application/x-www-form-urlencoded", "topic=a&" + "x=y&".repeat(100_000) + "data=x"),
        "400 malformed-request");
  }

  // Tokens. The good one is good, or all the others would prove nothing.

  private void tokens() {
    String claims = claims("publish", "mine/**").encode();
    String hs256 = "{\"alg\":\"HS256\"}";
    String good = hs256(TokenMint.SECRET, hs256, claims);
    String rs256 = signed("SHA256withRSA", TokenMint.RSA, "{\"alg\":\"RS256\"}", claims);
    token("good HS256", good, "201");
    token("good RS256", rs256, "201");
    for (String none : List.of("none", "None", "NONE", "nOnE", "")) {
      String head = "{\"alg\":\"" + none + "\"}";
      bad("alg " + none + ", no signature", parts(head, claims, ""));
      bad("alg " + none + ", a signature", parts(head, claims, good.substring(good.lastIndexOf('.') + 1)));
    }
    bad("no alg", parts("{}", claims, ""));
    bad("alg null", parts("{\"alg\":null}", claims, ""));
    bad("alg a list", hs256(TokenMint.SECRET, "{\"alg\":[\"HS256\"]}", claims));
    bad("alg twice", hs256(TokenMint.SECRET, "{\"alg\":\"HS256\",\"alg\":\"none\"}", claims));
    String pem = TokenMint.pem(TokenMint.RSA.getPublic());
    bad("confusion: HMAC by the public PEM", hs256(pem, hs256, claims));
    bad("confusion: HMAC by the PEM without its end", hs256(pem.strip(), hs256, claims));
    byte[] der = TokenMint.RSA.getPublic().getEncoded();
    bad("confusion: HMAC by the DER", TokenMint.hmac("HmacSHA256", der, hs256, claims));
    bad("confusion: HMAC said to be RSA", hs256(TokenMint.SECRET, "{\"alg\":\"RS256\"}", claims));
    bad("confusion: RSA said to be HMAC", signed("SHA256withRSA", TokenMint.RSA, hs256, claims));
    bad("confusion: EC said to be RSA", signed("SHA256withECDSA", TokenMint.P256, "{\"alg\":\"RS256\"}", claims));
    bad("a secret nobody has", hs256("another-secret-another-secret-another", hs256, claims));
    bad("an empty signature", parts(hs256, claims, ""));
    bad("an RSA signature of nothing", parts("{\"alg\":\"RS256\"}", claims, base64(new byte[256])));
    bad("an EC signature of zeros", parts("{\"alg\":\"ES256\"}", claims, base64(new byte[64])));
    KeyPair own = TokenMint.pair("RSA", 2_048);
    String jwk = TokenMint.jwk("k", own.getPublic()).encode();
    bad("jwk of its own", signed("SHA256withRSA", own, "{\"alg\":\"RS256\",\"jwk\":" + jwk + "}", claims));
    String jku = "\"jku\":\"http://127.0.0.1:1/\",\"kid\":\"k\"";
    bad("jku", signed("SHA256withRSA", own, "{\"alg\":\"RS256\"," + jku + "}", claims));
    bad("x5u", signed("SHA256withRSA", own, "{\"alg\":\"RS256\",\"x5u\":\"http://127.0.0.1:1/\"}", claims));
    bad("x5c", signed("SHA256withRSA", own, "{\"alg\":\"RS256\",\"x5c\":[\"" + base64("x") + "\"]}", claims));
    for (String kid :
        List.of("\"../../../../dev/null\"", "\"/dev/null\"", "\"' or 1=1 --\"", "\"\\u0000\"", "\"a\\r\\nb\"", "{}")) {
      bad("kid " + kid, TokenMint.hmac("HmacSHA256", new byte[1], "{\"alg\":\"HS256\",\"kid\":" + kid + "}", claims));
    }
    bad("kid, huge", hs256("x", "{\"alg\":\"HS256\",\"kid\":\"" + "k".repeat(6_000) + "\"}", claims));
    bad("crit", hs256(TokenMint.SECRET, "{\"alg\":\"HS256\",\"crit\":[\"exp\"]}", claims));
    bad("crit b64", hs256(TokenMint.SECRET, "{\"alg\":\"HS256\",\"b64\":false,\"crit\":[\"b64\"]}", claims));
    bad("expired", hs256(TokenMint.SECRET, hs256, with("exp", Instant.now().getEpochSecond() - 120)));
    bad("expired long ago", hs256(TokenMint.SECRET, hs256, with("exp", 0)));
    bad("expires as text", hs256(TokenMint.SECRET, hs256, with("exp", "tomorrow")));
    bad("expires as a number in text", hs256(TokenMint.SECRET, hs256, with("exp", "99999999999")));
    bad("expires before all time", hs256(TokenMint.SECRET, hs256, with("exp", Long.MIN_VALUE)));
    bad("expires beyond all time", hs256(TokenMint.SECRET, hs256, with("exp", 1e300)));
    bad("never expires", hs256(TokenMint.SECRET, hs256, with("exp", null)));
    bad("not yet", hs256(TokenMint.SECRET, hs256, with("nbf", Instant.now().getEpochSecond() + 600)));
    bad("issued tomorrow", hs256(TokenMint.SECRET, hs256, with("iat", Instant.now().getEpochSecond() + 86_400)));
    bad("another issuer", hs256(TokenMint.SECRET, hs256, with("iss", "minx")));
    bad("no issuer", hs256(TokenMint.SECRET, hs256, with("iss", null)));
    bad("issuers", hs256(TokenMint.SECRET, hs256, with("iss", new JsonArray().add(ISSUER))));
    bad("another audience", hs256(TokenMint.SECRET, hs256, with("aud", "hub2")));
    bad("no audience", hs256(TokenMint.SECRET, hs256, with("aud", null)));
    bad("audiences of others", hs256(TokenMint.SECRET, hs256, with("aud", new JsonArray().add("a").add("b"))));
    bad("claims no object", hs256(TokenMint.SECRET, hs256, "[]"));
    bad("claims no JSON", hs256(TokenMint.SECRET, hs256, "{"));
    bad("claims empty", hs256(TokenMint.SECRET, hs256, ""));
    String deep = "[".repeat(2_000) + "]".repeat(2_000);
    bad("claims nested deep", hs256(TokenMint.SECRET, hs256, "{\"a\":" + deep + "}"));
    bad("truncated", good.substring(0, good.length() - 1));
    bad("signature cut off", good.substring(0, good.lastIndexOf('.') + 1));
    bad("two parts", good.substring(0, good.lastIndexOf('.')));
    bad("four parts", good + ".");
    bad("five parts", parts("{\"alg\":\"dir\",\"enc\":\"A128GCM\"}", "", "") + ".a.b");
    bad("two dots together", good.replaceFirst("\\.", ".."));
    bad("padded", good + "=");
    bad("another alphabet", good.substring(0, good.length() - 2) + "+/");
    bad("one bit of the claims", flipped(good, good.indexOf('.') + 5));
    bad("one bit of the head", flipped(good, 5));
    bad("one bit of the signature", flipped(good, good.lastIndexOf('.') + 5));
    bad("huge", "a".repeat(5_000) + "." + "b".repeat(5_000) + "." + "c".repeat(5_000));
    bad("dots", "..");
    bad("a word", "admin");
    bad("not ASCII", "\u00e4.\u00e4.\u00e4");
    guarded("token: empty", post("/events/mine/a", "Authorization: Bearer \r\nContent-Length: 1\r\n", "x"),
        "401 unauthorized");
    guarded("token: another scheme", post("/events/mine/a", "Authorization: Digest x\r\nContent-Length: 1\r\n", "x"),
        "401 unauthorized");
    guarded("token: two that differ", post("/events/mine/a",
        "Authorization: Bearer " + good + "\r\nAuthorization: Bearer " + rs256 + "\r\nContent-Length: 1\r\n", "x"),
        "400 malformed-request");
    guarded("token: in the query, which is not allowed",
        post("/events/mine/a?access_token=" + good, "Content-Length: 1\r\n", "x"), "400 malformed-request");
    guarded("token: basic, broken", post("/events/mine/a", "Authorization: Basic !!!\r\nContent-Length: 1\r\n", "x"),
        "401 unauthorized");
  }

  private void token(String name, String token, String expected) {
    String field = "Authorization: Bearer " + token + "\r\n";
    guarded("token: " + name, post("/events/mine/a", field + "Content-Length: 1\r\n", "x"), expected);
  }

  private void bad(String name, String token) {
    token(name, token, "401 unauthorized");
    String field = "Authorization: Bearer " + token + "\r\n";
    guarded("token to subscribe: " + name, get("/events?poll&topic=open/a", field), "401 unauthorized");
  }

  private static String flipped(String text, int at) {
    return text.substring(0, at) + (text.charAt(at) == 'A' ? 'B' : 'A') + text.substring(at + 1);
  }

  private static JsonObject claims(String grant, String... selectors) {
    return TokenMint.claims(LATER, grant, selectors).put("iss", ISSUER).put("aud", AUDIENCE);
  }

  private static String with(String name, Object value) {
    JsonObject claims = claims("publish", "mine/**");
    if (value == null) {
      claims.remove(name);
    } else {
      claims.put(name, value);
    }
    return claims.encode();
  }

  static String bearer(String grant, String... selectors) {
    String token = hs256(TokenMint.SECRET, "{\"alg\":\"HS256\"}", claims(grant, selectors).encode());
    return "Authorization: Bearer " + token + "\r\n";
  }

  // More than was granted.

  private void grants() {
    String reader = bearer("subscribe", "mine/*");
    for (String selector :
        List.of("mine/**", "**", "*", "*/a", "*/*", "mine", "MINE/a", "mine2/a", "mine/a/b", "other/a", "hub/a",
            "mine/a&topic=other/a", "mine%2fa%2fb")) {
      guarded("grant: follow " + selector, get("/events?poll&topic=" + selector, reader), "403 forbidden");
    }
    guarded("grant: follow in the path", get("/events/other/a?poll", reader), "403 forbidden");
    guarded("grant: follow both ways", get("/events/mine/a?poll&topic=other/a", reader), "403 forbidden");
    guarded("grant: publish with a right to follow",
        post("/events/mine/a", reader + "Content-Length: 1\r\n", "x"), "403 forbidden");
    String writer = bearer("publish", "mine/*");
    for (String target :
        List.of("/events/mine", "/events/mine/a/b", "/events/other/a", "/events/Mine/a", "/events/mine/a?topic=other",
            "/events/mine%2fa%2fb")) {
      guarded("grant: publish to " + target, post(target, writer + "Content-Length: 1\r\n", "x"), "403 forbidden");
    }
    guarded("grant: publish to all it could match", post("/events/mine/*", writer + "Content-Length: 1\r\n", "x"),
        "400 invalid-topic");
    guarded("grant: publish up and out", post("/events/mine/../other", writer + "Content-Length: 1\r\n", "x"),
        "400 invalid-topic");
    String json = writer + "Content-Type: application/json\r\n";
    guarded("grant: another among the topics", body(json, "{\"topic\":[\"mine/a\",\"other\"]}"), "403 forbidden");
    guarded("grant: another in a batch", body(json, "[{\"topic\":\"mine/a\"},{\"topic\":\"other\"}]"), "403 forbidden");
    guarded("grant: another in a form",
        body(writer + "Content-Type: application/x-www-form-urlencoded\r\n", "topic=mine/a&topic=other&data=x"),
        "403 forbidden");
    String greedy = "Authorization: Bearer "
        + hs256(TokenMint.SECRET, "{\"alg\":\"HS256\"}",
            with("carillon", new JsonObject().put("publish", "**"))) + "\r\n";
    guarded("grant: a claim that is no list", post("/events/mine/a", greedy + "Content-Length: 1\r\n", "x"),
        "401 unauthorized");
  }

  // Pages of others, with the cookie of whoever looks at them.

  private void origins() {
    String cookie = "Cookie: a=b; token=" + hs256(TokenMint.SECRET, "{\"alg\":\"HS256\"}",
        claims("publish", "mine/**").encode()) + "\r\n";
    guarded("origin: of the trusted", ride(cookie, "Origin: " + TRUSTED_ORIGIN), "201");
    for (String fields :
        List.of(
            "X: y",
            "Origin: null",
            "Origin: https://evil.example",
            "Origin: " + TRUSTED_ORIGIN + ".evil.example",
            "Origin: " + TRUSTED_ORIGIN + "evil.example",
            "Origin: https://evilapp.example",
            "Origin: https://x.app.example",
            "Origin: http://app.example",
            "Origin: " + TRUSTED_ORIGIN + ":8443",
            "Origin: " + TRUSTED_ORIGIN + ".",
            "Origin: " + TRUSTED_ORIGIN + "/",
            "Origin: " + TRUSTED_ORIGIN + "@evil.example",
            "Origin: " + TRUSTED_ORIGIN + ", https://evil.example",
            "Origin: " + TRUSTED_ORIGIN + " https://evil.example",
            "Origin: https://evil.example\r\nOrigin: " + TRUSTED_ORIGIN,
            "Origin: *",
            "Origin: file://",
            "Origin: http://h\r\nSec-Fetch-Site: cross-site",
            "Origin: http://h\r\nSec-Fetch-Site: same-site",
            "Sec-Fetch-Site: same-site",
            "Sec-Fetch-Site: cross-site",
            "Origin: http://h.evil.example",
            "Origin: http://evil@h",
            "Referer: " + TRUSTED_ORIGIN)) {
      guarded("origin: " + shown(fields), ride(cookie, fields), "403 cross-site");
    }
  }

  private static String ride(String cookie, String fields) {
    return post("/events/mine/a", cookie + fields + "\r\nContent-Length: 1\r\n", "x");
  }

  // How rows are made.

  private void both(String name, String request, String expected) {
    open(name, request, expected);
    guarded(name, request, expected);
  }

  private void open(String name, String request, String expected) {
    rows.add(new Row(Hub.OPEN, name, request, expected));
  }

  private void guarded(String name, String request, String expected) {
    rows.add(new Row(Hub.GUARDED, name, request, expected));
  }

  /** @param fields each with its line end */
  private static String post(String target, String fields, String body) {
    return "POST " + target + " HTTP/1.1\r\nHost: h\r\n" + fields + "\r\n" + body;
  }

  private static String get(String target, String fields) {
    return "GET " + target + " HTTP/1.1\r\nHost: h\r\n" + fields + "\r\n";
  }

  /** @param type a content type, or fields with one, each with its line end */
  private static String body(String type, String body) {
    String fields = type.endsWith("\r\n") ? type : "Content-Type: " + type + "\r\n";
    return post("/events", fields + "Content-Length: " + body.length() + "\r\n", body);
  }

  private static String numbered(String prefix, int count) {
    var all = new StringBuilder();
    for (int i = 0; i < count; i++) {
      all.append(prefix).append(i);
    }
    return all.toString();
  }

  private static String shown(String octets) {
    String text = octets.replace("\r", "\\r").replace("\n", "\\n").replace("\0", "\\0").replace("\t", "\\t");
    byte[] plain = text.substring(0, Math.min(text.length(), 60)).getBytes(StandardCharsets.US_ASCII);
    return new String(plain, StandardCharsets.US_ASCII).replaceAll("\\p{Cntrl}", "?");
  }
}
