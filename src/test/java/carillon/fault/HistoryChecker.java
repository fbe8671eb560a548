package carillon.fault;

import carillon.event.EventId;
import carillon.event.Topic;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * Compares what publishers were told with what followers saw, and says where the hub has broken its word. Knows nothing
 * of how the hub works. Used once, on one thread.
 */
final class HistoryChecker {

  /*
   * An event exists if anybody was told its id: a publisher, or a follower. Whatever exists is in the log, so everybody
   * who follows one of its topics has to see it, whether its publisher was answered or not. That makes an event shown
   * before it was safe a violation: after the crash the others do not get it, or get another one under its id.
   *
   * From where on a follower is owed events:
   *
   *   asked with a cursor      all after the cursor
   *   asked without            all after the first id on the stream, and before it whatever was sent for the first
   *                            time when the head had been read
   *
   * Its first stream counts, or the last that was asked without a cursor: until an id has come there is none to come
   * back with. Retention is switched off in these tests, so a gap is a violation as well.
   *
   * The order in which one publisher's events are stored: an event is behind those whose acknowledgement came before it
   * was sent, and behind those before it on its connection, if each was sent only once.
   */

  private final Map<String, Publication> byData = new HashMap<>();
  private final TreeMap<Long, Publication> existing = new TreeMap<>();
  private final Map<Publication, EventId> ids = new HashMap<>();
  private final List<Violation> violations = new ArrayList<>();
  private long epoch;

  private HistoryChecker() {}

  /** What may go wrong. */
  enum Rule {
    /** An event exists, and a follower of its topic has not seen it. */
    LOST,
    /** A follower saw an id more than once. */
    SEEN_TWICE,
    /** A stream's ids do not go up, or begin before its cursor. */
    UNORDERED,
    /** One id stands for two events. */
    ID_REUSED,
    /** One event, sent once or under one key, has two ids. */
    STORED_TWICE,
    /** A follower saw what nobody had sent. */
    FORGED,
    /** A publisher was told that an event is not stored, and it is. */
    REFUSED_YET_STORED,
    /** Events of one publisher are not stored in its order. */
    PUBLISHER_UNORDERED,
    /** A follower saw an event that it had not selected, or under other topics. */
    NOT_SELECTED,
    /** A follower was told of a gap, though nothing has been removed. */
    GAP,
    /** An id is none of ours, or of another epoch. */
    FOREIGN_ID
  }

  /** A broken promise. */
  record Violation(Rule rule, String detail) {}

  /**
   * All violations; none is what we want.
   *
   * @param publications of all publishers; those of one publisher in its order
   * @param followings of all followers, which have caught up
   */
  static List<Violation> check(List<Publication> publications, List<Following> followings) {
    var checker = new HistoryChecker();
    publications.forEach(checker::told);
    followings.forEach(checker::saw);
    followings.forEach(checker::checkComplete);
    checker.checkPublishers(publications);
    return List.copyOf(checker.violations);
  }

  private void told(Publication publication) {
    if (byData.put(publication.data(), publication) != null) {
      throw new IllegalArgumentException("two publications have the same data: " + publication);
    }
    for (Publication.Attempt attempt : publication.attempts()) {
      attempt.answer().id().ifPresent(id -> exists(id, publication, publication.publisher()));
    }
  }

  private void saw(Following following) {
    var seen = new BitSet();
    for (Following.Stream stream : following.streams()) {
      stream.gaps().forEach(gap -> violated(Rule.GAP, following.name() + " was told " + gap));
      long last = parse(stream.resumedAfter(), following.name()).map(EventId::offset).orElse(0L);
      for (Following.Seen event : stream.seen()) {
        Optional<EventId> id = parse(event.id(), following.name());
        if (id.isEmpty()) {
          violated(Rule.FOREIGN_ID, following.name() + " saw an event without an id: " + event);
          continue;
        }
        long offset = id.get().offset();
        if (seen.get((int) offset)) {
          violated(Rule.SEEN_TWICE, following.name() + " saw " + event.id() + " again");
        }
        seen.set((int) offset);
        if (offset <= last) {
          violated(Rule.UNORDERED, following.name() + " saw " + event.id() + " after " + last);
        }
        last = offset;
        saw(following, event, id.get());
      }
    }
  }

