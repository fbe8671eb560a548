package carillon.http;

import carillon.event.Draft;
import carillon.event.InvalidValueException;
import carillon.event.Payload;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * Reads a draft from the fields of a form: {@code data} and the names of {@link DraftFields}. Any thread.
 *
 * <p>Other names are refused, and so is a second {@code data}: what a publisher misspelt must not be lost in silence.
 */
final class FormDraft {

  private FormDraft() {}

  /**
   * Reads {@code application/x-www-form-urlencoded}.
   *
   * @param fields what the head has said; the form adds to it
   * @throws InvalidValueException if the form is malformed or contradicts the head
   */
  static Draft urlEncoded(DraftFields fields, byte[] body) {
    // PercentText wants the octets of a text, one character each.
    String octets = new String(body, StandardCharsets.ISO_8859_1);
    int first = firstNonSpace(body);
    if (first == '{' || first == '[') {
      // What curl -d makes of an object when nobody tells it the type.
      throw new InvalidValueException("form", "fields; send JSON as Content-Type: application/json", octets);
    }
    String data = null;
    for (QueryText.Parameter parameter : QueryText.parse("form", octets).parameters()) {
      if (parameter.name().equals("data")) {
        data = requireFirst(data, parameter.value());
      } else {
        fields.add(requireKnown(parameter.name()), parameter.value());
      }
    }
    return fields.draft(Payload.of(data == null ? "" : data));
  }

  /**
   * Reads {@code multipart/form-data}.
   *
   * @param fields what the head has said; the form adds to it
   * @throws InvalidValueException if the form is malformed or contradicts the head
   */
  static Draft multipart(DraftFields fields, byte[] body, String boundary) {
    byte[] data = null;
    for (MultipartForm.Part part : MultipartForm.parse(body, boundary)) {
      if (part.name().equals("data")) {
        data = requireFirst(data, part.value());
      } else {
        String name = requireKnown(part.name());
        fields.add(name, PercentText.utf8(name, part.value(), part.value().length));
      }
    }
    return fields.draft(Payload.ofUtf8(data == null ? new byte[0] : data));
  }

  /** The first byte that is no white space of JSON; -1 if there is none. */
  static int firstNonSpace(byte[] body) {
    for (byte b : body) {
      if (b != ' ' && b != '\t' && b != '\r' && b != '\n') {
        return b;
      }
    }
    return -1;
  }

  private static <T> T requireFirst(@Nullable T before, T now) {
    if (before != null) {
      throw new InvalidValueException("data", "one field", "more");
    }
    return now;
  }

  private static String requireKnown(String name) {
    if (!DraftFields.NAMES.contains(name)) {
      throw new InvalidValueException("form", "one of data, " + String.join(", ", DraftFields.NAMES), name);
    }
    return name;
  }
}
