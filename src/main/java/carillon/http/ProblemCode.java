package carillon.http;

import carillon.event.InvalidValueException;

/**
 * Every reason of the web interface itself to refuse a request: the stable {@code code} of the problem body, with its
 * status. The reasons of the publisher are {@link carillon.publish.Refusal}; their labels are codes as well.
 */
enum ProblemCode {
  /** The request is not what its own head says, or its parameters make no sense. */
  MALFORMED_REQUEST("malformed-request", 400),
  /** A topic or selector breaks its rules. */
  INVALID_TOPIC("invalid-topic", 400),
  /** A type breaks its rules. */
  INVALID_TYPE("invalid-type", 400),
  /** A key breaks its rules. */
  INVALID_KEY("invalid-key", 400),
  /** The payload is not UTF-8. */
  INVALID_DATA("invalid-data", 400),
  /** A time to live is no duration or out of bounds. */
  INVALID_TTL("invalid-ttl", 400),
  /** A reconnection time is no duration or out of bounds. */
  INVALID_RETRY("invalid-retry", 400),
  /** A cursor is not one. */
  INVALID_CURSOR("invalid-cursor", 400),
  /** There is no token where one is needed, or one that is not good. */
  UNAUTHORIZED("unauthorized", 401),
  /** The token is good and does not grant this. */
  FORBIDDEN("forbidden", 403),
  /** A page of another origin would publish by a cookie. */
  CROSS_SITE("cross-site", 403),
  /** Nothing is here. */
  NOT_FOUND("not-found", 404),
  /** Something is here, but not for this method. */
  METHOD_NOT_ALLOWED("method-not-allowed", 405),
  /** None of the formats there are is acceptable. */
  NOT_ACCEPTABLE("not-acceptable", 406),
  /** The body did not arrive in time. */
  REQUEST_TIMEOUT("request-timeout", 408),
  /** The body or a payload is larger than the hub takes. */
  PAYLOAD_TOO_LARGE("payload-too-large", 413),
  /** The request line is too long. */
  URI_TOO_LONG("uri-too-long", 414),
  /** The body is in a form that cannot be published from. */
  UNSUPPORTED_MEDIA_TYPE("unsupported-media-type", 415),
  /** The client expects something the hub does not do. */
  EXPECTATION_FAILED("expectation-failed", 417),
  /** The head is too long. */
  HEAD_TOO_LONG("head-too-long", 431),
  /** This client has as many streams as one may have. */
  TOO_MANY_STREAMS("too-many-streams", 429),
  /** This client publishes faster than it may. */
  TOO_FAST("rate-limited", 429),
  /** There are as many streams as the hub holds. */
  HUB_FULL("hub-full", 503),
  /** A bug of the hub. */
  INTERNAL("internal", 500),
  /** The event is stored or not; the same key tells. */
  OUTCOME_UNKNOWN("outcome-unknown", 504);

  private final String label;
  private final int status;

  ProblemCode(String label, int status) {
    this.label = label;
    this.status = status;
  }

  /** The stable text for problem bodies, logs and metrics. */
  String label() {
    return label;
  }

  /** The status of the answer. */
  int status() {
    return status;
  }

  /** The code for a value that breaks its rules. */
  static ProblemCode of(InvalidValueException invalid) {
    if (invalid.isTooLarge()) {
      return PAYLOAD_TOO_LARGE;
    }
    return switch (invalid.what()) {
      case "topic", "selector" -> INVALID_TOPIC;
      case "type" -> INVALID_TYPE;
      case "key" -> INVALID_KEY;
      case "data" -> INVALID_DATA;
      case "ttl" -> INVALID_TTL;
      case "retry" -> INVALID_RETRY;
      case "since", "lastEventId" -> INVALID_CURSOR;
      default -> MALFORMED_REQUEST;
    };
  }

  /** The code that says the most about a bare status, as the framework answers with one. */
  static ProblemCode of(int status) {
    for (ProblemCode code : values()) {
      if (code.status == status) {
        return code;
      }
    }
    return status < 500 ? MALFORMED_REQUEST : INTERNAL;
  }
}
