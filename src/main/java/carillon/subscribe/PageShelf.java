package carillon.subscribe;

import carillon.event.Selectors;
import carillon.log.Page;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Which read of the log answers whom: readers who want the same range get it from one read. Decides only: reads
 * nothing, knows no clock. Confined to one event loop.
 *
 * @param <R> a reader that waits
 */
final class PageShelf<R> {

  /*
   * When a hub or a network comes back, thousands ask for nearly the same at nearly the same time. A page that follows
   * offset a up to u is complete between them, so it answers everyone who stands from a to u - 1, and whoever has been
   * answered stands at u: readers who begin apart go on together.
   *
   *    a ──────────── page ───────────────▶ u            cursor a: all of it
   *          ▲ c ─────────── its end ──────▶ u            cursor c: a view of its bytes
   *
   * A read under way is joined, a page that was read lately is kept for a while. A shared answer is as old as its read,
   * which matters in one case only. Whoever is to be forgiven what is gone (it asked for "all that is kept", or was told
   * of a gap) is so by what the log says of losses when it is first served; an answer from before it asked knows too
   * few of them, and the next would tell it of a gap that is none. Such a reader gets a read that begins after it asked:
   * the next one, together with all who came meanwhile. Everyone else may know of losses late: what is on the page is
   * not lost, and what is lost behind it the next page tells.
   *
   * The log may begin anew. Streams of one life of it and of the next therefore never share, and whoever is answered
   * looks whether its life still lasts: lives do not come back, so a page of its own is then one of that life.
   *
   * A page that leads nowhere (its reader stood at the head) is not kept: the head moves. Nor is one with an event that
   * expires, which whoever asks later must not see.
   */

  /**
   * A reader joins a read under way that began at most so many offsets before it: further on it may well not reach it.
   */
  private static final int REACH = 256;

  private final long bytesMax;
  private final Map<Wish, Lane> lanes = new HashMap<>();
  private final ArrayDeque<Kept> kept = new ArrayDeque<>();
  private long bytes;

  /** @param bytesMax of the pages that are kept; beyond it the oldest go */
  PageShelf(long bytesMax) {
    this.bytesMax = bytesMax;
  }

  /**
   * What is read.
   *
   * @param epoch of the life of the log that the reader serves
   */
  record Wish(long epoch, Selectors selectors) {}

  /** What concerns one wish. */
  private final class Lane {
    private final TreeMap<Long, Kept> pages = new TreeMap<>();
    private final TreeMap<Long, Flight> flights = new TreeMap<>();

    private boolean isEmpty() {
      return pages.isEmpty() && flights.isEmpty();
    }
  }

  /** A page that is kept. */
  private record Kept(Wish wish, SharedPage page, long size, long nanos) {}

  /** A read of the log: under way once it has been handed out. */
  final class Flight {
    private final Wish wish;
    private final long after;
    private final List<R> readers = new ArrayList<>(1);
    private @Nullable Flight next;

    private Flight(Wish wish, long after) {
      this.wish = wish;
      this.after = after;
    }

    Wish wish() {
      return wish;
    }

    long after() {
      return after;
    }

    /** Who is to be answered when it has landed. */
    List<R> readers() {
      return readers;
    }
  }

  /** The kept page that answers a reader at {@code after} who is not to be forgiven anything, if there is one. */
  @Nullable SharedPage find(Wish wish, long after) {
    Lane lane = lanes.get(wish);
    if (lane == null) {
      return null;
    }
    Map.Entry<Long, Kept> entry = lane.pages.floorEntry(after);
    return entry != null && entry.getValue().page().leadsOn(after) ? entry.getValue().page() : null;
  }

  /**
   * Has {@code reader} wait for what follows {@code after}.
   *
   * @param fresh whether only a read that has not begun yet will do
   * @return the read to begin, or {@code null} when there is none to begin now
   */
  @Nullable Flight await(Wish wish, long after, boolean fresh, R reader) {
    Lane lane = lanes.computeIfAbsent(wish, unused -> new Lane());
    if (!fresh) {
      Map.Entry<Long, Flight> under = lane.flights.floorEntry(after);
      if (under != null && after - under.getKey() < REACH) {
        under.getValue().readers.add(reader);
        return null;
      }
    }
    Flight same = lane.flights.get(after);
    if (same != null) {
      if (same.next == null) {
        same.next = new Flight(wish, after);
      }
      same.next.readers.add(reader);
      return null;
    }
    var flight = new Flight(wish, after);
    flight.readers.add(reader);
    lane.flights.put(after, flight);
    return flight;
  }

  /**
   * The log has answered.
   *
   * @param nanos the time, for {@link #forget}
   * @return for the readers of {@code flight}; those whom it does not lead on have to ask again
   */
  SharedPage landed(Flight flight, Page page, long nanos) {
    var shared = new SharedPage(flight.after, page);
    if (shared.isLasting()) {
      keep(flight.wish, shared, nanos);
    }
    return shared;
  }

  /** Whatever became of {@code flight}: the read that waited for its end and is to begin now, if there is one. */
  @Nullable Flight next(Flight flight) {
    Lane lane = lanes.get(flight.wish);
    if (lane == null || !lane.flights.remove(flight.after, flight)) {
      throw new IllegalStateException("not under way: a read after " + flight.after);
    }
    if (flight.next != null) {
      lane.flights.put(flight.after, flight.next);
    } else if (lane.isEmpty()) {
      lanes.remove(flight.wish);
    }
    return flight.next;
  }

  /** Forgets the pages that were read before {@code nanos}. */
  void forget(long nanos) {
    while (!kept.isEmpty() && kept.peek().nanos() - nanos < 0) {
      drop(kept.remove());
    }
  }

  /** Whether no page is kept. */
  boolean isEmpty() {
    return kept.isEmpty();
  }

  /** How many different wishes it knows; for tests. */
  int laneCount() {
    return lanes.size();
  }

  /** What the kept pages hold; for tests. */
  long bytes() {
    return bytes;
  }

  private void keep(Wish wish, SharedPage page, long nanos) {
    long size = 2 * page.memorySize(); // it will be encoded, usually in one rendering
    if (size > bytesMax) {
      return;
    }
    Lane lane = lanes.get(wish);
    Kept before = lane == null ? null : lane.pages.get(page.after());
    if (before != null) {
      kept.remove(before);
      drop(before);
    }
    while (bytes + size > bytesMax) {
      drop(kept.remove());
    }
    var made = new Kept(wish, page, size, nanos);
    lanes.computeIfAbsent(wish, unused -> new Lane()).pages.put(page.after(), made);
    kept.add(made);
    bytes += size;
  }

  private void drop(Kept gone) {
    bytes -= gone.size();
    Lane lane = lanes.get(gone.wish());
    if (lane != null && lane.pages.remove(gone.page().after(), gone) && lane.isEmpty()) {
      lanes.remove(gone.wish());
    }
  }
}
