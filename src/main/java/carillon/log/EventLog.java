package carillon.log;

import carillon.event.Draft;
import carillon.event.Selectors;
import carillon.event.TopicRule;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/**
 * The ordered history of one hub. Written for whoever implements an engine; {@code EventLogContract} in the tests is
 * this text, executable, and every engine runs it.
 *
 * <p>What may be removed is told to an engine when it is made: the retention rules of topics, which may change, and,
 * for an engine that is bounded as a whole, its bounds. An event leaves each of its topics by the rule of that topic,
 * the oldest first, and is gone when it has left the last; a bound on count or bytes never takes a topic's newest
 * event. An event whose ttl has passed leaves all its topics. Whatever left a topic is no longer found by it and counts
 * in {@link Page#removedUpTo()}. Nothing is removed early because a clock jumped (see {@link SteadyClock}), and
 * removing goes in small steps that hold up nobody.
 *
 * <p>Methods may be called from any thread, never block and never call back on the caller's stack with a lock held.
 * {@link #append} is called by one publisher per node, one group at a time.
 */
public interface EventLog {

  /**
   * How long {@link #head()} of a shared log may know nothing of what another node has appended, as long as the log can
   * be reached. An engine that asks every 400 ms keeps it.
   */
  Duration HEAD_LAG_MAX = Duration.ofMillis(500);

  /**
   * One continuous life of this log. Any thread, no I/O.
   *
   * <p>Constant while the log is open, but for one case: a shared log may begin anew under its nodes (a database that
   * was restored from a copy, a grid whose last node was lost). An engine that finds it so changes {@code epoch()},
   * {@link #head()} and {@link #oldest()} before it hands out anything of the new life, so that whoever holds an event
   * or a page of it and asks for the epoch afterwards is told the new one. What is in flight meanwhile fails, or is
   * answered from either life, never from both.
   */
  long epoch();

  /**
   * Whether the nodes of a cluster share this log: they all read and append, and tell each other over the event bus.
   * Otherwise it is this node's alone. Constant.
   */
  default boolean isShared() {
    return durability() == Durability.DATABASE || durability() == Durability.NODES;
  }

  /**
   * Offset of the newest committed event that this node knows of, 0 when there never was one. Never ahead of what
   * {@link #read} finds, never behind an append of this node that has completed. What other nodes append to a shared
   * log it knows {@link #HEAD_LAG_MAX} later at the latest, or when a {@link #refreshHead} has completed. Any thread,
   * no I/O.
   */
  long head();

  /**
   * Has the engine look how far the log is: for whoever holds an id that is beyond {@link #head()}, and for whoever
   * wants to know whether the log can be reached at all. Asked again before the last answer, an engine may give both
   * the same one, if that was begun after both had asked.
   *
   * @return the head, no smaller than any offset whose append had completed on any node when this was asked; {@link
   *     #head()} and {@link #epoch()} are no older from then on. Fails with {@link LogException} when the log cannot be
   *     reached, within 10 s
   */
  default CompletionStage<Long> refreshHead() {
    return CompletableFuture.completedStage(head()); // whoever appends alone knows
  }

  /**
   * Offset of the oldest event that is still kept; {@link #head()} + 1 when none is. Any thread, no I/O.
   */
  long oldest();

  /**
   * About how many bytes the log takes, where it is kept; empty for an engine that cannot tell. For operators: may be
   * some seconds old. Any thread, no I/O.
   */
  default OptionalLong bytes() {
    return OptionalLong.empty();
  }

  /** What completion of {@link #append} is worth. Constant. */
  Durability durability();

  /**
   * Stores a group as one unit, in the order given, and completes when it is safe by the engine's rule
   * ({@link #durability()}). A draft whose key is known within the window is not stored again: same content is answered
   * with the first id, other content with a conflict. That also holds between drafts of one group.
   *
   * <p>The window holds the keys of the last 10 minutes and at least the last 100,000, whether their events are still
   * kept or not. It lives as long as the history itself.
   *
   * <p>Either the whole group is stored or nothing of it, and nothing of a group is visible to {@code read} or
   * {@code head} before all of it is safe. The time of the events is {@code now} in whole milliseconds, or that of the
   * newest event if the clock went back.
   *
   * @param drafts 1 or more; the caller bounds count and bytes
   * @param now the publisher's clock
   * @return one outcome for each draft, in order; or fails with {@link LogException}
   */
  CompletionStage<Appended> append(List<Draft> drafts, Instant now);

  /**
   * Reads the matching events after an offset, oldest first.
   *
   * <p>Someone who reads {@linkplain Reading#CATCHING_UP to catch up} can do without what is superseded. By a topic
   * whose rule is {@link TopicRule#latestOnly() latestOnly}, only its newest event is found: of all that were ever
   * stored, whether it is on this page, on a later one or not kept any more. A topic whose newest event is gone (its
   * ttl has passed, or it was too old) is therefore empty, and only then counts in {@link Page#removedUpTo()}; that an
   * older one was removed is no loss to anybody. An event of several topics is found if any of them finds it. Such a
   * topic costs what is found by it, however many events it holds, at least when it is asked for by its name.
   *
   * @param after exclusive, at least 0, which reads from the beginning. Beyond {@link #head()} is not an error: the
   *     page is empty
   * @param selectors which events
   * @param limit how much at the most; a page holds at least one matching event if there is one, however large
   * @param reading whether superseded events are wanted
   * @return fails with {@link LogException} when the log cannot be read now
   */
  CompletionStage<Page> read(long after, Selectors selectors, Limit limit, Reading reading);

  /**
   * The offset after which a reader sees every kept event that was accepted at {@code time} or later, and none that was
   * accepted earlier; times count in whole milliseconds.
   *
   * @return 0 to {@link #head()}; the head when there is none
   */
  CompletionStage<Long> offsetBefore(Instant time);

  /**
   * The offset after which a reader sees exactly the newest {@code count} matching events, or all of them if there are
   * fewer.
   *
   * @param count at least 1
   * @return 0 to {@link #head()}; the head when nothing matches
   */
  CompletionStage<Long> offsetBeforeLast(int count, Selectors selectors);

  /**
   * Takes other rules for topics, while it is open. What they let go of is removed as if they had always been there, in
   * small steps; what the old ones have removed does not come back. Reads that were asked for before may still be
   * answered by the old ones. The nodes that share a log are to be given the same rules.
   *
   * @return completes when the new rules hold for everything that is appended or read from then on; fails with
   *     {@link LogException}, and then the old ones hold on
   */
  default CompletionStage<Void> changeRules(List<TopicRule> rules) {
    return CompletableFuture.failedStage(
        new LogException(LogException.Reason.UNAVAILABLE, "this log takes rules when it is opened only"));
  }

  /**
   * Finishes what was begun and releases everything. Stages asked for after that fail with
   * {@link LogException.Reason#CLOSED}; the plain numbers stay as they were. Idempotent.
   */
  CompletionStage<Void> close();

  /** Which of the matching events somebody reads. */
  enum Reading {
    /** All of them: for whoever must not miss one, whatever the rules of topics say. */
    EVERYTHING,

    /** Without those that a newer one has superseded, where the rule of a topic says so. */
    CATCHING_UP
  }

  /**
   * How much one page may hold.
   *
   * @param events at least 1
   * @param bytes of data, at least 1
   */
  record Limit(int events, int bytes) {

    /** @throws IllegalArgumentException if a bound is below 1 */
    public Limit {
      if (events < 1 || bytes < 1) {
        throw new IllegalArgumentException("limit: expected bounds of at least 1, got " + events + ", " + bytes);
      }
    }
  }
}
