package carillon.log;

import carillon.event.Event;
import carillon.event.Selector;
import carillon.event.Selectors;
import carillon.event.Topic;
import carillon.event.TopicRule.Retention;
import carillon.log.EventLog.Reading;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Objects;
import java.util.PrimitiveIterator;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * The events that are kept in memory, and what is no longer kept. Confined to the lock of {@link LocalHistory}.
 *
 * <p>An event leaves each of its topics by the rule of that topic, and is gone when it has left the last. An event
 * whose ttl has passed leaves all of them at once, and so do the oldest events when there are too many. Every departure
 * is noted with its topic.
 */
final class History {

  /** Topics without events that are still known by name, for the sake of what was removed from them. */
  static final int EMPTIED_TOPICS_MAX = 10_000;

  /** A sweep is a small step: it runs between a publisher and its answer. */
  private static final int SWEEP_TOPICS = 8;

  private static final int SWEEP_EVENTS = 256;

  private final int eventsMax;
  private final long bytesMax;
  private final int bytesBeside;

  private final NavigableMap<Long, Entry> entries = new TreeMap<>();
  private final TreeSet<Entry> expiring =
      new TreeSet<>(Comparator.comparing((Entry entry) -> entry.expires).thenComparingLong(Entry::offset));
  private final Map<Topic, TopicHistory> topics = new HashMap<>();
  private final ArrayDeque<TopicHistory> ageing = new ArrayDeque<>();
  private final ArrayDeque<TopicHistory> emptied = new ArrayDeque<>();
  private Retentions retentions;
  private long bytes;
  private long head;
  private Instant newestTime = Instant.MIN;
  private long removedUpTo;
  private long forgottenUpTo;

  /**
   * An empty history.
   *
   * @param eventsMax most events, at least 1
   * @param bytesMax most bytes of data, at least 1; the newest event is kept even if it alone is larger
   * @param retentions the rules of topics
   */
  History(int eventsMax, long bytesMax, Retentions retentions) {
    this(eventsMax, bytesMax, 0, retentions);
  }

  /** The same, but each event counts {@code bytesBeside} more towards {@code bytesMax} than it has data. */
  History(int eventsMax, long bytesMax, int bytesBeside, Retentions retentions) {
    this.eventsMax = eventsMax;
    this.bytesMax = bytesMax;
    this.bytesBeside = bytesBeside;
    this.retentions = retentions;
  }

  /** Offset of the newest event, 0 when there never was one. */
  long head() {
    return head;
  }

  /** Bytes of data of the events that are kept. */
  long bytes() {
    return bytes;
  }

  /** Offset of the oldest event that is kept, {@link #head()} + 1 when there is none. */
  long oldest() {
    return entries.isEmpty() ? head + 1 : entries.firstKey();
  }

  /** Time of the newest event, {@link Instant#MIN} when there never was one. */
  Instant newestTime() {
    return newestTime;
  }

  /**
   * Begins behind events that are gone, whatever they were: they count as removed from every topic. Only while it is
   * empty.
   *
   * @param time of the event at {@code offset}
   */
  void beginAfter(long offset, Instant time) {
    if (!entries.isEmpty() || !topics.isEmpty() || offset < head) {
      throw new IllegalStateException("history at offset " + head + " cannot begin after " + offset);
    }
    head = offset;
    newestTime = time;
    removedUpTo = offset;
    forgottenUpTo = offset;
  }

  /** Adds events that follow the head, and lets go of what is then too much. */
  void add(List<Event> events) {
    for (Event event : events) {
      var entry = new Entry(event);
      head = event.offset();
      newestTime = event.time();
      entries.put(head, entry);
      bytes += event.data().size();
      if (event.ttl() != null) {
        expiring.add(entry);
      }
      for (Topic topic : event.topics()) {
        TopicHistory history = topics.computeIfAbsent(topic, this::newTopic);
        history.add(entry);
        for (int left = SWEEP_EVENTS; left > 0 && history.isTooMuch(); left--) {
          leave(history.oldest(), history);
        }
        watch(history);
      }
      while (entries.size() > 1 && isTooMuch()) {
        remove(entries.firstEntry().getValue());
      }
    }
  }

