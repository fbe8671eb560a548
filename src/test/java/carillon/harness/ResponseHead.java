package carillon.harness;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * The first part of a response: status line and fields. Immutable.
 *
 * @param version as on the wire, such as {@code HTTP/1.1}
 * @param status the code
 * @param fields by name in lower case, in the order of arrival, repeated ones together
 * @param text the bytes as they came, for literal comparison
 */
public record ResponseHead(String version, int status, Map<String, List<String>> fields, String text) {

  private static final int BYTES_MAX = 64 * 1024;

  /** Copies the map. */
  public ResponseHead {
    var copy = new LinkedHashMap<String, List<String>>();
    fields.forEach((name, values) -> copy.put(name, List.copyOf(values)));
    fields = Collections.unmodifiableMap(copy);
  }

  /**
   * Reads up to and including the empty line, and nothing beyond it.
   *
   * @throws EOFException if the other side closed before the first byte
   * @throws IOException if what came is no head, or only a part of one
   */
  static ResponseHead read(InputStream in) throws IOException {
    var bytes = new ByteArrayOutputStream();
    int matched = 0; // how much of CR LF CR LF has been read
    while (matched < 4) {
      int b = in.read();
      if (b < 0) {
        if (bytes.size() == 0) {
          throw new EOFException("closed without a response");
        }
        throw new IOException("closed inside a response head: " + bytes.toString(ISO_8859_1));
      }
      bytes.write(b);
      if (bytes.size() > BYTES_MAX) {
        throw new IOException("a response head of more than " + BYTES_MAX + " bytes");
      }
      matched = b == (matched % 2 == 0 ? '\r' : '\n') ? matched + 1 : b == '\r' ? 1 : 0;
    }
    return parse(bytes.toString(ISO_8859_1));
  }

  private static ResponseHead parse(String text) throws IOException {
    String[] lines = text.substring(0, text.length() - 4).split("\r\n", -1);
    if (!lines[0].matches("HTTP/1\\.[01] [1-5][0-9][0-9]( .*)?")) {
      throw new IOException("no status line: " + lines[0]);
    }
    var fields = new LinkedHashMap<String, List<String>>();
    for (int i = 1; i < lines.length; i++) {
      int colon = lines[i].indexOf(':');
      if (colon < 1) {
        throw new IOException("no header field: " + lines[i]);
      }
      String name = lines[i].substring(0, colon).toLowerCase(Locale.ROOT);
      fields.computeIfAbsent(name, absent -> new ArrayList<>()).add(lines[i].substring(colon + 1).strip());
    }
    return new ResponseHead(lines[0].substring(0, 8), Integer.parseInt(lines[0].substring(9, 12)), fields, text);
  }

  /** The first value of a field, named in any case. */
  public Optional<String> field(String name) {
    return fields.getOrDefault(name.toLowerCase(Locale.ROOT), List.of()).stream().findFirst();
  }

  /** Whether the body comes in chunks. */
  public boolean isChunked() {
    return field("transfer-encoding").map("chunked"::equalsIgnoreCase).orElse(false);
  }
}
