package carillon.fault;

import carillon.harness.Eventually;
import carillon.harness.Http;
import carillon.harness.HttpConnection;
import io.vertx.core.json.JsonArray;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Publishes events whose data says their number within the topic and when they were sent, in batches, on one
 * connection, and no further ahead of the followers than it is told. Confined to one thread.
 */
final class NumberedLoad implements AutoCloseable {

  private static final int BATCH = 100;
  private static final Duration PATIENCE = Duration.ofMinutes(2);

  private final URI hub;
  private final int topics;
  private final String filler;
  private long published;
  private String newestId = "";
  private @Nullable HttpConnection connection; // made when it is needed: a hub closes one that says nothing

  /**
   * @param topics over which the events are spread, one after the other
   * @param dataBytes of each event
   */
  NumberedLoad(URI hub, int topics, int dataBytes) {
    this(hub, topics, dataBytes, 0);
  }

  /** The same, going on after {@code published} events. */
  NumberedLoad(URI hub, int topics, int dataBytes, long published) {
    this.hub = hub;
    this.published = published;
    this.topics = topics;
    this.filler = "x".repeat(dataBytes);
  }

  /** The topic with that number, counted from 0. */
  static String topic(int number) {
    return "numbers/" + number;
  }

  /** How many events have been acknowledged. */
  long published() {
    return published;
  }

  /** How many of them under the topic with that number. */
  long published(int topic) {
    return (published + topics - 1 - topic) / topics;
  }

  /** The id of the last of them. */
  String newestId() {
    return newestId;
  }

  /**
   * Publishes {@code count} more, a multiple of a hundred.
   *
   * @param window how many may be on their way
   * @param arrived how many have arrived everywhere they are waited for
   */
  void publish(long count, long window, LongSupplier arrived) throws IOException {
    for (long end = published + count; published < end; published += BATCH) {
      long behind = published + BATCH - window;
      Eventually.await("arrival of event " + behind, PATIENCE, () -> arrived.getAsLong() >= behind);
      Http.Response answer = connection().post("/events", batch(), "Content-Type: application/json");
      if (answer.status() != 201) {
        throw new AssertionError(answer.status() + " " + answer.text());
      }
      newestId = new JsonArray(answer.text()).getJsonObject(BATCH - 1).getString("id");
    }
  }

  private String batch() {
    var text = new StringBuilder(BATCH * (filler.length() + 60)).append('[');
    for (long number = published; number < published + BATCH; number++) {
      String data = number / topics + " " + System.nanoTime() + " ";
      text.append("{\"topic\":\"").append(topic((int) (number % topics)));
      text.append("\",\"data\":\"").append(data).append(filler, 0, filler.length() - data.length()).append("\"},");
    }
    text.setCharAt(text.length() - 1, ']');
    return text.toString();
  }

  private HttpConnection connection() throws IOException {
    HttpConnection open = connection == null ? HttpConnection.to(hub) : connection;
    connection = open;
    return open;
  }

  @Override
  public void close() {
    if (connection != null) {
      connection.close();
    }
  }
}