  /** From now on other rules hold; what they let go of goes in later sweeps. */
  void change(Retentions fresh) {
    retentions = fresh;
    for (TopicHistory history : topics.values()) {
      history.retention = fresh.of(history.topic);
      history.latestOnly = fresh.isLatestOnly(history.topic);
      watch(history);
    }
  }

  /** Has sweeps look at a topic from which something may have to go. */
  private void watch(TopicHistory history) {
    if (!history.isAgeing && history.isToBeSwept()) {
      history.isAgeing = true;
      ageing.add(history);
    }
  }

  private boolean isTooMuch() {
    return entries.size() > eventsMax || bytes + (long) bytesBeside * entries.size() > bytesMax;
  }

  /** Lets go of some events that are too old at {@code now}; called again and again, it finds all of them. */
  void sweep(Instant now) {
    int left = SWEEP_EVENTS;
    while (left-- > 0 && !expiring.isEmpty() && expiring.first().isExpired(now)) {
      remove(expiring.first());
    }
    for (int i = Math.min(SWEEP_TOPICS, ageing.size()); i > 0; i--) {
      TopicHistory history = ageing.remove();
      Instant keptSince = Retentions.keptSince(history.retention, now);
      while (left-- > 0
          && !history.isEmpty()
          && (history.isTooMuch() || history.oldest().event.time().isBefore(keptSince))) {
        leave(history.oldest(), history);
      }
      history.isAgeing = history.isToBeSwept();
      if (history.isAgeing) {
        ageing.add(history);
      }
    }
  }

  /**
   * Adds one stretch to a page.
   *
   * @param reading whether superseded events are wanted
   * @param steps how many events are looked at, at the most
   * @param now an event whose ttl has passed then is not read any more, even if it is still here
   */
  void read(PageBuilder page, Selectors selectors, Reading reading, int steps, Instant now) {
    page.beginStretch(removedUpTo(selectors, reading, page.upTo()));
    PrimitiveIterator.OfLong offsets = offsetsAfter(page.upTo(), selectors, reading);
    for (int i = 0; i < steps && !page.isComplete(); i++) {
      if (!offsets.hasNext()) {
        page.end(head);
        return;
      }
      Entry entry = Objects.requireNonNull(entries.get(offsets.nextLong()));
      if (!isFound(entry, selectors, reading)) {
        page.pass(entry.offset());
      } else if (entry.isExpired(now)) {
        page.passRemoved(entry.offset());
      } else {
        page.add(entry.event);
      }
    }
  }

  /** The offset before the oldest event of {@code time} or later; the head if there is none. */
  long offsetBefore(Instant time) {
    long low = oldest();
    long high = head + 1;
    while (low < high) {
      // Times never go back along the offsets: every event before low is older than time, none from high on is.
      long middle = (low + high) >>> 1;
      Map.Entry<Long, Entry> next = entries.ceilingEntry(middle);
      if (next == null || !next.getValue().event.time().isBefore(time)) {
        high = middle;
      } else {
        low = next.getKey() + 1;
      }
    }
    Long found = entries.ceilingKey(low);
    return found == null ? head : found - 1;
  }

  /**
   * Takes one stretch of a search.
   *
   * @param steps how many events are looked at, at the most
   */
  void search(LastSearch search, int steps, Instant now) {
    PrimitiveIterator.OfLong offsets = offsetsBefore(search.below, search.selectors);
    for (int i = 0; i < steps && search.left > 0; i++) {
      if (!offsets.hasNext()) {
        search.left = 0;
        return;
      }
      Entry entry = Objects.requireNonNull(entries.get(offsets.nextLong()));
      search.below = entry.offset();
      if (isFound(entry, search.selectors, Reading.EVERYTHING) && !entry.isExpired(now)) {
        search.found = entry.offset();
        search.left--;
      }
    }
  }

