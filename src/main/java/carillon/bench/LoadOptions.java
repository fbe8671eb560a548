package carillon.bench;

import java.net.URI;
import java.util.List;

/**
 * Whom to load, and with what. Immutable. In paths and names {@code %d} stands for the number of a topic, from 0.
 *
 * @param server whom
 * @param topics how many; subscriber i follows topic i modulo their number
 * @param subscribing the streams
 * @param publishing the requests
 */
public record LoadOptions(Server server, int topics, Subscribing subscribing, Publishing publishing) {

  /** The shortest data that has room for its numbers. */
  public static final int BYTES_MIN = 64;

  /** @throws IllegalArgumentException if there is no topic */
  public LoadOptions {
    requirePositive("topics", topics);
  }

  /**
   * Any server that takes POSTs and gives event streams.
   *
   * @param uri scheme, host and port
   * @param publishPath of a POST of one event
   * @param subscribePath of an event stream
   * @param headers further ones of a POST, such as {@code Content-Type: application/json}
   * @param pids its processes, for what they use; may be empty
   */
  public record Server(URI uri, String publishPath, String subscribePath, List<String> headers, List<Long> pids) {

    /** Copies the lists. */
    public Server {
      headers = List.copyOf(headers);
      pids = List.copyOf(pids);
    }
  }

  /**
   * The streams.
   *
   * @param subscribers how many, 0 or more
   * @param pendingMax streams that are being opened at the same time
   * @param sources loopback addresses that connections come from, 1 for the system's choice: one address has some
   *     28,000 ports
   * @param receiveBufferBytes of each stream, 0 for the system's
   */
  public record Subscribing(int subscribers, int pendingMax, int sources, int receiveBufferBytes) {

    /** @throws IllegalArgumentException if a number is out of its bounds */
    public Subscribing {
      requirePositive("subscribers", subscribers + 1);
      requirePositive("pendingMax", pendingMax);
      requirePositive("sources", sources);
    }

    /** So many, opened as a browser's page would open them. */
    public static Subscribing of(int subscribers) {
      return new Subscribing(subscribers, 512, 1, 0);
    }
  }

  /**
   * The requests.
   *
   * @param connections how many; a topic always uses the same one, and so keeps its order
   * @param depth requests under way on each of them
   * @param bytes of data of each event, at least {@value #BYTES_MIN}
   * @param batch events in one request; above 1 they are a JSON array of {@code {"topic", "data"}}
   * @param batchTopic the name of a topic in a batch
   * @param anyConnection whether a topic may use any connection; its order is then not kept
   */
  public record Publishing(
      int connections, int depth, int bytes, int batch, String batchTopic, boolean anyConnection) {

    /** @throws IllegalArgumentException if a number is out of its bounds */
    public Publishing {
      requirePositive("connections", connections);
      requirePositive("depth", depth);
      requirePositive("batch", batch);
      requirePositive("bytes beyond " + (BYTES_MIN - 1), bytes - BYTES_MIN + 1);
    }

    /** Single events of so many bytes over one connection, with up to 64 requests under way. */
    public static Publishing of(int bytes) {
      return new Publishing(1, 64, bytes, 1, "", false);
    }
  }

  private static void requirePositive(String what, int value) {
    if (value < 1) {
      throw new IllegalArgumentException(what + ": expected 1 or more, got " + value);
    }
  }
}
