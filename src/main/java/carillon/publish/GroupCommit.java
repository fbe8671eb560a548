package carillon.publish;

import carillon.config.PublishOptions;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;

/**
 * Decides what is committed together. Plain; confined to whoever owns it.
 *
 * <pre>
 *            offer                 next                      completed
 *   drafts ─────────▶ waiting ───────────────▶ in flight ───────────────▶ (settled)
 *              │       bounded      at most one group
 *              └─▶ refused: OVERLOADED, or DRAINING
 * </pre>
 */
final class GroupCommit {

  /*
   * The next group is whatever arrived while the last one was being committed. So groups grow by themselves under load,
   * when one commit for many drafts is worth most, and an idle hub commits a single draft at once: no timer, no delay
   * to tune.
   *
   * One order: what waits is one queue, logged and transient drafts alike, so nobody sees a transient event overtake
   * what the same publisher handed in before it. Transient drafts at the head need no commit and leave at once as a
   * group of their own; behind a logged draft they ride in its group, so that a mixture of both still commits in large
   * groups.
   *
   * What is offered together is taken or refused together. A part would be stored either way, because a batch may span
   * groups; but "all of it was refused, nothing is stored" is an answer a publisher can act on.
   */
  private PublishOptions options;

  private final Deque<Waiting> waiting = new ArrayDeque<>();
  private long waitingBytes;
  private boolean inFlight;
  private boolean draining;

  GroupCommit(PublishOptions options) {
    this.options = options;
  }

  /** From now on other bounds hold; what waits is not refused any more, even if it is beyond them. */
  void change(PublishOptions fresh) {
    options = fresh;
  }

  /** Lets all of {@code entries} wait for their group, or none of them and says why. */
  Optional<Refusal> offer(List<Waiting> entries) {
    if (draining) {
      return Optional.of(Refusal.DRAINING);
    }
    long bytes = 0;
    for (Waiting entry : entries) {
      bytes += entry.bytes();
    }
    if (entries.size() > options.waitingEventsMax() - waiting.size()
        || bytes > options.waitingBytesMax() - waitingBytes) {
      return Optional.of(Refusal.OVERLOADED);
    }
    waiting.addAll(entries);
    waitingBytes += bytes;
    return Optional.empty();
  }

  /** The next group, which is then in flight; empty while one is, or when nothing waits. */
  Optional<Group> next() {
    Waiting first = waiting.peek();
    if (inFlight || first == null) {
      return Optional.empty();
    }
    inFlight = true;
    return Optional.of(take(first));
  }

  /** The group in flight is settled. */
  void completed() {
    if (!inFlight) {
      throw new IllegalStateException("no group is in flight");
    }
    inFlight = false;
  }

  /** How many wait for their group. */
  int waiting() {
    return waiting.size();
  }

  /** From now on everything offered is refused; what waits is not. */
  void drain() {
    draining = true;
  }

  /** Takes out everything that still waits for a group: it will not get one. */
  List<Waiting> abandon() {
    var abandoned = List.copyOf(waiting);
    waiting.clear();
    waitingBytes = 0;
    return abandoned;
  }

  /** Whether draining is over: nothing is taken in, nothing waits, nothing is in flight. */
  boolean isDrained() {
    return draining && !inFlight && waiting.isEmpty();
  }

  private Group take(Waiting first) {
    var entries = new ArrayList<Waiting>(Math.min(waiting.size(), options.groupEventsMax()));
    long bytes = 0;
    Waiting head = first;
    while (head != null && (entries.isEmpty() || fits(head, first, entries.size(), bytes))) {
      waiting.remove();
      entries.add(head);
      bytes += head.bytes();
      head = waiting.peek();
    }
    waitingBytes -= bytes;
    return new Group(entries);
  }

  private boolean fits(Waiting entry, Waiting first, int entries, long bytes) {
    return entries < options.groupEventsMax()
        && bytes + entry.bytes() <= options.groupBytesMax()
        && (first.isLogged() || !entry.isLogged());
  }
}
