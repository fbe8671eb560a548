package carillon.http;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.Arrays;
import java.util.Map;
import java.util.Random;
import java.util.function.UnaryOperator;

/**
 * Requests that are HTTP, whatever else they are: head and length are right, and one or two of the texts in them are
 * changed at random, the others valid. So what is changed gets past the decoder, and past whoever reads before its
 * reader. For one thread.
 */
final class FuzzRequests {

  /** What a request is for. */
  enum Kind {
    ITEM,
    LANE,
    FORM,
    MULTIPART,
    JSON,
    JSON_ARRAY,
    NDJSON,
    TYPED,
    POLL,
    STREAM,
    TOPIC,
    PAGE
  }

  /**
   * One or more requests of one kind behind each other, and at the end one for {@link #LAST}.
   *
   * @param count of all of them
   */
  @SuppressWarnings("ArrayRecordComponent") // nobody changes it
  record Sent(Kind kind, int count, byte[] octets) {}

  /** How what comes back ends, if the connection was not closed before. */
  static final String LAST = "{\"status\":\"up\"}\n";

  private static final String END = "GET /health/live HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n";

  /** Bytes of one text in a head, which has to fit into what the hub reads of one. */
  private static final int TEXT_MAX = 1_000;

  /** No request has more texts. */
  private static final int TEXTS_MAX = 6;

  private static final byte[][] PUBLISH_QUERY =
      octets("type=t&key=k", "topic=c%2Fd&ttl=5m&retry=10", "private=true&key=%E2%82%AC+x", "");
  private static final byte[][] SUBSCRIBE_QUERY =
      octets("since=last:5", "topic=a/*&topic=**", "topic=%E2%82%AC&since=10m", "envelope=json&since=all", "");
  private static final byte[][] TYPES =
      octets(
          "application/x-www-form-urlencoded; charset=utf-8",
          "application/x-www-form-urlencoded",
          "Application/x-www-form-urlencoded;charset=\"us-ascii\"",
          "multipart/form-data; boundary=\"b\"");
  private static final byte[][] MEDIA = octets("text/event-stream", "*/*;q=0.1, application/json;q=1.000", "text/*");
  private static final byte[][] TAGS = octets("W/\"x\", \"y\"", "*", "gzip, br;q=0.5, identity;q=0");
  private static final byte[][] TRACES = octets("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01");
  private static final byte[][] DATA = octets("hello", "\u20ac\n\r\n\u00e4", "{\"a\":1}");

  private final Random random;
  private final Mutation mutation;
  private final Map<String, byte[][]> inputs;

  // Of the request that is being made.
  private int changes;
  private int texts;

  /** @param inputs valid ones by what reads them */
  FuzzRequests(Random random, Map<String, byte[][]> inputs) {
    this.random = random;
    this.mutation = new Mutation(random);
    this.inputs = inputs;
  }

  Sent next() {
    Kind kind = Kind.values()[random.nextInt(Kind.values().length)];
    int count = kind == Kind.LANE ? 2 : 1;
    var all = new StringBuilder();
    for (int i = 0; i < count; i++) {
      texts = 0;
      changes = 1 << random.nextInt(TEXTS_MAX);
      changes |= 1 << random.nextInt(TEXTS_MAX);
      all.append(request(kind));
    }
    return new Sent(kind, count + 1, all.append(END).toString().getBytes(ISO_8859_1));
  }

  private String request(Kind kind) {
    return switch (kind) {
      case ITEM ->
          post(
              "/events/" + path() + "?" + query(PUBLISH_QUERY),
              field("X-Type", "header") + field("Accept", MEDIA) + field("traceparent", TRACES),
              text(DATA));
      case LANE -> post("/events/" + path(), field("X-Key", "header") + field("X-TTL", octets("5m")), text(DATA));
      case FORM -> post("/events", typed("application/x-www-form-urlencoded"), text(inputs.get("form")));
      case MULTIPART -> post("/events", typed("multipart/form-data; boundary=b"), text(inputs.get("multipart")));
      case JSON -> post("/events" + maybeQuery(), typed("application/json"), text(inputs.get("json")));
      case JSON_ARRAY -> post("/events", typed("application/json"), text(inputs.get("json array")));
      case NDJSON -> post("/events", typed("application/x-ndjson"), lines());
      case TYPED -> post("/events", field("Content-Type", TYPES), text(inputs.get("form")));
      case POLL -> get("/events/" + path() + "?poll&" + query(SUBSCRIBE_QUERY), cursor());
      case STREAM -> get("/events?topic=a&" + query(SUBSCRIBE_QUERY), cursor() + field("Accept", MEDIA));
      case TOPIC -> get("/topics/" + path(), field("Accept", MEDIA));
      case PAGE -> get("/", field("If-None-Match", TAGS) + field("Accept-Encoding", TAGS));
    };
  }

  private static String post(String target, String fields, String body) {
    return "POST " + target + " HTTP/1.1\r\nHost: h\r\n" + fields + "Content-Length: " + body.length() + "\r\n\r\n"
        + body;
  }

  private static String get(String target, String fields) {
    return "GET " + target + " HTTP/1.1\r\nHost: h\r\n" + fields + "\r\n";
  }

  private String path() {
    return shortened(text(inputs.get("path")), FuzzRequests::inTarget);
  }

  private String query(byte[][] valid) {
    return shortened(text(valid), FuzzRequests::inTarget);
  }

  /** Rarely, because what it says is seldom what the body says. */
  private String maybeQuery() {
    return random.nextInt(3) > 0 ? "" : "?" + query(PUBLISH_QUERY);
  }

  private String lines() {
    var lines = new StringBuilder();
    for (int i = 0; i < TEXTS_MAX; i++) {
      lines.append(text(inputs.get("json")).replace("\n", "")).append('\n');
    }
    return lines.toString();
  }

  private static String typed(String type) {
    return "Content-Type: " + type + "\r\n";
  }

  /** Half of those who subscribe come back. */
  private String cursor() {
    return random.nextBoolean() ? field("Last-Event-ID", "Last-Event-ID") : "";
  }

  private String field(String name, String input) {
    return field(name, inputs.get(input));
  }

  private String field(String name, byte[][] valid) {
    return name + ": " + shortened(text(valid), FuzzRequests::inField) + "\r\n";
  }

  /** One of {@code valid}, perhaps changed; one character for each octet. */
  private String text(byte[][] valid) {
    boolean isChanged = (changes >> texts++ & 1) != 0;
    return new String(isChanged ? mutation.changed(valid) : valid[random.nextInt(valid.length)], ISO_8859_1);
  }

  private static String shortened(String text, UnaryOperator<String> asCharacter) {
    var fit = new StringBuilder();
    for (int i = 0; i < Math.min(text.length(), TEXT_MAX); i++) {
      fit.append(asCharacter.apply(text.substring(i, i + 1)));
    }
    return fit.toString();
  }

  /** What would end the target is percent-encoded. */
  private static String inTarget(String octet) {
    char c = octet.charAt(0);
    return c <= ' ' || c == 0x7f ? String.format("%%%02X", (int) c) : octet;
  }

  /** What no field may hold is left out. */
  private static String inField(String octet) {
    char c = octet.charAt(0);
    return (c < ' ' && c != '\t') || c == 0x7f ? "" : octet;
  }

  static byte[][] octets(String... texts) {
    return Arrays.stream(texts).map(text -> text.getBytes(UTF_8)).toArray(byte[][]::new);
  }
}
