package carillon.auth;

import carillon.config.JwtOptions;
import carillon.event.Grants;
import carillon.event.InvalidValueException;
import carillon.event.Selector;
import carillon.event.Selectors;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What the claims of a verified token are worth (RFC 7519, section 4.1). Immutable.
 *
 * <pre>
 *   exp        must be there and not be over: a token that never ends could never be taken back
 *   nbf, iat   must not lie ahead
 *   iss        must be the configured one
 *   aud        must hold one of the configured ones
 *   sub        the name in logs
 *   carillon   {"publish": ["orders/**"], "subscribe": ["news/*"]}; the name is configured. Absent: no grants
 * </pre>
 *
 * <p>Times are allowed the configured leeway. What is there has to be of its type, or the token is refused: half
 * understood is not understood.
 */
final class JwtRules {

  /** The last second that a calendar with four digits for the year has. */
  private static final double SECONDS_MAX = 253_402_300_799.0;

  private static final int NAME_LENGTH_MAX = 80;
  private static final String NAMELESS = "token";

  private final JwtOptions options;

  JwtRules(JwtOptions options) {
    this.options = options;
  }

  /**
   * Somebody who may come in.
   *
   * @param name safe for logs
   * @param end from then on they may not; the leeway is in it
   */
  record Standing(String name, Grants grants, Instant end) {}

  /** @throws BadTokenException if one of the rules above is broken at {@code now} */
  Standing judge(JsonObject claims, Instant now) throws BadTokenException {
    Duration leeway = options.leeway();
    Instant end =
        time(claims, "exp").orElseThrow(() -> new BadTokenException("it has no end")).plus(leeway);
    if (!now.isBefore(end)) {
      throw new BadTokenException("it has expired");
    }
    for (String name : List.of("nbf", "iat")) {
      Optional<Instant> begin = time(claims, name);
      if (begin.isPresent() && now.plus(leeway).isBefore(begin.get())) {
        throw new BadTokenException("it is not good yet");
      }
    }
    if (options.issuer().isPresent() && !options.issuer().get().equals(claims.getValue("iss"))) {
      throw new BadTokenException("another issuer");
    }
    if (!options.audience().isEmpty() && !isForUs(claims.getValue("aud"))) {
      throw new BadTokenException("another audience");
    }
    return new Standing(name(claims.getValue("sub")), grants(claims), end);
  }

  private static Optional<Instant> time(JsonObject claims, String name) throws BadTokenException {
    if (!claims.containsKey(name)) {
      return Optional.empty();
    }
    double seconds = claims.getValue(name) instanceof Number number ? number.doubleValue() : -1;
    if (!(seconds >= 0 && seconds <= SECONDS_MAX)) {
      throw new BadTokenException("not a time: " + name);
    }
    return Optional.of(Instant.ofEpochMilli((long) (seconds * 1000)));
  }

  private boolean isForUs(Object audience) {
    if (audience instanceof JsonArray several) {
      return several.stream().anyMatch(one -> one instanceof String text && options.audience().contains(text));
    }
    return audience instanceof String text && options.audience().contains(text);
  }

  private static String name(Object subject) {
    if (!(subject instanceof String text) || text.isEmpty()) {
      return NAMELESS;
    }
    String safe = text.replaceAll("[^A-Za-z0-9._@:|/-]", "?");
    return safe.substring(0, Math.min(NAME_LENGTH_MAX, safe.length()));
  }

  private Grants grants(JsonObject claims) throws BadTokenException {
    if (!claims.containsKey(options.claim())) {
      return Grants.NONE;
    }
    if (!(claims.getValue(options.claim()) instanceof JsonObject said)) {
      throw new BadTokenException("its grants are no object");
    }
    return new Grants(selectors(said, "publish"), selectors(said, "subscribe"));
  }

  private static List<Selector> selectors(JsonObject said, String name) throws BadTokenException {
    if (!said.containsKey(name)) {
      return List.of();
    }
    if (!(said.getValue(name) instanceof JsonArray texts) || texts.size() > Selectors.COUNT_MAX) {
      throw new BadTokenException("its grants are no list of at most " + Selectors.COUNT_MAX);
    }
    var selectors = new ArrayList<Selector>();
    for (Object text : texts) {
      try {
        selectors.add(new Selector((String) text));
      } catch (ClassCastException | InvalidValueException e) {
        throw new BadTokenException("one of its grants is no selector");
      }
    }
    return selectors;
  }
}
