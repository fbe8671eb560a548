package carillon;

import carillon.auth.KeyFiles;
import carillon.bus.Addresses;
import carillon.config.ConfigSources;
import carillon.config.Configuration;
import carillon.config.HubOptions;
import carillon.config.Revision;
import io.vertx.config.ConfigRetriever;
import io.vertx.config.ConfigRetrieverOptions;
import io.vertx.config.ConfigStoreOptions;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.MessageConsumer;
import io.vertx.core.json.JsonObject;
import java.lang.System.Logger.Level;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Looks at the files of settings while the hub runs, and has what changed taken over. Confined to the event loop of the
 * verticle that made it; files are read by a worker thread.
 *
 * <p>What is wrong leaves everything as it is, and is logged once with all its problems.
 */
final class Reload {

  /*
   *        files, request               worker                      loop
   *   idle ───────────────▶ looking ── read, compare, check ─┬──▶ same or broken: log ──▶ idle
   *                                                          └──▶ changed: log, change ──▶ idle
   *
   * One look at a time. A config retriever scans the files by their content, because times of files lie, and says when
   * it is another one; a look then reads and compares everything by itself, as it may be yet another one by now. That
   * is seen by the next scan. As long as something is wrong there is a look each time, for it may be mended elsewhere,
   * in a file of keys.
   */
  private static final System.Logger LOG = System.getLogger(Reload.class.getName());

  private final Vertx vertx;
  private final ConfigSources sources;
  private final Function<HubOptions, Future<?>> change;
  private final long intervalMillis;

  private Configuration force;
  private Configuration seen;
  private List<String> complaints = List.of();
  private boolean isLooking;
  private boolean isDue;
  private boolean isAsked;
  private @Nullable ConfigRetriever retriever;
  private @Nullable Long timer;
  private @Nullable MessageConsumer<?> asked;

  /**
   * @param started what the hub was started with
   * @param change has options taken over
   */
  Reload(Vertx vertx, ConfigSources sources, Configuration started, Function<HubOptions, Future<?>> change) {
    this.vertx = vertx;
    this.sources = sources;
    this.change = change;
    this.intervalMillis = started.options().reloadInterval().toMillis();
    this.force = started;
    this.seen = started;
  }

  /** Looks again and again from now on, and whenever somebody asks at {@link Addresses#RELOAD}. */
  void begin() {
    if (intervalMillis > 0) {
      var scan = new ConfigRetrieverOptions().setScanPeriod(intervalMillis);
      sources.files().forEach(file -> scan.addStore(content(file)));
      ConfigRetriever scanning = ConfigRetriever.create(vertx, scan);
      scanning.listen(changed -> look(false));
      // What has changed since the start, and before the scan knows what to compare with.
      var unused = scanning.getConfig().onComplete(known -> look(false));
      retriever = scanning;
      timer = vertx.setPeriodic(intervalMillis, id -> lookAgain());
    }
    asked = vertx.eventBus().localConsumer(Addresses.RELOAD, message -> look(true));
  }

  /** The text of a file that may be there or not. */
  private static ConfigStoreOptions content(Path file) {
    String path = file.toAbsolutePath().toString();
    return new ConfigStoreOptions()
        .setType("file")
        .setFormat("raw")
        .setOptional(true)
        .setConfig(new JsonObject().put("path", path).put("raw.key", path));
  }

  private void lookAgain() {
    if (!complaints.isEmpty()) {
      look(false);
    }
  }

  /** No more. */
  Future<Void> end() {
    if (timer != null) {
      vertx.cancelTimer(timer);
    }
    Future<Void> scanned = retriever == null ? Future.succeededFuture() : retriever.close();
    Future<Void> unregistered = asked == null ? Future.succeededFuture() : asked.unregister();
    return Future.join(scanned, unregistered).mapEmpty();
  }

  /** @param asks somebody who wants to hear of it even if nothing has changed */
  private void look(boolean asks) {
    isDue = true;
    isAsked |= asks;
    if (!isLooking) {
      isLooking = true;
      lookWhileDue();
    }
  }

  /** What comes while a look is on its way may be about something that it did not see: one more look sees it. */
  private void lookWhileDue() {
    if (!isDue) {
      isLooking = false;
      return;
    }
    boolean wasAsked = isAsked;
    isDue = false;
    isAsked = false;
    Configuration before = seen;
    Configuration running = force;
    vertx
        .executeBlocking(() -> revision(before, running))
        .compose(revision -> act(revision, wasAsked))
        .onFailure(failure -> LOG.log(Level.ERROR, "the settings cannot be looked at", failure))
        .onComplete(looked -> lookWhileDue());
  }

  /** On a worker thread. */
  private Revision revision(Configuration before, Configuration running) {
    Revision read = Revision.of(running, before, sources.readAgain(before));
    List<String> problems =
        read.fold(List::of, broken -> List.of(), changed -> KeyFiles.problems(changed.inForce().options().auth()));
    return problems.isEmpty() ? read : new Revision.Broken(problems);
  }

  private Future<?> act(Revision revision, boolean asks) {
    return revision.fold(() -> same(asks), this::broken, this::changed);
  }

  private Future<?> same(boolean asks) {
    if (asks || !complaints.isEmpty()) {
      LOG.log(Level.INFO, "the settings are as they were");
    }
    complaints = List.of();
    return Future.succeededFuture();
  }

  private Future<?> broken(List<String> problems) {
    if (!problems.equals(complaints)) {
      LOG.log(Level.WARNING, "the settings stay as they are, because those in the files are not valid");
      problems.forEach(problem -> LOG.log(Level.WARNING, "  {0}", problem));
    }
    complaints = problems;
    return Future.succeededFuture();
  }

  private Future<?> changed(Revision.Changed changed) {
    complaints = List.of();
    seen = changed.read();
    force = changed.inForce();
    changed.lines().forEach(line -> LOG.log(Level.INFO, "setting changed: {0}", line));
    return change
        .apply(force.options())
        .onSuccess(
            done ->
                LOG.log(
                    Level.INFO,
                    "settings reloaded: {0} changed, {1} of them after a restart",
                    changed.lines().size(),
                    changed.laterCount()))
        .onFailure(failure -> LOG.log(Level.ERROR, "not every setting could be taken over", failure))
        .otherwiseEmpty();
  }
}
