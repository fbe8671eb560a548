package carillon.http;

import static carillon.http.FuzzRequests.octets;
import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import carillon.HubVerticle;
import carillon.event.EventId;
import carillon.event.InvalidValueException;
import carillon.event.Selector;
import carillon.event.SinceReader;
import carillon.event.Topic;
import carillon.harness.Eventually;
import carillon.publish.DraftReader;
import io.vertx.core.Context;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.lang.management.ManagementFactory;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import java.util.logging.SimpleFormatter;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.management.JMException;
import javax.management.ObjectName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * What nobody has thought of: valid input, changed at random. Everything that reads text of clients takes it or refuses
 * it in the way it says; a whole hub answers every request that is HTTP, never with 500, ends no stream by itself, ends
 * every other connection within a bound, logs no error, and keeps nothing.
 *
 * <p>A few seconds in the build; {@code -Dcarillon.fuzz=3} for three minutes. Each run prints its seed, and
 * {@code -Dcarillon.fuzz.seed} repeats it: what is sent is the same, when it arrives is not.
 *
 * <p>Tried and caught by the few seconds with the whole hub, each an exception that nobody expects: a percent sign
 * without digits, one in a path, an unknown parameter, a long value of a form, a form of parts without its end, octets
 * that are no UTF-8 in a header, a line of a batch that does not begin like an object, a {@code Last-Event-ID} that is
 * none, a selector with stars in wrong places, a {@code since} that is none. And a stream that ends where it should
 * tell of a gap.
 */
class FuzzTest {

  private static final int LONGEST_MINUTES = 60;
  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final int CROWD = 64;

  /** So many are tried at least, however slow the machine is: enough for each way to be taken several times. */
  private static final int CROWDS_MIN = 24;

  /** One of so many is no HTTP, mostly. */
  private static final int ONE_WILD_OF = 5;

  private static final int PAUSE_MILLIS = 60;
  private static final byte[] END =
      "\r\n\r\nGET /nowhere HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n".getBytes(UTF_8);
  private static final Pattern STATUS = Pattern.compile("HTTP/1\\.[01] ([0-9]{3}) ");

  /** Objects that live as long as a connection or a stream does. */
  private static final List<String> OBJECTS =
      List.of(
          "io.vertx.core.http.impl.Http1xServerConnection",
          "carillon.subscribe.Stream",
          "carillon.http.PublishLane",
          "carillon.http.BodyCollector$Body");

  private final long seed = Long.getLong("carillon.fuzz.seed", System.nanoTime());
  private final Random random = new Random(seed);
  private final Mutation mutation = new Mutation(random);

  /** For how long one kind of input is tried. */
  private static Duration length(Duration usual) {
    int minutes = Integer.getInteger("carillon.fuzz", 0);
    return minutes == 0 ? usual : Duration.ofSeconds(minutes * 30L);
  }

  // What reads text.

  @Test
  @Timeout(value = LONGEST_MINUTES, unit = TimeUnit.MINUTES)
  void readers_changedInput_takeOrRefuse() {
    System.out.println("FuzzTest.readers seed " + seed);
    Map<String, Consumer<byte[]>> readers = readers();
    Map<String, byte[][]> inputs = inputs();
    long end = System.nanoTime() + length(Duration.ofSeconds(2)).toNanos();
    long tried = 0;
    do {
      for (var reader : readers.entrySet()) {
        byte[][] valid = inputs.get(reader.getKey());
        byte[] input = mutation.changed(valid);
        try {
          reader.getValue().accept(input);
        } catch (InvalidValueException | RefusedException refused) {
          assertTrue(
              String.valueOf(refused.getMessage()).length() < 1_000,
              () -> reader.getKey() + " says too much about " + shown(input));
        } catch (RuntimeException | StackOverflowError e) {
          throw new AssertionError("seed " + seed + ", " + reader.getKey() + ": " + shown(input), e);
        }
        tried++;
      }
    } while (System.nanoTime() < end);
    System.out.println("FuzzTest.readers: " + tried + " inputs");
  }

