package carillon.bench;

import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;

/** Publishes under one topic after the other, over the connections of a {@link Load}. Confined to its thread. */
final class LoadPublishers {

  /** Requests that are written before sockets are looked at again. */
  private static final int BURST = 1_024;

  private final LoadOptions options;
  private final LoadSockets sockets;
  private final LoadCounts counts;
  private final List<LoadPublisher> publishers = new ArrayList<>();
  private final ArrayDeque<LoadPublisher> toFlush = new ArrayDeque<>();
  private int nextTopic;
  private int nextPublisher;

  LoadPublishers(LoadOptions options, LoadSockets sockets, LoadCounts counts) {
    this.options = options;
    this.sockets = sockets;
    this.counts = counts;
  }

  /** Begins to connect all of them. */
  void connect() throws IOException {
    var writer = new RequestWriter(options);
    for (int i = 0; i < options.publishing().connections(); i++) {
      publishers.add(new LoadPublisher(options, sockets, writer, counts));
    }
  }

  /** Whether all have connected. */
  boolean areOpen() {
    return publishers.stream().allMatch(LoadPublisher::isOpen);
  }

  /** Whether everything has been answered that ever will be. */
  boolean areIdle() {
    return publishers.stream().allMatch(LoadPublisher::isIdle);
  }

  /** How many requests have been sent. */
  long requests() {
    return counts.published / options.publishing().batch();
  }

  /**
   * Publishes what is due, as far as the connections take it.
   *
   * @param startNanos when the pace began, by the clock of {@link System#nanoTime}
   * @param baseRequests how many there had been then
   * @return when the next is due, by the same clock
   */
  long publish(Pace pace, long startNanos, long baseRequests) {
    long next = Pace.NEVER;
    long now = System.nanoTime();
    for (int i = 0; i < BURST; i++) {
      long due = pace.due(requests() - baseRequests, counts.outstanding());
      if (due == Pace.NEVER) {
        break;
      }
      long dueNanos = due == 0 ? now : startNanos + due;
      if (dueNanos > now) {
        next = dueNanos;
        break;
      }
      if (!publishNext(dueNanos)) {
        counts.late++;
        break;
      }
      next = now;
    }
    flush();
    return next;
  }

  /** Publishes on until there have been so many events, as many as the connections take at once. */
  void publishUpTo(long events) {
    long now = System.nanoTime();
    for (int i = 0; i < BURST && counts.published < events && publishNext(now); i++) {
      // as many as the connections take
    }
    flush();
  }

  private boolean publishNext(long nanos) {
    LoadPublisher publisher = publishers.get(nextTopic % publishers.size());
    if (options.publishing().anyConnection()) {
      for (int i = 0; i < publishers.size() && !publisher.hasRoom(); i++) {
        publisher = publishers.get(nextPublisher++ % publishers.size());
      }
    }
    if (!publisher.hasRoom()) {
      return false;
    }
    int topic = nextTopic;
    nextTopic = (nextTopic + 1) % options.topics();
    if (publisher.send(topic, counts.publishedOf(topic) + 1, nanos)) {
      toFlush.add(publisher);
    }
    counts.published(topic, options.publishing().batch());
    return true;
  }

  private void flush() {
    for (LoadPublisher publisher = toFlush.poll(); publisher != null; publisher = toFlush.poll()) {
      publisher.flush();
    }
  }
}
