package carillon;

import carillon.auth.KeyFiles;
import carillon.bus.Addresses;
import carillon.config.ConfigSources;
import carillon.config.Configuration;
import carillon.config.HubOptions;
import carillon.config.Revision;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.MessageConsumer;
import java.lang.System.Logger.Level;
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
   *          timer, request             worker                      loop
   *   idle ───────────────▶ looking ── read, compare, check ─┬──▶ same or broken: log ──▶ idle
   *                                                          └──▶ changed: log, change ──▶ idle
   *
   * One look at a time. Each reads and compares everything. Times of files lie, and a digest that is taken before the
   * file is read, or after it, misses a file that goes to another content and back in between.
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
  private boolean isAskedAgain;
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
      timer = vertx.setPeriodic(intervalMillis, id -> look(false));
    }
    asked = vertx.eventBus().localConsumer(Addresses.RELOAD, message -> look(true));
  }

  /** No more. */
  Future<Void> end() {
    if (timer != null) {
      vertx.cancelTimer(timer);
    }
    return asked == null ? Future.succeededFuture() : asked.unregister();
  }

  private void look(boolean isAsked) {
    if (isLooking) {
      isAskedAgain |= isAsked; // a slow disk, or many signals: one more look sees as much
      return;
    }
    isLooking = true;
    Configuration before = seen;
    Configuration running = force;
    vertx
        .executeBlocking(() -> revision(before, running))
        .compose(revision -> act(revision, isAsked))
        .onFailure(failure -> LOG.log(Level.ERROR, "the settings cannot be looked at", failure))
        .onComplete(
            looked -> {
              isLooking = false;
              if (isAskedAgain) {
                isAskedAgain = false;
                look(true);
              }
            });
  }

  /** On a worker thread. */
  private Revision revision(Configuration before, Configuration running) {
    Revision read = Revision.of(running, before, sources.readAgain(before));
    List<String> problems =
        read.fold(List::of, broken -> List.of(), changed -> KeyFiles.problems(changed.inForce().options().auth()));
    return problems.isEmpty() ? read : new Revision.Broken(problems);
  }

  private Future<?> act(Revision revision, boolean isAsked) {
    return revision.fold(() -> same(isAsked), this::broken, this::changed);
  }

  private Future<?> same(boolean isAsked) {
    if (isAsked || !complaints.isEmpty()) {
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