  private void saw(Following following, Following.Seen event, EventId id) {
    Publication publication = byData.get(event.data());
    if (publication == null) {
      violated(Rule.FORGED, following.name() + " saw " + event);
      return;
    }
    exists(id, publication, following.name());
    if (publication.isRefused()) {
      violated(Rule.REFUSED_YET_STORED, following.name() + " saw " + publication + " as " + id);
    }
    List<String> topics = publication.topics().stream().map(Topic::name).toList();
    boolean hasOtherTopics = !event.topics().isEmpty() && !event.topics().equals(topics);
    if (hasOtherTopics || !isSelected(following, publication)) {
      violated(Rule.NOT_SELECTED, following.name() + " (" + following.selectors() + ") saw " + event);
    }
  }

  private void exists(EventId id, Publication publication, String witness) {
    if (epoch == 0) {
      epoch = id.epoch();
    }
    if (id.epoch() != epoch) {
      violated(Rule.FOREIGN_ID, witness + " was told " + id + ", of another epoch");
      return;
    }
    Publication other = existing.putIfAbsent(id.offset(), publication);
    if (other != null && other != publication) {
      violated(Rule.ID_REUSED, witness + " knows " + id + " as " + publication + ", others as " + other);
    }
    EventId otherId = ids.putIfAbsent(publication, id);
    if (otherId != null && !otherId.equals(id)) {
      violated(Rule.STORED_TWICE, witness + " knows " + publication + " as " + id + ", others as " + otherId);
    }
  }

  private void checkComplete(Following following) {
    var seen = new BitSet();
    following.streams().stream()
        .flatMap(stream -> stream.seen().stream())
        .flatMap(event -> EventId.parse(event.id()).stream())
        .forEach(id -> seen.set((int) id.offset()));
    List<Following.Stream> streams = following.streams();
    int from = streams.size() - 1;
    while (from > 0 && !streams.get(from).resumedAfter().isEmpty()) {
      from--;
    }
    Following.Stream first = streams.get(from);
    boolean isLive = first.resumedAfter().isEmpty();
    String cursor = isLive ? first.firstId() : first.resumedAfter();
    long after = EventId.parse(cursor).map(EventId::offset).orElse(Long.MAX_VALUE);
    existing.forEach(
        (offset, publication) -> {
          boolean isLater = isLive && publication.attempts().get(0).sentAt() > first.openedAt();
          boolean isOwed = isLater || offset > after;
          if (isOwed && !seen.get(offset.intValue()) && isSelected(following, publication)) {
            violated(Rule.LOST, following.name() + " never saw " + offset + ", " + publication);
          }
        });
  }

  private void checkPublishers(List<Publication> publications) {
    var acknowledged = new HashMap<String, Long>();
    var sentOnce = new HashMap<String, Long>();
    for (Publication publication : publications) {
      EventId id = ids.get(publication);
      if (id == null) {
        continue;
      }
      String publisher = publication.publisher();
      String connection = publisher + '/' + publication.attempts().get(0).connection();
      long before = Math.max(acknowledged.getOrDefault(publisher, 0L), sentOnce.getOrDefault(connection, 0L));
      if (id.offset() <= before) {
        violated(Rule.PUBLISHER_UNORDERED, id + " stands before " + before + ": " + publication);
      }
      if (publication.isAcknowledged()) {
        acknowledged.merge(publisher, id.offset(), Math::max);
      }
      if (publication.attempts().size() == 1) {
        sentOnce.merge(connection, id.offset(), Math::max);
      }
    }
  }

  /** Nothing for no id; what is no id is a violation. */
  private Optional<EventId> parse(String id, String witness) {
    Optional<EventId> parsed = EventId.parse(id);
    if (parsed.isEmpty() && !id.isEmpty()) {
      violated(Rule.FOREIGN_ID, witness + " was told " + id);
    }
    return parsed;
  }

  private static boolean isSelected(Following following, Publication publication) {
    return following.selectors().matches(publication.topics());
  }

  private void violated(Rule rule, String detail) {
    violations.add(new Violation(rule, detail));
  }
}