  /** Offsets that may match, in order: those of the topics that are named, or all when a pattern asks for more. */
  private PrimitiveIterator.OfLong offsetsAfter(long after, Selectors selectors, Reading reading) {
    if (!TopicDirectory.isExact(selectors)) {
      return longs(entries.tailMap(after, false).keySet().iterator());
    }
    return Merged.oldestFirst(
        named(selectors).stream()
            .map(history -> longs(history.after(after, reading).keySet().iterator()))
            .toList());
  }

  private PrimitiveIterator.OfLong offsetsBefore(long before, Selectors selectors) {
    if (!TopicDirectory.isExact(selectors)) {
      return longs(entries.headMap(before, false).descendingKeySet().iterator());
    }
    return Merged.newestFirst(
        named(selectors).stream()
            .map(history -> longs(history.entries.headMap(before, false).descendingKeySet().iterator()))
            .toList());
  }

  /** The largest offset removed from a topic that matches. */
  private long removedUpTo(Selectors selectors, Reading reading, long after) {
    return TopicDirectory.isExact(selectors)
        ? removedFromNamed(selectors, reading)
        : removedFromMatching(selectors, reading, after);
  }

  private long removedFromNamed(Selectors selectors, Reading reading) {
    long removed = 0;
    for (Selector selector : selectors.list()) {
      TopicHistory history = topics.get(new Topic(selector.text()));
      removed = Math.max(removed, history == null ? forgottenUpTo : history.removedUpTo(reading));
    }
    return removed;
  }

  private long removedFromMatching(Selectors selectors, Reading reading, long after) {
    if (removedUpTo <= after) {
      return removedUpTo; // whatever it was, the reader is past it: not worth looking at every topic
    }
    long removed = forgottenUpTo;
    for (TopicHistory history : topics.values()) {
      if (history.removedUpTo(reading) > removed && selectors.matches(history.topic)) {
        removed = history.removedUpTo(reading);
      }
    }
    return removed;
  }

  private List<TopicHistory> named(Selectors selectors) {
    return selectors.list().stream()
        .map(selector -> topics.get(new Topic(selector.text())))
        .filter(Objects::nonNull)
        .toList();
  }

  /** Whether one of the topics that match still has the event, and has it as one that is wanted. */
  private boolean isFound(Entry entry, Selectors selectors, Reading reading) {
    if (reading == Reading.EVERYTHING && entry.places == entry.event.topics().size()) {
      return selectors.matches(entry.event.topics());
    }
    for (Topic topic : entry.event.topics()) {
      TopicHistory history = topics.get(topic);
      if (history != null && history.finds(entry.offset(), reading) && selectors.matches(topic)) {
        return true;
      }
    }
    return false;
  }

  private void remove(Entry entry) {
    for (Topic topic : entry.event.topics()) {
      TopicHistory history = topics.get(topic);
      if (history != null && history.entries.containsKey(entry.offset())) {
        leave(entry, history);
      }
    }
  }

  private void leave(Entry entry, TopicHistory history) {
    history.remove(entry);
    removedUpTo = Math.max(removedUpTo, entry.offset());
    entry.places--;
    if (entry.places == 0) {
      entries.remove(entry.offset());
      expiring.remove(entry);
      bytes -= entry.event.data().size();
    }
    if (history.isEmpty() && !history.isEmptied) {
      history.isEmptied = true;
      emptied.add(history);
      if (emptied.size() > EMPTIED_TOPICS_MAX) {
        forget(emptied.remove());
      }
    }
  }

