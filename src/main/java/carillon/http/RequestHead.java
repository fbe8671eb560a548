package carillon.http;

import carillon.event.InvalidValueException;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/** What the head of a publish must say so that its body can be read at all. Any thread. */
final class RequestHead {

  private static final String PUBLISHABLE =
      "application/json, application/x-ndjson, application/x-www-form-urlencoded, multipart/form-data";
  private static final Set<String> CHARSETS = Set.of("utf-8", "utf8", "us-ascii");

  private RequestHead() {}

  /** @throws RefusedException if the client expects what the hub does not do, or the body has a content encoding */
  static void requireReadable(HttpServerRequest request) {
    if (Expectation.of(request) == Expectation.UNKNOWN) {
      throw new RefusedException(
          Problem.of(ProblemCode.EXPECTATION_FAILED, "The one expectation the hub meets is 100-continue."));
    }
    String encoding = request.getHeader(HttpHeaders.CONTENT_ENCODING);
    if (encoding != null && !encoding.isEmpty() && !encoding.equalsIgnoreCase("identity")) {
      throw new RefusedException(
          Problem.of(ProblemCode.UNSUPPORTED_MEDIA_TYPE, "The hub takes bodies without a content encoding.")
              .with("accept-encoding", "identity"));
    }
  }

  /**
   * The content type, in a charset that is UTF-8 or part of it.
   *
   * @throws RefusedException if there is none, or it is malformed, or in another charset: to guess could store garbage
   * for good
   */
  static FieldValue mediaType(HttpServerRequest request) {
    String field = request.getHeader(HttpHeaders.CONTENT_TYPE);
    Optional<FieldValue> type = field == null ? Optional.empty() : FieldValue.parse(field);
    return type.filter(value -> CHARSETS.contains(charset(value)))
        .orElseThrow(() -> new RefusedException(unsupported(field == null ? "none" : field)));
  }

  /** Says which content types can be published from. */
  static Problem unsupported(String actual) {
    var invalid = new InvalidValueException("content-type", PUBLISHABLE + ", in UTF-8", actual);
    return Problem.of(
            ProblemCode.UNSUPPORTED_MEDIA_TYPE,
            invalid.getMessage() + ". POST /events/{topic} takes any body as it is.")
        .with("accept", PUBLISHABLE);
  }

  private static String charset(FieldValue type) {
    return type.parameters().getOrDefault("charset", "utf-8").toLowerCase(Locale.ROOT);
  }
}
