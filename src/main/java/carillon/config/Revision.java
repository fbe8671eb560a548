package carillon.config;

import io.vertx.core.json.Json;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * What a configuration that was read again means for a hub that runs with another one: nothing, problems, or changes.
 * Immutable, any thread.
 */
public sealed interface Revision {

  /*
   *                  what was read:  reloadable settings   others
   *                                         │                │
   *   in force next:                     the new           as they are   ← must be valid together, too
   *
   * A setting that needs a restart keeps what it has, and is compared with what was read last, so that it is spoken of
   * once and not at every later change.
   */

  /** The answer that belongs to the case. */
  <R> R fold(Supplier<R> same, Function<List<String>, R> broken, Function<Changed, R> changed);

  /**
   * Compares.
   *
   * @param force what the hub runs with
   * @param seen what was read last, in force as far as it is reloadable
   * @param fresh what was read now
   */
  static Revision of(Configuration force, Configuration seen, Configuration fresh) {
    if (!fresh.problems().isEmpty()) {
      return new Broken(fresh.problems());
    }
    var lines = new ArrayList<String>();
    JsonObject next = fresh.flat();
    int later = 0;
    for (Setting<?> setting : Settings.ALL) {
      boolean isChanged = !seen.said(setting).equals(fresh.said(setting));
      if (isChanged) {
        lines.add((setting.isReloadable() ? "" : "takes effect after a restart: ") + line(setting, seen.said(setting), fresh.said(setting)));
        later += setting.isReloadable() ? 0 : 1;
      }
      if (!setting.isReloadable()) {
        keep(next, setting, force.flat());
      }
    }
    if (lines.isEmpty()) {
      return new Same();
    }
    Configuration merged = Configuration.of(List.of(new Configuration.Layer("in force", next)), List.of());
    if (!merged.problems().isEmpty()) {
      return new Broken(
          merged.problems().stream().map(problem -> problem + "; with what needs a restart as it is").toList());
    }
    return new Changed(fresh, merged, lines, later);
  }

  /** Every setting says what it said. */
  record Same() implements Revision {
    @Override
    public <R> R fold(Supplier<R> same, Function<List<String>, R> broken, Function<Changed, R> changed) {
      return same.get();
    }
  }

  /**
   * It cannot be.
   *
   * @param problems all that is wrong
   */
  record Broken(List<String> problems) implements Revision {

    /** Copies the list. */
    public Broken {
      problems = List.copyOf(problems);
    }

    @Override
    public <R> R fold(Supplier<R> same, Function<List<String>, R> broken, Function<Changed, R> changed) {
      return broken.apply(problems);
    }
  }

  /**
   * Some settings say something else.
   *
   * @param read what was read
   * @param inForce what the hub is to run with from now on
   * @param lines one for each setting that differs, secrets not shown
   * @param laterCount how many of them wait for a restart
   */
  record Changed(Configuration read, Configuration inForce, List<String> lines, int laterCount) implements Revision {

    /** Copies the lines. */
    public Changed {
      lines = List.copyOf(lines);
    }

    @Override
    public <R> R fold(Supplier<R> same, Function<List<String>, R> broken, Function<Changed, R> changed) {
      return changed.apply(this);
    }
  }

  private static void keep(JsonObject next, Setting<?> setting, JsonObject force) {
    next.remove(setting.key());
    if (force.containsKey(setting.key())) {
      next.put(setting.key(), force.getValue(setting.key()));
    }
  }

  private static String line(Setting<?> setting, Object old, Object fresh) {
    boolean isList = !setting.isSecret() && old instanceof JsonArray && fresh instanceof JsonArray;
    String change =
        isList
            ? items((JsonArray) old, (JsonArray) fresh)
            : HubOptionsReader.inFull(setting, old) + " -> " + HubOptionsReader.inFull(setting, fresh);
    return setting.key() + ": " + change;
  }

  /** Of lists, which may be long, only what differs. */
  private static String items(JsonArray old, JsonArray fresh) {
    var change = new StringBuilder();
    append(change, " - ", old, fresh);
    append(change, " + ", fresh, old);
    return change.isEmpty() ? "the same items in another order" : change.substring(1);
  }

  private static void append(StringBuilder change, String sign, JsonArray items, JsonArray others) {
    int length = change.length();
    for (Object item : items) {
      if (!others.contains(item)) {
        if (change.length() - length > HubOptionsReader.LIST_SHOWN_MAX) {
          change.append(" …");
          return;
        }
        change.append(sign).append(Json.encode(item));
      }
    }
  }
}
