package carillon.http;

import carillon.event.InvalidValueException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;

/**
 * Turns the octets of a request target or a header field into text. HTTP hands them over as a string with one character
 * for each octet; what they say is UTF-8, percent-encoded or not (RFC 3986, section 2.1). Any thread.
 *
 * <p>Strict where a decoder of the platform would guess: a {@code %} without two hexadecimal digits, or octets that are
 * not UTF-8, are refused. To replace them would let two spellings that look different name the same topic.
 */
final class PercentText {

  private PercentText() {}

  /**
   * Decodes {@code raw} from {@code from} to {@code to}, percent-encoding included.
   *
   * @param what the value as the interface calls it, for the message
   * @param plusIsSpace whether {@code +} stands for a space, as in queries and forms but not in paths
   * @throws InvalidValueException if it is not percent-encoded UTF-8
   */
  static String decode(String what, String raw, int from, int to, boolean plusIsSpace) {
    for (int i = from; i < to; i++) {
      char c = raw.charAt(i);
      if (c == '%' || c > 0x7f || (plusIsSpace && c == '+')) {
        return decodeOctets(what, raw.substring(from, to), plusIsSpace);
      }
    }
    return raw.substring(from, to);
  }

  /**
   * Decodes the octets of a header field as UTF-8; {@code %} means itself there.
   *
   * @throws InvalidValueException if they are not UTF-8
   */
  static String decodeHeader(String what, String raw) {
    for (int i = 0; i < raw.length(); i++) {
      if (raw.charAt(i) > 0x7f) {
        var octets = new byte[raw.length()];
        for (int at = 0; at < octets.length; at++) {
          octets[at] = octet(what, raw, at);
        }
        return utf8(what, octets, octets.length);
      }
    }
    return raw;
  }

  /** @throws InvalidValueException if the first {@code length} octets are not well-formed UTF-8 (RFC 3629) */
  static String utf8(String what, byte[] octets, int length) {
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(octets, 0, length)).toString();
    } catch (CharacterCodingException e) {
      throw new InvalidValueException(what, "well-formed UTF-8", length + " bytes that are not");
    }
  }

  private static String decodeOctets(String what, String raw, boolean plusIsSpace) {
    var octets = new byte[raw.length()];
    int length = 0;
    for (int i = 0; i < raw.length(); i++) {
      char c = raw.charAt(i);
      if (c == '%') {
        octets[length++] = escaped(what, raw, i);
        i += 2;
      } else if (plusIsSpace && c == '+') {
        octets[length++] = ' ';
      } else {
        octets[length++] = octet(what, raw, i);
      }
    }
    return utf8(what, octets, length);
  }

  private static byte escaped(String what, String raw, int percent) {
    int high = percent + 1 < raw.length() ? digit(raw.charAt(percent + 1)) : -1;
    int low = percent + 2 < raw.length() ? digit(raw.charAt(percent + 2)) : -1;
    if (high < 0 || low < 0) {
      throw new InvalidValueException(what, "two hexadecimal digits after '%'", raw);
    }
    return (byte) (high << 4 | low);
  }

  private static int digit(char c) {
    return c < 0x80 ? Character.digit(c, 16) : -1;
  }

  private static byte octet(String what, String raw, int at) {
    char c = raw.charAt(at);
    if (c > 0xff) {
      throw new InvalidValueException(what, "octets", raw);
    }
    return (byte) c;
  }
}
