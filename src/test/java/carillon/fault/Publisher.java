package carillon.fault;

import carillon.event.EventId;
import carillon.event.Topic;
import carillon.fault.Publication.Answer;
import carillon.harness.Http;
import carillon.harness.HttpConnection;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A service that publishes one thing after the other, in all the ways there are, and writes down what it was told. When
 * it is not told, it publishes again what has a key, and leaves the rest. Confined to its thread, which is over a while
 * after {@link World#end()}.
 */
final class Publisher implements Runnable {

  static final List<Topic> TOPICS =
      List.of("news", "news/sport", "news/sport/ski", "prices/a", "prices/b", "builds/1/log", "z\u00fcrich/see")
          .stream().map(Topic::new).toList();

  private static final Duration PAUSE = Duration.ofMillis(5);
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final int BATCH_MAX = 20;
  private static final int FILLER_MAX = 300;
  private static final String NDJSON = "application/x-ndjson";
  private static final String JSON = "application/json";

  private final World world;
  private final Supplier<URI> hub;
  private final String name;
  private final Random random;
  private final int publicationsMax;
  private final List<Publication> publications = new ArrayList<>();
  private final Map<Publication, String> keys = new HashMap<>();
  private final List<Publication> acknowledgedWithKey = new ArrayList<>();
  private @Nullable HttpConnection connection;
  private int connections;

  /** @param publicationsMax after which it has nothing more to say */
  Publisher(World world, String name, long seed, int publicationsMax) {
    this(world, world::hub, name, seed, publicationsMax);
  }

  /** @param hub where it goes, asked before each connection */
  Publisher(World world, Supplier<URI> hub, String name, long seed, int publicationsMax) {
    this.world = world;
    this.hub = hub;
    this.name = name;
    this.random = new Random(seed);
    this.publicationsMax = publicationsMax;
  }

  @Override
  public void run() {
    while (!world.isEnding() && publications.size() < publicationsMax) {
      int choice = random.nextInt(100);
      if (choice < 60) {
        publishAlone(newPublication(1));
      } else if (choice < 75) {
        publishAlone(newPublication(2 + random.nextInt(2)));
      } else if (choice < 92) {
        publishBatch(random.nextBoolean() ? JSON : NDJSON);
      } else if (!acknowledgedWithKey.isEmpty()) {
        Publication known = acknowledgedWithKey.get(random.nextInt(acknowledgedWithKey.size()));
        if (choice < 96) {
          publishAlone(known); // as if its answer had been lost
        } else {
          publishAlone(newPublication(known.topics().size(), keys.get(known))); // must be refused
        }
      }
    }
    if (connection != null) {
      connection.close();
    }
  }

  /** What it wanted stored, in its order; when its thread has ended. */
  List<Publication> publications() {
    return publications;
  }

  private Publication newPublication(int topics) {
    return newPublication(topics, random.nextBoolean() ? name + '-' + publications.size() : null);
  }

  private Publication newPublication(int topics, @Nullable String key) {
    List<Topic> chosen = new ArrayList<>();
    while (chosen.size() < topics) {
      Topic topic = TOPICS.get(random.nextInt(TOPICS.size()));
      if (!chosen.contains(topic)) {
        chosen.add(topic);
      }
    }
    String filler = "\u00e9 \n".repeat(random.nextInt(3)) + "x".repeat(random.nextInt(FILLER_MAX));
    var publication = new Publication(name, chosen, name + ' ' + publications.size() + ' ' + filler);
    publications.add(publication);
    if (key != null) {
      keys.put(publication, key);
    }
    return publication;
  }

  /** Until it is known what has become of it, if it has a key. */
  private void publishAlone(Publication publication) {
    Answer answer = Answer.UNKNOWN;
    for (boolean again = true; again; again = answer.kind() == Answer.Kind.UNKNOWN && keys.containsKey(publication)) {
      HttpConnection open = connected();
      long sentAt = world.tick();
      answer = post(open, publication);
      told(publication, sentAt, answer);
    }
  }

  private void publishBatch(String format) {
    List<Publication> batch = new ArrayList<>();
    List<String> items = new ArrayList<>();
    for (int i = 2 + random.nextInt(BATCH_MAX - 1); i > 0; i--) {
      Publication publication = newPublication(1 + random.nextInt(2));
      batch.add(publication);
      items.add(json(publication).encode());
    }
    String body = format.equals(JSON) ? "[" + String.join(",", items) + "]" : String.join("\n", items);
    HttpConnection open = connected();
    long sentAt = world.tick();
    List<Answer> answers = postBatch(open, body, format, batch.size());
    for (int i = 0; i < batch.size(); i++) {
      told(batch.get(i), sentAt, answers.get(i));
    }
    for (int i = 0; i < batch.size(); i++) {
      if (answers.get(i).kind() == Answer.Kind.UNKNOWN && keys.containsKey(batch.get(i))) {
        publishAlone(batch.get(i));
      }
    }
  }

  /** The connection there is, or a new one as soon as there is a hub. */
  private HttpConnection connected() {
    long startNanos = System.nanoTime();
    while (connection == null) {
      try {
        connection = HttpConnection.to(hub.get());
        connections++;
      } catch (IOException e) {
        if (System.nanoTime() - startNanos > PATIENCE.toNanos()) {
          throw new IllegalStateException("no hub within " + PATIENCE, e);
        }
        LockSupport.parkNanos(PAUSE.toNanos());
      }
    }
    return connection;
  }

  private Answer post(HttpConnection open, Publication publication) {
    String key = keys.get(publication);
    Http.Response response;
    try {
      if (publication.topics().size() > 1 || random.nextInt(4) == 0) {
        response = open.post("/events", json(publication).encode(), "Content-Type: " + JSON);
      } else {
        String path = URLEncoder.encode(publication.topics().get(0).name(), StandardCharsets.UTF_8);
        String[] headers = key == null ? new String[0] : new String[] {"Idempotency-Key: " + key};
        response = open.post("/events/" + path.replace("%2F", "/"), publication.data(), headers);
      }
    } catch (IOException e) {
      return disconnected();
    }
    return answer(response.status(), response.text());
  }

  private List<Answer> postBatch(HttpConnection open, String body, String format, int count) {
    Http.Response response;
    try {
      response = open.post("/events", body, "Content-Type: " + format, "Accept: " + format);
    } catch (IOException e) {
      return Collections.nCopies(count, disconnected());
    }
    if (response.status() >= 300) {
      return Collections.nCopies(count, answer(response.status(), response.text()));
    }
    List<Answer> answers = new ArrayList<>();
    String text = format.equals(JSON) ? response.text() : "[" + response.text().strip().replace('\n', ',') + "]";
    for (Object item : new JsonArray(text)) {
      var object = (JsonObject) item;
      var error = object.getJsonObject("error");
      answers.add(error == null ? answer(201, object.getString("id")) : answer(error.getInteger("status"), ""));
    }
    return answers;
  }

  private Answer disconnected() {
    if (connection != null) {
      connection.close();
      connection = null;
    }
    return Answer.UNKNOWN;
  }

  private void told(Publication publication, long sentAt, Answer answer) {
    boolean isNews = !publication.isAcknowledged();
    publication.attempted(connections, sentAt, answer);
    if (isNews) {
      answer.id().ifPresent(world::acknowledged);
    }
    if (isNews && publication.isAcknowledged() && keys.containsKey(publication)) {
      acknowledgedWithKey.add(publication);
    }
  }

  private JsonObject json(Publication publication) {
    var topics = new JsonArray(publication.topics().stream().map(Topic::name).toList());
    var json = new JsonObject().put("topic", topics).put("data", publication.data());
    String key = keys.get(publication);
    return key == null ? json : json.put("key", key);
  }

  /** As the contract reads a status. */
  private Answer answer(int status, String id) {
    if (status == 503) {
      world.unavailable();
    }
    if (status < 300) {
      return Answer.acknowledged(EventId.parse(id).orElseThrow());
    }
    return status < 500 || status == 503 || status == 507 ? Answer.REFUSED : Answer.UNKNOWN;
  }
}
