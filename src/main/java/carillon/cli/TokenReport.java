package carillon.cli;

import carillon.event.Selector;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.Optional;

/**
 * What a token says, what of it was checked and what was not. Never more: a signature that nobody looked at is not
 * called good. Pure, any thread.
 */
final class TokenReport {

  private static final Base64.Decoder BASE64 = Base64.getUrlDecoder();

  private final JsonObject json = new JsonObject();
  private final JsonArray checked = new JsonArray();
  private final JsonArray unchecked = new JsonArray();
  private final JsonArray problems = new JsonArray();

  private TokenReport() {}

  /**
   * Looks at a token.
   *
   * @param key to check its signature with; empty: it is not checked, and the report says so
   * @param claim the name of the claim with the grants
   */
  static TokenReport of(String token, Optional<JwsKey> key, String claim, Instant now) {
    var report = new TokenReport();
    report.look(token, key, claim, now);
    report.json
        .put("checked", report.checked)
        .put("notChecked", report.unchecked)
        .put("problems", report.problems);
    return report;
  }

  private void look(String token, Optional<JwsKey> key, String claim, Instant now) {
    String[] parts = token.split("\\.", -1);
    if (parts.length != 3) {
      problems.add("no JSON Web Token: expected three parts of base64url between dots");
      unchecked.add("everything");
      return;
    }
    JsonObject head;
    JsonObject claims;
    byte[] signature;
    try {
      head = object(parts[0]);
      claims = object(parts[1]);
      signature = BASE64.decode(parts[2]);
    } catch (IllegalArgumentException | DecodeException e) {
      problems.add("no JSON Web Token: a part is not base64url of a JSON object");
      unchecked.add("everything");
      return;
    }
    json.put("head", head).put("claims", claims);
    checked.add("its form");
    signature(head, parts[0] + '.' + parts[1], signature, key);
    times(claims, now);
    grants(claims, claim);
    unchecked.add("whether iss and aud are those of the hub");
  }

  private static JsonObject object(String part) {
    return new JsonObject(new String(BASE64.decode(part), StandardCharsets.UTF_8));
  }

  private void signature(JsonObject head, String input, byte[] signature, Optional<JwsKey> key) {
    String algorithm = String.valueOf(head.getValue("alg"));
    if (key.isEmpty()) {
      unchecked.add("the signature: without --key anybody may have made this");
    } else if (!key.get().algorithms().contains(algorithm)) {
      problems.add("signed with " + ProblemText.plain(algorithm) + ", and this key is for " + key.get().algorithms());
    } else if (key.get().verifies(algorithm, input, signature)) {
      checked.add("the signature, " + algorithm + ", with the key that was given");
    } else {
      problems.add("the signature is not good");
    }
  }

  private void times(JsonObject claims, Instant now) {
    Optional<Instant> end = time(claims, "exp");
    if (!claims.containsKey("exp")) {
      problems.add("it has no exp: a hub refuses it");
    } else if (end.isPresent() && !now.isBefore(end.get())) {
      problems.add("it has expired at " + end.get());
    }
    end.ifPresent(instant -> json.put("expires", instant.toString()));
    for (String name : List.of("nbf", "iat")) {
      time(claims, name)
          .filter(begin -> begin.isAfter(now))
          .ifPresent(begin -> problems.add("it is not good before " + begin + " (" + name + ")"));
    }
    checked.add("its times, against the clock of this machine");
  }

  private Optional<Instant> time(JsonObject claims, String name) {
    if (!claims.containsKey(name)) {
      return Optional.empty();
    }
    try {
      if (claims.getValue(name) instanceof Number seconds) {
        return Optional.of(Instant.ofEpochSecond(seconds.longValue()));
      }
    } catch (DateTimeException e) {
      // said below
    }
    problems.add(name + " is no time");
    return Optional.empty();
  }

  private void grants(JsonObject claims, String claim) {
    if (!(claims.getValue(claim) instanceof JsonObject grants)) {
      problems.add("it grants nothing: no object in the claim " + ProblemText.plain(claim));
      return;
    }
    for (String name : List.of("publish", "subscribe")) {
      if (grants.getValue(name) instanceof JsonArray selectors) {
        for (Object selector : selectors) {
          try {
            var unused = new Selector(String.valueOf(selector));
          } catch (IllegalArgumentException e) {
            problems.add(name + ": " + e.getMessage());
          }
        }
      } else if (grants.containsKey(name)) {
        problems.add(name + ": expected a list of selectors");
      }
    }
    checked.add("its grants");
  }

  /** Whether nothing is wrong with what was checked. */
  boolean isFine() {
    return problems.isEmpty();
  }

  /** The whole of it: head, claims, what was checked, what was not, problems. */
  JsonObject toJson() {
    return json.copy();
  }
}
