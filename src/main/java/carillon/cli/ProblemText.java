package carillon.cli;

import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonObject;
import java.nio.charset.StandardCharsets;

/** Says in one line why a hub refused, whether it, a proxy or something else has answered (RFC 9457). Any thread. */
final class ProblemText {

  private static final int LENGTH_MAX = 300;

  private ProblemText() {}

  /** What an answer with this body means. */
  static String of(int status, byte[] body) {
    String text = new String(body, StandardCharsets.UTF_8);
    try {
      var problem = new JsonObject(text);
      if (problem.getValue("code") instanceof String) {
        return of(problem);
      }
    } catch (DecodeException e) {
      // not the hub's own words
    }
    return status + " " + plain(text.replaceAll("<[^>]*>", " ")); // a proxy's page
  }

  /** The same of a problem that is part of an answer. */
  static String of(JsonObject problem) {
    return plain(problem.getValue("status") + " " + problem.getValue("code") + ": " + problem.getValue("detail", ""));
  }

  /** In one line, and without what a terminal would obey. */
  static String plain(String text) {
    String plain = text.replaceAll("[\\p{Cntrl}\\s]+", " ").strip();
    return plain.length() > LENGTH_MAX ? plain.substring(0, LENGTH_MAX) + "…" : plain;
  }
}
