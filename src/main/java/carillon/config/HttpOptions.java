package carillon.config;

import java.time.Duration;
import java.util.List;

/**
 * The listener and its limits. Immutable.
 *
 * @param host address to listen on
 * @param port 0 to 65535; 0 lets the system choose
 * @param instances HTTP verticles, one event loop each; at least 1
 * @param headBytesMax longest request head, in bytes
 * @param batchBytesMax longest form, JSON or NDJSON body, in bytes; a raw body is bounded by the payload's own limit
 * @param pipelinedPublishesMax publishes of one connection that may wait for their answers at once; 0: one at a time
 * @param idleTimeout a connection on which nothing moves for this long is closed; longer than two heartbeats
 * @param drain over how long open streams are ended when the hub stops
 * @param corsOrigins {@code *} or the origins that browsers may call from with credentials
 * @param page whether {@code GET /} serves the page
 */
public record HttpOptions(
    String host,
    int port,
    int instances,
    int headBytesMax,
    int batchBytesMax,
    int pipelinedPublishesMax,
    Duration idleTimeout,
    Duration drain,
    List<String> corsOrigins,
    boolean page) {

  /** Copies the list. */
  public HttpOptions {
    corsOrigins = List.copyOf(corsOrigins);
  }
}