  private static Map<String, Consumer<byte[]>> readers() {
    Instant now = Instant.parse("2026-06-01T12:00:00Z");
    var readers = new LinkedHashMap<String, Consumer<byte[]>>();
    readers.put("Last-Event-ID", octets -> SinceReader.ofLastEventId(new String(octets, ISO_8859_1)));
    readers.put("since", octets -> SinceReader.parse(new String(octets, UTF_8), now));
    readers.put(
        "id",
        octets -> {
          String text = new String(octets, UTF_8);
          EventId.parse(text).ifPresent(id -> assertEquals(text, id.toString(), "an id has one spelling"));
        });
    readers.put(
        "selector",
        octets -> {
          var selector = new Selector(new String(octets, UTF_8));
          assertTrue(selector.toString().length() < 1_000);
        });
    readers.put(
        "topic",
        octets -> {
          String name = new Topic(new String(octets, UTF_8)).name();
          assertTrue(name.chars().noneMatch(Character::isISOControl), "no control characters");
        });
    readers.put("query", octets -> QueryText.parse(new String(octets, ISO_8859_1)));
    readers.put("path", octets -> PathText.topic("/events/" + new String(octets, ISO_8859_1)));
    readers.put("header", octets -> PercentText.decodeHeader("type", new String(octets, ISO_8859_1)));
    readers.put("field", octets -> FieldValue.parse(new String(octets, ISO_8859_1)));
    readers.put("fields", octets -> FieldValue.parseList(new String(octets, ISO_8859_1)));
    readers.put(
        "accept",
        octets ->
            Negotiation.best(
                List.of(new String(octets, ISO_8859_1)), List.of("text/event-stream", "application/json")));
    readers.put("form", octets -> FormDraft.urlEncoded(DraftFields.ofTopic("/events/a"), octets));
    readers.put("multipart", octets -> FormDraft.multipart(DraftFields.ofTopic("/events/a"), octets, "b"));
    readers.put("json", octets -> DraftReader.read(octets));
    readers.put("json array", octets -> DraftReader.readAll(octets));
    return readers;
  }

  private static Map<String, byte[][]> inputs() {
    var inputs = new LinkedHashMap<String, byte[][]>();
    inputs.put("Last-Event-ID", octets("00c4f1a90b7e-1042", "ffffffffffff-9223372036854775807", ""));
    inputs.put("since", octets("all", "10m", "2026-01-31T12:00:00.5+01:00", "last:20", "00c4f1a90b7e-1042"));
    inputs.put("id", octets("00c4f1a90b7e-1042", "ffffffffffff-9223372036854775807", "0-0"));
    inputs.put("selector", octets("a/*/b", "builds/**", "*", "**", "a/\u00e4/\u20ac/\ud83d\ude00"));
    inputs.put("topic", octets("a/b", "builds/1", "a/\u00e4/\u20ac/\ud83d\ude00"));
    inputs.put("query", octets("topic=a&topic=b%2Fc&since=last%3A5", "a=%E2%82%AC+x&b", "&&a=&=b"));
    inputs.put("path", octets("a/b", "%E2%82%AC/%F0%9F%98%80", "a%2Fb"));
    inputs.put("header", octets("price", "%E2%82%AC", "a b"));
    inputs.put("field", octets("text/html; charset=\"utf-8\"", "multipart/form-data; boundary=b", "a/b;q=0.5"));
    inputs.put("fields", octets("a/b;q=0.5, */*;q=0.1", "gzip, identity;q=0", "\"a\\\"b\", c"));
    inputs.put("accept", octets("text/event-stream", "*/*;q=0.1, application/json;q=1.000", "text/*"));
    inputs.put("form", octets("topic=b&data=x%20y+z&type=t", "data=%E2%82%AC&key=k&ttl=5m&retry=10"));
    inputs.put(
        "multipart",
        octets(
            "--b\r\nContent-Disposition: form-data; name=\"topic\"\r\n\r\nc\r\n--b--",
            "--b\r\nContent-Disposition: form-data; name=data; filename=x\r\nContent-Type: a/b\r\n\r\nx\r\n--b--\r\n"));
    inputs.put(
        "json",
        octets(
            "{\"topic\":[\"a\",\"b\"],\"data\":{\"x\":[1,2.5e3,\"\\u00e4\\ud83d\\ude00\",null,true]},\"key\":\"k\"}",
            "{\"topic\":\"a\",\"data\":\"x\",\"type\":\"t\",\"ttl\":\"5m\",\"retry\":10,\"private\":true}"));
    inputs.put("json array", octets("[{\"topic\":\"a\"},{\"topic\":\"b\",\"data\":null}]", "[]"));
    return inputs;
  }

