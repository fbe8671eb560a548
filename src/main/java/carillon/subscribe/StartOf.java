package carillon.subscribe;

import carillon.event.EventId;
import carillon.event.GapReason;
import carillon.event.Selectors;
import carillon.event.Since;
import carillon.log.EventLog;
import java.time.Instant;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/**
 * Where a subscription begins that asks from somewhere: turns what the client said into an offset of the log as it is
 * now. Immutable;
 * the stages complete where the log completes its own.
 */
final class StartOf implements Since.Cases<CompletionStage<Start>> {

  private final EventLog log;
  private final Selectors selectors;

  /** @param selectors whose newest events are counted */
  StartOf(EventLog log, Selectors selectors) {
    this.log = log;
    this.selectors = selectors;
  }

  @Override
  public CompletionStage<Start> now() {
    return at(Start.live(log.head()));
  }

  @Override
  public CompletionStage<Start> all() {
    return at(Start.unclaimed(0, log.head()));
  }

  @Override
  public CompletionStage<Start> after(EventId id) {
    Start start = known(id);
    // Another node, which the client comes from, may know more than this one does.
    return start.gap() == null ? at(start) : log.refreshHead().thenApply(newest -> known(id));
  }

  private Start known(EventId id) {
    if (id.epoch() != log.epoch()) {
      return Start.gap(GapReason.EPOCH, id.toString());
    }
    if (id.offset() > log.head()) {
      return Start.gap(GapReason.AHEAD, id.toString());
    }
    return Start.claimed(id.offset(), id.toString());
  }

  @Override
  public CompletionStage<Start> from(Instant time) {
    return behind(log.offsetBefore(time));
  }

  @Override
  public CompletionStage<Start> last(int count) {
    return behind(log.offsetBeforeLast(count, selectors));
  }

  @Override
  public CompletionStage<Start> unknown(String text) {
    return at(Start.gap(GapReason.UNKNOWN, text));
  }

  private CompletionStage<Start> behind(CompletionStage<Long> offset) {
    long newest = log.head(); // what is acknowledged from here on must not be missed without a word
    return offset.thenApply(cursor -> Start.unclaimed(cursor, newest));
  }

  private static CompletionStage<Start> at(Start start) {
    return CompletableFuture.completedStage(start);
  }
}
