package carillon.http;

import carillon.event.InvalidValueException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * Reads a {@code multipart/form-data} body (RFC 7578, framing RFC 2046, section 5.1.1) that is in memory as a whole.
 * Any thread.
 *
 * <pre>
 *   --boundary CRLF                        what stands before the first delimiter is ignored
 *   Content-Disposition: form-data; name="data" CRLF
 *   CRLF
 *   bytes, as they are
 *   CRLF --boundary CRLF                   next part
 *   …
 *   CRLF --boundary--                      what follows is ignored
 * </pre>
 *
 * <p>A file is a field like any other: {@code curl -F data=@notes.txt} publishes what is in it. The framework's decoder
 * is not used because it replaces what is not UTF-8, and keeps fields on disk.
 */
final class MultipartForm {

  /** Most parts of one form. */
  static final int COUNT_MAX = QueryText.COUNT_MAX;

  /** Longest head of one part, in bytes. */
  static final int HEAD_BYTES_MAX = 4096;

  private static final int BOUNDARY_MAX = 70;
  private static final byte[] END_OF_HEAD = {'\r', '\n', '\r', '\n'};

  /** One field. The bytes belong to whoever reads the form. */
  @SuppressWarnings("ArrayRecordComponent")
  record Part(String name, byte[] value) {}

  private MultipartForm() {}

  /**
   * Reads all parts, in order.
   *
   * @param body not changed
   * @param boundary the parameter of the content type, 1 to 70 characters
   * @throws InvalidValueException if the body is not such a form, or beyond a bound above
   */
  static List<Part> parse(byte[] body, String boundary) {
    if (boundary.isEmpty() || boundary.length() > BOUNDARY_MAX) {
      throw new InvalidValueException("boundary", "1 to " + BOUNDARY_MAX + " characters", boundary);
    }
    byte[] delimiter = ("\r\n--" + boundary).getBytes(StandardCharsets.ISO_8859_1);
    List<Part> parts = new ArrayList<>();
    int at = afterFirstDelimiter(body, delimiter);
    while (!isClosing(body, at)) {
      if (parts.size() == COUNT_MAX) {
        throw malformed("at most " + COUNT_MAX + " parts", "more");
      }
      int head = afterLine(body, at);
      int value = isEmptyHead(body, head) ? head + 2 : afterHead(body, head);
      int end = indexOf(body, delimiter, value, body.length);
      if (end < 0) {
        throw malformed("a closing delimiter", "the end of the body");
      }
      parts.add(new Part(name(body, head, value), Arrays.copyOfRange(body, value, end)));
      at = end + delimiter.length;
    }
    return parts;
  }

  private static int afterFirstDelimiter(byte[] body, byte[] delimiter) {
    int dashes = 2; // the first delimiter may stand at the very beginning, without the line break
    if (startsWith(body, 0, delimiter, dashes)) {
      return delimiter.length - dashes;
    }
    int found = indexOf(body, delimiter, 0, body.length);
    if (found < 0) {
      throw malformed("the boundary of the content type", "none");
    }
    return found + delimiter.length;
  }

  private static boolean isClosing(byte[] body, int at) {
    return at + 1 < body.length && body[at] == '-' && body[at + 1] == '-';
  }

  /** Skips the white space that may follow a delimiter, and its line break. */
  private static int afterLine(byte[] body, int at) {
    int i = at;
    while (i < body.length && (body[i] == ' ' || body[i] == '\t')) {
      i++;
    }
    if (i + 1 >= body.length || body[i] != '\r' || body[i + 1] != '\n') {
      throw malformed("a line break after the delimiter", "something else");
    }
    return i + 2;
  }

  private static boolean isEmptyHead(byte[] body, int at) {
    return at + 1 < body.length && body[at] == '\r' && body[at + 1] == '\n';
  }

  private static int afterHead(byte[] body, int head) {
    int end = indexOf(body, END_OF_HEAD, head, (int) Math.min(body.length, (long) head + HEAD_BYTES_MAX));
    if (end < 0) {
      throw malformed("an empty line within " + HEAD_BYTES_MAX + " bytes after the delimiter", "none");
    }
    return end + END_OF_HEAD.length;
  }

  private static String name(byte[] body, int head, int end) {
    String text = new String(body, head, end - head, StandardCharsets.ISO_8859_1);
    Optional<FieldValue> disposition = Optional.empty();
    for (String line : text.split("\r\n", -1)) {
      int colon = line.indexOf(':');
      String field = colon < 0 ? "" : line.substring(0, colon).toLowerCase(Locale.ROOT);
      String value = line.substring(colon + 1).strip();
      if (field.equals("content-disposition")) {
        disposition = FieldValue.parse(value);
      } else if (field.equals("content-transfer-encoding") && !isIdentity(value)) {
        throw malformed("no transfer encoding", value); // deprecated by RFC 7578, section 4.7
      }
    }
    return disposition
        .filter(value -> value.value().equals("form-data"))
        .map(value -> value.parameters().get("name"))
        .map(name -> PercentText.decodeHeader("form", name))
        .orElseThrow(() -> malformed("Content-Disposition: form-data with a name in every part", text.strip()));
  }

  private static boolean isIdentity(String encoding) {
    return encoding.equalsIgnoreCase("8bit")
        || encoding.equalsIgnoreCase("7bit")
        || encoding.equalsIgnoreCase("binary");
  }

  private static int indexOf(byte[] body, byte[] wanted, int from, int to) {
    for (int i = from; i <= to - wanted.length; i++) {
      if (body[i] == wanted[0] && startsWith(body, i, wanted, 0)) {
        return i;
      }
    }
    return -1;
  }

  private static boolean startsWith(byte[] body, int at, byte[] wanted, int skipped) {
    int length = wanted.length - skipped;
    return at + length <= body.length && Arrays.equals(body, at, at + length, wanted, skipped, wanted.length);
  }

  private static InvalidValueException malformed(String expected, String actual) {
    return new InvalidValueException("form", expected, actual);
  }
}
