package carillon.http;

import carillon.event.InvalidValueException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The token that a request shows, wherever it shows it. Immutable.
 *
 * <pre>
 *   Authorization: Bearer <i>token</i>                   RFC 6750, section 2.1
 *   Authorization: Basic base64(<i>anybody</i>:<i>token</i>)    what curl -u sends; without a password the name counts
 *   Cookie: <i>name</i>=<i>token</i>                            if a name is configured; browsers send it by themselves
 *   ?access_token=<i>token</i>                           if that is switched on
 * </pre>
 *
 * <p>A request may say the same in two places, but not two different things: whichever we took, somebody meant the
 * other. No message shows any of it.
 *
 * @param text the token; empty when something stands in a place for tokens that is none
 * @param isByCookieAlone whether it came only in the way that needs no doing of the page that sent it
 */
record ShownToken(String text, boolean isByCookieAlone) {

  /** The parameter of a query that may hold a token. */
  static final String PARAMETER = "access_token";

  /** Beyond this it is none; what it is instead is not of interest. */
  private static final int LENGTH_MAX = 8_192;

  /** RFC 9110, section 11.2. */
  private static final Pattern TOKEN68 = Pattern.compile("[A-Za-z0-9._~+/-]+=*");

  /** What stands for everything that is no token. */
  private static final String NONE = "";

  /**
   * Where to look.
   *
   * @param isHeader whether Authorization is of interest; it is not where nobody is known, for it may be meant for a
   *     proxy
   * @param cookie the name of the cookie, if there may be one
   * @param isQuery whether a query may hold a token; if not, one that does is refused
   */
  record Places(boolean isHeader, Optional<String> cookie, boolean isQuery) {}

  /**
   * Looks for a token; empty if none is shown.
   *
   * @param authorization the values of the header
   * @param cookies the values of the header
   * @param query as it was sent
   * @throws RefusedException if there are two, or one in a query that must not hold one
   */
  static Optional<ShownToken> find(
      Places places, List<String> authorization, List<String> cookies, @Nullable String query) {
    var explicit = new ArrayList<String>(1);
    if (places.isHeader()) {
      authorization.forEach(value -> explicit.add(ofAuthorization(value)));
    }
    List<String> queried = query == null ? List.of() : ofQuery(query);
    if (!queried.isEmpty() && !places.isQuery()) {
      throw refused("Tokens are not taken from the query here (auth.queryToken).");
    }
    explicit.addAll(queried);
    List<String> ambient = places.cookie().map(name -> ofCookies(name, cookies)).orElse(List.of());
    Set<String> all = new HashSet<>(explicit);
    all.addAll(ambient);
    if (all.size() > 1) {
      throw refused("The request shows two tokens that differ.");
    }
    return all.stream().findFirst().map(token -> new ShownToken(token, explicit.isEmpty()));
  }

  private static RefusedException refused(String detail) {
    return new RefusedException(Problem.of(ProblemCode.MALFORMED_REQUEST, detail));
  }

  private static String ofAuthorization(String value) {
    int space = value.indexOf(' ');
    String scheme = space < 0 ? value : value.substring(0, space);
    String rest = space < 0 ? "" : value.substring(space).strip();
    if (rest.length() > 2 * LENGTH_MAX || !TOKEN68.matcher(rest).matches()) {
      return NONE;
    }
    return switch (scheme.toLowerCase(Locale.ROOT)) {
      case "bearer" -> bounded(rest);
      case "basic" -> ofBasic(rest);
      default -> NONE;
    };
  }

  private static String ofBasic(String base64) {
    String pair;
    try {
      pair = new String(Base64.getDecoder().decode(base64), StandardCharsets.UTF_8);
    } catch (IllegalArgumentException e) {
      return NONE;
    }
    int colon = pair.indexOf(':');
    if (colon < 0) {
      return NONE;
    }
    String password = pair.substring(colon + 1);
    return bounded(password.isEmpty() ? pair.substring(0, colon) : password);
  }

  private static List<String> ofCookies(String name, List<String> cookies) {
    var found = new ArrayList<String>(1);
    for (String header : cookies) {
      for (String pair : header.split(";", -1)) {
        int equals = pair.indexOf('=');
        if (equals >= 0 && pair.substring(0, equals).strip().equals(name)) {
          String value = pair.substring(equals + 1).strip();
          boolean isQuoted = value.length() > 1 && value.startsWith("\"") && value.endsWith("\"");
          found.add(bounded(isQuoted ? value.substring(1, value.length() - 1) : value));
        }
      }
    }
    return found;
  }

  private static List<String> ofQuery(String query) {
    var found = new ArrayList<String>(0);
    int start = 0;
    while (start <= query.length()) {
      int ampersand = query.indexOf('&', start);
      int end = ampersand < 0 ? query.length() : ampersand;
      int equals = query.indexOf('=', start);
      int nameEnd = equals < 0 || equals > end ? end : equals;
      if (isParameter(query, start, nameEnd)) {
        found.add(nameEnd == end ? NONE : decoded(query, nameEnd + 1, end));
      }
      start = end + 1;
    }
    return found;
  }

  private static boolean isParameter(String query, int start, int end) {
    try {
      return PercentText.decode("query", query, start, end, true).equals(PARAMETER);
    } catch (InvalidValueException e) {
      return false; // whoever reads the query will say so
    }
  }

  private static String decoded(String query, int start, int end) {
    try {
      return bounded(PercentText.decode(PARAMETER, query, start, end, false));
    } catch (InvalidValueException e) {
      throw refused("The parameter " + PARAMETER + " is not percent-encoded UTF-8."); // and nothing of what it holds
    }
  }

  private static String bounded(String token) {
    return token.length() > LENGTH_MAX ? NONE : token;
  }

  /** Nothing of the token. */
  @Override
  public String toString() {
    return "ShownToken[(hidden)]";
  }
}
