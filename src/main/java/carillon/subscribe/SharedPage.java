package carillon.subscribe;

import carillon.event.Event;
import carillon.log.Page;
import carillon.sse.Frame;
import carillon.sse.Rendering;
import io.vertx.core.buffer.Buffer;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/**
 * A page of the log that answers many: whoever stands at its beginning, and whoever stands somewhere within it. Encoded
 * once for each rendering that is asked for. Confined to one event loop.
 */
final class SharedPage {

  private final long after;
  private final Page page;
  private final Map<Rendering, Encoded> encoded = new EnumMap<>(Rendering.class);

  /** @param after the offset that {@code page} was read after */
  SharedPage(long after, Page page) {
    this.after = after;
    this.page = page;
  }

  /** Where each event ends, so that any part of a page is a view of its bytes. */
  private static final class Encoded {
    private final Buffer bytes = Buffer.buffer();
    private final int[] ends;

    Encoded(List<Event> events, Rendering rendering) {
      ends = new int[events.size()];
      for (int i = 0; i < ends.length; i++) {
        Frame.of(events.get(i)).appendTo(bytes, rendering);
        ends[i] = bytes.length();
      }
    }
  }

  /** The offset it was read after. */
  long after() {
    return after;
  }

  /** Whether a reader who stands at {@code offset} gets further by it. */
  boolean leadsOn(long offset) {
    return after <= offset && offset < page.upTo();
  }

  /** Whether it may be kept for readers who ask later. Events that expire are looked for anew. */
  boolean isLasting() {
    return page.upTo() > after && page.events().stream().allMatch(event -> event.ttl() == null);
  }

  /** The answer for a reader who stands at {@code offset}, from {@link #after} on. */
  Page from(long offset) {
    int index = index(offset);
    return index == 0
        ? page
        : new Page(page.events().subList(index, page.events().size()), page.upTo(), page.removedUpTo());
  }

  /**
   * The bytes of the events after {@code offset} and up to {@code upTo}: to be written, never to be changed; empty when
   * there is none.
   */
  Buffer bytes(long offset, long upTo, Rendering rendering) {
    int begin = index(offset);
    int end = index(upTo);
    if (end <= begin) {
      return Buffer.buffer();
    }
    Encoded all = encoded.computeIfAbsent(rendering, wanted -> new Encoded(page.events(), wanted));
    return end - begin == all.ends.length
        ? all.bytes
        : all.bytes.slice(begin == 0 ? 0 : all.ends[begin - 1], all.ends[end - 1]);
  }

  /** What it holds in memory, in bytes, roughly: data, and all that was encoded. */
  long memorySize() {
    long size = 0;
    for (Event event : page.events()) {
      size += 512 + event.data().size();
    }
    for (Encoded made : encoded.values()) {
      size += made.bytes.length() + 4L * made.ends.length;
    }
    return size;
  }

  /** How many of the events a reader who stands at {@code offset} has. */
  private int index(long offset) {
    int low = 0;
    int high = page.events().size();
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (page.events().get(middle).offset() <= offset) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }
}