  private static String shown(byte[] octets) {
    String text = new String(octets, ISO_8859_1).replace("\r", "\\r").replace("\n", "\\n");
    return text.substring(0, Math.min(text.length(), 2_000));
  }

  // The whole hub.

  @Test
  @Timeout(value = LONGEST_MINUTES, unit = TimeUnit.MINUTES)
  void hub_changedRequests_eachAnsweredNothingStuckNothingKept() throws Exception {
    System.out.println("FuzzTest.hub seed " + seed);
    Vertx vertx = Vertx.vertx();
    try (var errors = new Errors(vertx)) {
      var hub = new HubVerticle();
      var config =
          new JsonObject()
              .put("http", new JsonObject().put("port", 0).put("instances", 1))
              .put("log", new JsonObject().put("engine", "memory").put("memoryEventsMax", 1_000))
              .put("tail", new JsonObject().put("recentFramesMax", 1_024))
              .put("subscribe", new JsonObject().put("waitMax", "100ms"))
              .put("clocks", new JsonArray());
      vertx.deployVerticle(hub, new DeploymentOptions().setConfig(config)).await(30, SECONDS);
      Map<String, Long> before = held();
      var requests = new FuzzRequests(random, inputs());
      var statuses = new TreeMap<String, Integer>();
      long end = System.nanoTime() + length(Duration.ofSeconds(4)).toNanos();
      for (int crowds = 0; crowds < CROWDS_MIN || System.nanoTime() < end; crowds++) {
        crowd(hub.port(), requests).forEach(status -> statuses.merge(status, 1, Integer::sum));
        assertEquals(List.of(), List.copyOf(errors.lines), () -> "seed " + seed + ", the hub logs errors");
      }
      System.out.println("FuzzTest.hub: " + statuses);
      for (FuzzRequests.Kind kind : FuzzRequests.Kind.values()) {
        assertTrue(statuses.keySet().stream().anyMatch(status -> status.startsWith(kind + " 2")), statuses.toString());
      }
      for (String refused : List.of("ITEM 400", "LANE 400", "FORM 400", "JSON 400", "POLL 400", "TYPED 415")) {
        assertTrue(statuses.containsKey(refused), () -> refused + " is tried: " + statuses);
      }
      awaitNothingHeld(before);
      try (RawConnection after = new RawConnection(hub.port())) {
        assertEquals(201, after.send(PublishServer.request("POST /events/a", "", "x")).answer().status());
      }
    } finally {
      vertx.close().await(30, SECONDS);
    }
  }

  /** What the hub logs that nobody who sends a request may bring about. */
  private static final class Errors extends Handler implements AutoCloseable {

    private static final int LINES_MAX = 5;

    private final Logger root = Logger.getLogger("");
    private final Queue<String> lines = new ConcurrentLinkedQueue<>();
    private final Vertx vertx;

    Errors(Vertx vertx) {
      this.vertx = vertx;
      root.addHandler(this);
    }

