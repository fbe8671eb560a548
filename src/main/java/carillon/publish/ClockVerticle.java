package carillon.publish;

import carillon.bus.Announcer;
import carillon.config.ClockOptions;
import carillon.event.Event;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;

/**
 * The clocks of a node: each publishes a transient tick at the multiples of its interval by the wall clock. Those due
 * at the same moment leave as one message. One instance per node; confined to its event loop.
 */
public final class ClockVerticle extends VerticleBase {

  /*
   * One timer, set anew each time to the clock that is due first. A timer counts elapsed time and knows nothing of the
   * wall clock being set, so it never sleeps longer than this: a daily clock notices within a second that it is another
   * day.
   */
  private static final Duration SLEEP_MAX = Duration.ofSeconds(1);
  private static final Duration SLEEP_MIN = Duration.ofMillis(1);

  private final List<ClockOptions> options;
  private final InstantSource clock;

  // confined to the event loop
  private final List<Clockwork> works = new ArrayList<>();
  private long timer;

  /**
   * @param options the clocks, any number
   * @param clock the wall clock they follow
   */
  public ClockVerticle(List<ClockOptions> options, InstantSource clock) {
    this.options = List.copyOf(options);
    this.clock = clock;
  }

  @Override
  public Future<?> start() {
    Instant now = clock.instant();
    options.forEach(each -> works.add(new Clockwork(new ClockSchedule(each.interval(), each.zone()), now)));
    sleep(now);
    return Future.succeededFuture();
  }

  @Override
  public Future<?> stop() {
    vertx.cancelTimer(timer);
    return Future.succeededFuture();
  }

  private void wake() {
    Instant now = clock.instant();
    var ticks = new ArrayList<Event>();
    for (int i = 0; i < works.size(); i++) {
      ClockOptions each = options.get(i);
      works.get(i).due(now).ifPresent(instant -> ticks.add(Tick.of(each, instant)));
    }
    if (!ticks.isEmpty()) {
      var unused = Announcer.toThisNode(vertx.eventBus()).passing(ticks); // each node has clocks of its own
    }
    sleep(now);
  }

  private void sleep(Instant now) {
    if (works.isEmpty()) {
      return;
    }
    Duration sleep = SLEEP_MAX;
    for (Clockwork work : works) {
      Duration until = work.untilNext(now);
      sleep = until.compareTo(sleep) < 0 ? until : sleep;
    }
    sleep = sleep.compareTo(SLEEP_MIN) < 0 ? SLEEP_MIN : sleep;
    // rounded up: a timer that fires in the millisecond before the tick would have to be set once more
    timer = vertx.setTimer(sleep.plusNanos(999_999).toMillis(), fired -> wake());
  }
}
