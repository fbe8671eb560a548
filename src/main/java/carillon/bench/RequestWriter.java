package carillon.bench;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * Writes the requests of a load into a buffer: everything but the numbers is made once. All requests of a load have
 * data of one length, which a filler sees to. Confined to one thread.
 */
final class RequestWriter {

  private static final byte[] NUMBER = bytes("{\"s\":");
  private static final byte[] TIME = bytes(",\"t\":");
  private static final byte[] FILLER = bytes(",\"p\":\"");
  private static final byte[] DATA_END = bytes("\"}");
  private static final byte[] ITEM_TOPIC = bytes("{\"topic\":\"");
  private static final byte[] ITEM_DATA = bytes("\",\"data\":");
  private static final int DIGITS_MAX = 20;

  private final LoadOptions options;
  private final byte[] pathBefore;
  private final byte[] pathAfter;
  private final boolean pathHasTopic;
  private final byte[] topicBefore;
  private final byte[] topicAfter;
  private final byte[] filler;
  private final byte[] digits = new byte[DIGITS_MAX];
  private final ByteBuffer body;

  RequestWriter(LoadOptions options) {
    this.options = options;
    var headers = new StringBuilder();
    options.server().headers().forEach(line -> headers.append(line).append("\r\n"));
    if (options.publishing().batch() > 1) {
      headers.append("Content-Type: application/json\r\n");
    }
    String path = options.server().publishPath();
    pathHasTopic = path.contains("%d");
    pathBefore = bytes("POST " + before(path));
    String host = options.server().uri().getAuthority();
    pathAfter = bytes(after(path) + " HTTP/1.1\r\nHost: " + host + "\r\n" + headers + "Content-Length: ");
    topicBefore = bytes(before(options.publishing().batchTopic()));
    topicAfter = bytes(after(options.publishing().batchTopic()));
    filler = new byte[options.publishing().bytes()];
    Arrays.fill(filler, (byte) 'x');
    int itemMax = options.publishing().bytes() + options.publishing().batchTopic().length() + 2 * DIGITS_MAX
        + ITEM_TOPIC.length + ITEM_DATA.length + 4;
    body = ByteBuffer.allocate(2 + options.publishing().batch() * itemMax);
  }

  /** No request is longer. */
  int bytesMax() {
    return pathBefore.length + pathAfter.length + 2 * DIGITS_MAX + 4 + body.capacity();
  }

  /**
   * Writes one request.
   *
   * @param topic its number
   * @param number of the first event within the topic; further ones of a batch follow
   * @param nanos the time they carry
   */
  void write(ByteBuffer out, int topic, long number, long nanos) {
    body.clear();
    if (options.publishing().batch() == 1) {
      data(number, nanos);
    } else {
      for (int i = 0; i < options.publishing().batch(); i++) {
        body.put(i == 0 ? (byte) '[' : (byte) ',').put(ITEM_TOPIC).put(topicBefore);
        number(body, topic);
        body.put(topicAfter).put(ITEM_DATA);
        data(number + i, nanos);
        body.put((byte) '}');
      }
      body.put((byte) ']');
    }
    out.put(pathBefore);
    if (pathHasTopic) {
      number(out, topic);
    }
    out.put(pathAfter);
    number(out, body.position());
    out.put((byte) '\r').put((byte) '\n').put((byte) '\r').put((byte) '\n').put(body.array(), 0, body.position());
  }

  private void data(long number, long nanos) {
    int begin = body.position();
    body.put(NUMBER);
    number(body, number);
    body.put(TIME);
    number(body, nanos);
    body.put(FILLER);
    int left = options.publishing().bytes() - (body.position() - begin) - DATA_END.length;
    body.put(filler, 0, Math.max(0, left)).put(DATA_END);
  }

  private void number(ByteBuffer out, long number) {
    int at = DIGITS_MAX;
    long left = number;
    do {
      digits[--at] = (byte) ('0' + left % 10);
      left /= 10;
    } while (left > 0);
    out.put(digits, at, DIGITS_MAX - at);
  }

  private static String before(String template) {
    return template.contains("%d") ? template.substring(0, template.indexOf("%d")) : template;
  }

  private static String after(String template) {
    return template.contains("%d") ? template.substring(template.indexOf("%d") + 2) : "";
  }

  private static byte[] bytes(String text) {
    return text.getBytes(ISO_8859_1);
  }
}
