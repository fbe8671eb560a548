package carillon.http;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * One element of a header field with parameters, such as {@code text/html;q=0.8} or {@code form-data; name="data"} (RFC
 * 9110, section 5.6). Immutable.
 *
 * @param value what stands before the parameters, in lower case
 * @param parameters by name in lower case, quotes removed, in their order
 */
record FieldValue(String value, Map<String, String> parameters) {

  /** Copies nothing: only this class makes them. */
  FieldValue {}

  /** Reads a field that has one element; empty if it is malformed or has a parameter twice. */
  static Optional<FieldValue> parse(String field) {
    var reader = new Reader(field, false);
    Optional<FieldValue> element = reader.next();
    return reader.isAtEnd() ? element : Optional.empty();
  }

  /** Reads a comma-separated field; elements that are malformed are left out. */
  static List<FieldValue> parseList(String field) {
    var reader = new Reader(field, true);
    List<FieldValue> elements = new ArrayList<>();
    while (!reader.isAtEnd()) {
      reader.next().ifPresent(elements::add);
    }
    return elements;
  }

  /** Reads forward through one field, an element at a time. */
  private static final class Reader {

    private final String field;
    private final boolean isList;
    private int at;

    Reader(String field, boolean isList) {
      this.field = field;
      this.isList = isList;
    }

    boolean isAtEnd() {
      return at >= field.length();
    }

    /** The next element; moves behind it and its comma even if it is malformed. */
    Optional<FieldValue> next() {
      int start = at;
      while (!isAtEnd() && field.charAt(at) != ';' && !isComma()) {
        at++;
      }
      String value = field.substring(start, at).strip().toLowerCase(Locale.ROOT);
      boolean wellFormed = !value.isEmpty() && isTokens(value);
      Map<String, String> parameters = new LinkedHashMap<>();
      while (!isAtEnd() && !isComma()) {
        at++; // the semicolon
        wellFormed &= parameter(parameters);
      }
      at++; // the comma
      return wellFormed ? Optional.of(new FieldValue(value, parameters)) : Optional.empty();
    }

    private boolean parameter(Map<String, String> parameters) {
      skipSpace();
      int start = at;
      while (!isAtEnd() && isToken(field.charAt(at))) {
        at++;
      }
      String name = field.substring(start, at).toLowerCase(Locale.ROOT);
      boolean wellFormed;
      if (name.isEmpty()) {
        wellFormed = isAtEnd() || field.charAt(at) == ';' || isComma(); // "a; ;b=c" is allowed
      } else if (!isAtEnd() && field.charAt(at) == '=') {
        at++;
        wellFormed = parameterValue(name, parameters);
      } else {
        wellFormed = false;
      }
      skipSpace();
      while (!isAtEnd() && field.charAt(at) != ';' && !isComma()) {
        wellFormed = false;
        at++;
      }
      return wellFormed;
    }

    private boolean parameterValue(String name, Map<String, String> parameters) {
      var value = new StringBuilder();
      boolean wellFormed = true;
      if (!isAtEnd() && field.charAt(at) == '"') {
        at++;
        while (!isAtEnd() && field.charAt(at) != '"') {
          if (field.charAt(at) == '\\' && at + 1 < field.length()) {
            at++;
          }
          value.append(field.charAt(at++));
        }
        wellFormed = !isAtEnd();
        at++; // the closing quote
      } else {
        while (!isAtEnd() && isToken(field.charAt(at))) {
          value.append(field.charAt(at++));
        }
        wellFormed = value.length() > 0;
      }
      return parameters.put(name, value.toString()) == null && wellFormed;
    }

    private boolean isComma() {
      return isList && field.charAt(at) == ',';
    }

    private void skipSpace() {
      while (!isAtEnd() && (field.charAt(at) == ' ' || field.charAt(at) == '\t')) {
        at++;
      }
    }

    private static boolean isTokens(String value) {
      int slashes = 0;
      for (int i = 0; i < value.length(); i++) {
        char c = value.charAt(i);
        if (c == '/') {
          slashes++;
        } else if (!isToken(c)) {
          return false;
        }
      }
      return slashes <= 1;
    }

    private static boolean isToken(char c) {
      return (c >= 'a' && c <= 'z')
          || (c >= 'A' && c <= 'Z')
          || (c >= '0' && c <= '9')
          || "!#$%&'*+-.^_`|~".indexOf(c) >= 0;
    }
  }
}