    /** Called where somebody logs; what another Vert.x of this JVM still has to say is not ours. */
    @Override
    public void publish(LogRecord line) {
      Context context = Vertx.currentContext();
      boolean isOurs = context != null && context.owner().equals(vertx);
      boolean isWarning = line.getLevel().intValue() >= Level.WARNING.intValue();
      boolean isError = line.getLevel().equals(Level.SEVERE) || (isWarning && line.getThrown() != null);
      if (isOurs && isError && !isOfHttp2(line) && lines.size() < LINES_MAX) {
        lines.add(new SimpleFormatter().format(line));
      }
    }

    /** The server below complains aloud of a client whose HTTP/2 is none; of others it tells the hub alone. */
    private static boolean isOfHttp2(LogRecord line) {
      return "io.vertx.core.net.impl.ConnectionBase".equals(line.getLoggerName());
    }

    @Override
    public void flush() {}

    @Override
    public void close() {
      root.removeHandler(this);
    }
  }

  /** What is changed anywhere, so that most of it is no HTTP at all. */
  private static byte[][] wild() {
    String multipart = "Content-Type: multipart/form-data; boundary=b\r\n";
    String ndjson = "Content-Type: application/x-ndjson\r\n";
    return octets(
        PublishServer.request("POST /events/a/b?type=t&key=k&topic=c", "X-TTL: 5m\r\nAccept: */*;q=0.5\r\n", "hello"),
        PublishServer.request("POST /events/a", "", "plain") + PublishServer.request("POST /events/b", "", "and more"),
        PublishServer.request("POST /events", "Content-Type: application/x-www-form-urlencoded\r\n", "topic=a&data=x"),
        PublishServer.request("POST /events", "Content-Type: application/json\r\n", "{\"topic\":[\"a\"],\"data\":{}}"),
        PublishServer.request("POST /events", "Content-Type: application/json\r\n", "[{\"topic\":\"a\"}]"),
        PublishServer.request("POST /events", ndjson, "{\"topic\":\"a\"}\n{\"topic\":\"b\"}\n"),
        PublishServer.request(
            "POST /events",
            multipart,
            "--b\r\nContent-Disposition: form-data; name=\"topic\"\r\n\r\na\r\n--b--"),
        "POST /events/a HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
        "POST /events/a HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 1\r\n\r\nx",
        "GET /events/a?since=last:5 HTTP/1.1\r\nHost: h\r\nAccept: text/event-stream\r\n\r\n",
        "GET /events?topic=a/*&topic=**&poll HTTP/1.1\r\nHost: h\r\nLast-Event-ID: 00c4f1a90b7e-1\r\n\r\n",
        "GET /events/a?wait=10ms&format=ndjson HTTP/1.0\r\nAuthorization: Bearer x\r\nCookie: a=b\r\n\r\n",
        "OPTIONS /events HTTP/1.1\r\nHost: h\r\nOrigin: null\r\nAccess-Control-Request-Method: POST\r\n\r\n",
        "GET /page/app.js HTTP/1.1\r\nHost: h\r\nIf-None-Match: W/\"x\"\r\nAccept-Encoding: gzip\r\n\r\n",
        "HEAD / HTTP/1.1\r\nHost: h\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\nConnection: Upgrade\r\n\r\n",
        "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\4\0\0\0\0\0");
  }

