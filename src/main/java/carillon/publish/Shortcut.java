package carillon.publish;

import carillon.bus.Announcer;
import carillon.event.Draft;
import carillon.event.Event;
import io.vertx.core.Promise;
import io.vertx.core.eventbus.EventBus;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;

/**
 * The way of transient drafts that need nobody to commit anything before them: announced by the loop that was handed
 * them, without the publisher. Confined to the event loop of its port.
 *
 * <p>It saves the two hops to the publisher's loop and back, which cost more than everything else about such an event.
 */
final class Shortcut {

  private static final Outcome PASSED_ON = new Outcome.Accepted(null, false);

  private final boolean isAlone;
  private final InstantSource clock;

  private HistoryRules rules;
  private List<Draft> drafts = new ArrayList<>();
  private List<Promise<Outcome>> promises = new ArrayList<>();

  /** @param isAlone whether this node has nobody to tell; if not, no draft may go this way */
  Shortcut(HistoryRules rules, boolean isAlone, InstantSource clock) {
    this.rules = rules;
    this.isAlone = isAlone;
    this.clock = clock;
  }

  /** From now on other rules hold. */
  void change(HistoryRules fresh) {
    rules = fresh;
  }

  /** Whether {@code draft} may go this way, if nothing that was handed in before it is on the other one. */
  boolean isFor(Draft draft) {
    return isAlone && !rules.isLogged(draft) && Admission.refusalOf(draft).isEmpty();
  }

  boolean isEmpty() {
    return drafts.isEmpty();
  }

  void add(Draft draft, Promise<Outcome> promise) {
    drafts.add(draft);
    promises.add(promise);
  }

  /** What was added, which is taken out; announced before anybody is answered. */
  List<Promise<Outcome>> announce(EventBus eventBus) {
    Instant now = clock.instant();
    var events = new ArrayList<Event>(drafts.size());
    for (Draft draft : drafts) {
      events.add(Event.of(draft, null, now));
    }
    List<Promise<Outcome>> announced = promises;
    drafts = new ArrayList<>(events.size());
    promises = new ArrayList<>(events.size());
    var unused = Announcer.toThisNode(eventBus).passing(events);
    return announced;
  }

  static Outcome outcome() {
    return PASSED_ON;
  }
}
