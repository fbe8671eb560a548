package carillon.cli;

import carillon.event.InvalidValueException;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/**
 * Makes the JSON objects that {@code POST /events} takes, each with a key: without one, an event whose answer was lost
 * could not be sent again. Confined to one thread.
 */
final class Drafting {

  private final Optional<String> topic;
  private final JsonObject fields;
  private final String keyPrefix;
  private long count;

  /**
   * @param topic of all that have none of their own
   * @param fields of all: type, ttl and so on
   * @param keyPrefix of the keys made here; unique to this run
   */
  Drafting(Optional<String> topic, JsonObject fields, String keyPrefix) {
    this.topic = topic;
    this.fields = fields;
    this.keyPrefix = keyPrefix;
  }

  /** @throws InvalidValueException if {@code data} is not UTF-8 */
  JsonObject ofData(byte[] data) {
    String text;
    try {
      text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(data)).toString();
    } catch (CharacterCodingException e) {
      throw new InvalidValueException("data", "UTF-8", "other bytes");
    }
    return complete(new JsonObject().put("data", text));
  }

  /**
   * Reads one line of NDJSON.
   *
   * @throws InvalidValueException if it is no JSON object, or has no topic and there is none for all
   */
  JsonObject ofJson(byte[] line) {
    JsonObject draft;
    try {
      draft = new JsonObject(StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(line)).toString());
    } catch (DecodeException | CharacterCodingException | ClassCastException e) {
      throw new InvalidValueException("line", "a JSON object", new String(line, StandardCharsets.UTF_8));
    }
    if (topic.isEmpty() && !(draft.getValue("topic") instanceof String)
        && !(draft.getValue("topic") instanceof JsonArray)) {
      throw new InvalidValueException("line", "a topic, as there is none for all", draft.encode());
    }
    return complete(draft);
  }

  /** What the draft says itself wins. */
  private JsonObject complete(JsonObject draft) {
    count++;
    topic.filter(name -> !draft.containsKey("topic")).ifPresent(name -> draft.put("topic", name));
    for (String name : fields.fieldNames()) {
      if (!draft.containsKey(name)) {
        draft.put(name, fields.getValue(name));
      }
    }
    if (!draft.containsKey("key")) {
      draft.put("key", keyPrefix + "-" + count);
    }
    return draft;
  }
}
