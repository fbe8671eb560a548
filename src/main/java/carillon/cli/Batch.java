package carillon.cli;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Events that are published by one request, and what has become of each. It decides what is sent again;
 * {@link PublishCommand} sends. Confined to one thread.
 *
 * <pre>
 *   open ──answer with an id──▶ stored          sent again while open: no answer, 408, 429, 5xx. The key
 *     └───any other refusal───▶ refused         sees to it that an event is stored once all the same.
 * </pre>
 */
final class Batch {

  /** One event. */
  static final class Item {

    private final int line;
    private final JsonObject draft;
    private @Nullable JsonObject answer;
    private String trouble = "no answer";
    private boolean isRefused;

    Item(int line, JsonObject draft) {
      this.line = line;
      this.draft = draft;
    }

    /** Where it came from, counted from 1. */
    int line() {
      return line;
    }

    /** What the hub said when it took it; {@code null} as long as it has not. */
    @Nullable JsonObject answer() {
      return answer;
    }

    /** Whether the hub will never take it. */
    boolean isRefused() {
      return isRefused;
    }

    /** Why it has not been taken. */
    String trouble() {
      return trouble;
    }
  }

  private final List<Item> items = new ArrayList<>();

  /** Adds an event. */
  void add(int line, JsonObject draft) {
    items.add(new Item(line, draft));
  }

  /** All, in their order. */
  List<Item> items() {
    return List.copyOf(items);
  }

  /** Those whose fate is not known, in their order. */
  List<Item> open() {
    return items.stream().filter(item -> item.answer == null && !item.isRefused).toList();
  }

  /** The body that publishes those that are open. */
  byte[] body() {
    var body = Buffer.buffer();
    open().forEach(item -> body.appendBuffer(item.draft.toBuffer()).appendString("\n"));
    return body.getBytes();
  }

  /** Takes the answer to {@link #body}, a line for each; it may have been cut short. */
  void answered(String text) {
    List<Item> asked = open();
    List<String> lines = text.lines().toList();
    for (int i = 0; i < Math.min(lines.size(), asked.size()); i++) {
      try {
        answered(asked.get(i), new JsonObject(lines.get(i)));
      } catch (DecodeException e) {
        return; // what follows is not in step
      }
    }
  }

  private static void answered(Item item, JsonObject answer) {
    if (answer.getValue("error") instanceof JsonObject problem) {
      item.trouble = ProblemText.of(problem);
      item.isRefused = !(problem.getValue("status") instanceof Integer status && mayPass(status));
    } else if (answer.containsKey("topics")) {
      item.answer = answer;
    }
  }

  /** The request as a whole was answered otherwise. */
  void answered(int status, String trouble) {
    for (Item item : open()) {
      item.trouble = trouble;
      item.isRefused = !mayPass(status);
    }
  }

  /** There was no answer. */
  void lost(String trouble) {
    open().forEach(item -> item.trouble = trouble);
  }

  /** Whether trying again makes sense: not now, or not known. 507 passes when there is room on the disk. */
  private static boolean mayPass(int status) {
    return status == 408 || status == 429 || status >= 500;
  }
}