  /**
   * Some connections side by side, each with changed requests; the statuses of all answers, with the kind of request.
   */
  private List<String> crowd(int port, FuzzRequests requests) throws IOException {
    byte[][] wild = wild();
    var sent = new LinkedHashMap<Socket, FuzzRequests.Sent>();
    var sentWild = new LinkedHashMap<Socket, byte[]>();
    for (int i = 0; i < CROWD; i++) {
      var socket = new Socket(InetAddress.getLoopbackAddress(), port);
      if (i % ONE_WILD_OF == 0) {
        byte[] request = mutation.changed(wild);
        sentWild.put(socket, request);
        send(socket, request, END);
      } else {
        FuzzRequests.Sent request = requests.next();
        sent.put(socket, request);
        send(socket, request.octets());
      }
    }
    var statuses = new ArrayList<String>();
    for (var one : sent.entrySet()) {
      try (Socket socket = one.getKey()) {
        String all = new FuzzAnswers(socket, one.getValue(), said(one.getValue().octets())).read();
        statuses(all, one.getValue().octets()).forEach(status -> statuses.add(one.getValue().kind() + " " + status));
      }
    }
    long pause = System.nanoTime() + Duration.ofMillis(PAUSE_MILLIS).toNanos();
    for (var one : sentWild.entrySet()) {
      try (Socket socket = one.getKey()) {
        String all = everything(socket, one.getValue(), pause);
        statuses(all, one.getValue()).forEach(status -> statuses.add("WILD " + status));
      }
    }
    return statuses;
  }

  private String said(byte[] request) {
    return "seed " + seed + ", for " + shown(request);
  }

  private static void send(Socket socket, byte[]... octets) {
    try {
      for (byte[] some : octets) {
        socket.getOutputStream().write(some);
      }
    } catch (IOException closedBefore) {
      // its answer is there all the same
    }
  }

  private List<String> statuses(String all, byte[] request) {
    Matcher answers = STATUS.matcher(all);
    var statuses = new ArrayList<String>();
    while (answers.find()) {
      statuses.add(answers.group(1));
      assertTrue(
          !answers.group(1).startsWith("50") || answers.group(1).equals("501"),
          () -> answers.group() + ", " + said(request));
    }
    return statuses;
  }

  /** What comes until {@code pause} is over; then the client has no more to say, and the hub must come to an end. */
  private String everything(Socket socket, byte[] request, long pause) throws IOException {
    var octets = new ByteArrayOutputStream();
    socket.setSoTimeout((int) Math.max(1, Duration.ofNanos(pause - System.nanoTime()).toMillis()));
    try {
      try {
        socket.getInputStream().transferTo(octets);
      } catch (SocketTimeoutException waiting) {
        socket.setSoTimeout((int) PATIENCE.toMillis());
        socket.shutdownOutput();
        InputStream rest = socket.getInputStream();
        rest.transferTo(octets);
      }
    } catch (SocketTimeoutException stuck) {
      throw new AssertionError("a connection does not end, " + said(request), stuck);
    } catch (IOException reset) {
      // as good as closed
    }
    return octets.toString(ISO_8859_1);
  }

  private static void awaitNothingHeld(Map<String, Long> before) {
    Eventually.await(
        "nothing of any connection is alive",
        PATIENCE,
        () -> {
          var left = new TreeMap<>(held());
          left.replaceAll((name, count) -> count - before.getOrDefault(name, 0L));
          return left.values().stream().allMatch(count -> count <= 0);
        },
        () -> held() + " after " + before);
  }

  /** How many objects there are, after a full collection. */
  private static Map<String, Long> held() {
    String histogram;
    try {
      histogram =
          (String)
              ManagementFactory.getPlatformMBeanServer()
                  .invoke(
                      new ObjectName("com.sun.management:type=DiagnosticCommand"),
                      "gcClassHistogram",
                      new Object[] {new String[0]},
                      new String[] {String[].class.getName()});
    } catch (JMException e) {
      throw new IllegalStateException("the JVM does not count its objects", e);
    }
    var counts = new TreeMap<String, Long>();
    for (String name : OBJECTS) {
      Matcher line =
          Pattern.compile("(?m)^\\s*\\d+:\\s+(\\d+)\\s+\\d+\\s+" + Pattern.quote(name) + "(\\s|$)").matcher(histogram);
      counts.put(name, line.find() ? Long.parseLong(line.group(1)) : 0L);
    }
    return counts;
  }
}