  /** Forgets the topic that was emptied first; from now on what was removed from it counts for every unknown topic. */
  private void forget(TopicHistory history) {
    history.isEmptied = false;
    if (history.isEmpty()) {
      topics.remove(history.topic, history);
      forgottenUpTo = Math.max(forgottenUpTo, history.removedUpTo);
    }
  }

  /** What was removed under this name, if the topic was known once, is among what was forgotten. */
  private TopicHistory newTopic(Topic topic) {
    var history = new TopicHistory(topic, retentions.of(topic), retentions.isLatestOnly(topic));
    history.removedUpTo = forgottenUpTo;
    return history;
  }

  private static PrimitiveIterator.OfLong longs(Iterator<Long> boxed) {
    return new PrimitiveIterator.OfLong() {
      @Override
      public boolean hasNext() {
        return boxed.hasNext();
      }

      @Override
      public long nextLong() {
        return boxed.next();
      }
    };
  }

  /** A search for the newest matching events, from the head back; it goes on where its last stretch ended. */
  static final class LastSearch {
    private final Selectors selectors;
    private int left;
    private long below = Long.MAX_VALUE;
    private long found;

    LastSearch(int count, Selectors selectors) {
      this.left = count;
      this.selectors = selectors;
    }

    boolean isComplete() {
      return left == 0;
    }

    /** The offset before the oldest event found, or {@code head} when none was. */
    long offsetBefore(long head) {
      return found == 0 ? head : found - 1;
    }
  }

  /** One event, and in how many of its topics it still is. */
  private static final class Entry {
    final Event event;
    final Instant expires;
    int places;

    Entry(Event event) {
      this.event = event;
      this.expires = event.ttl() == null ? Instant.MAX : event.time().plus(event.ttl());
      this.places = event.topics().size();
    }

    long offset() {
      return event.offset();
    }

    boolean isExpired(Instant now) {
      return !expires.isAfter(now);
    }
  }

  /** One topic: its events, the newest it ever had, and the largest offset it has lost. */
  private static final class TopicHistory {
    final Topic topic;
    Retention retention;
    boolean latestOnly;
    final NavigableMap<Long, Entry> entries = new TreeMap<>();
    long bytes;
    long newest;
    long removedUpTo;
    boolean isAgeing;
    boolean isEmptied;

    TopicHistory(Topic topic, Retention retention, boolean latestOnly) {
      this.topic = topic;
      this.retention = retention;
      this.latestOnly = latestOnly;
    }

    void add(Entry entry) {
      entries.put(entry.offset(), entry);
      bytes += entry.event.data().size();
      newest = entry.offset();
    }

    void remove(Entry entry) {
      entries.remove(entry.offset());
      bytes -= entry.event.data().size();
      removedUpTo = Math.max(removedUpTo, entry.offset());
    }

    /** What is found by this topic after an offset. */
    NavigableMap<Long, Entry> after(long offset, Reading reading) {
      return entries.tailMap(isNewestOnly(reading) ? Math.max(offset, newest - 1) : offset, false);
    }

    /** Whether the event at an offset is found by this topic. */
    boolean finds(long offset, Reading reading) {
      return entries.containsKey(offset) && (offset == newest || !isNewestOnly(reading));
    }

    /** The largest offset that was removed and would be found if it had not been. */
    long removedUpTo(Reading reading) {
      return removedUpTo < newest && isNewestOnly(reading) ? 0 : removedUpTo;
    }

    private boolean isNewestOnly(Reading reading) {
      return latestOnly && reading == Reading.CATCHING_UP;
    }

    /** A bound on count or bytes never takes a topic's last word. */
    boolean isTooMuch() {
      return entries.size() > 1 && (entries.size() > retention.count() || bytes > retention.bytes());
    }

    boolean isToBeSwept() {
      return isTooMuch() || (!isEmpty() && Retentions.isAgeing(retention));
    }

    boolean isEmpty() {
      return entries.isEmpty();
    }

    Entry oldest() {
      return entries.firstEntry().getValue();
    }
  }
}
