package carillon.subscribe;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import carillon.event.Event;
import carillon.event.Selectors;
import carillon.log.Page;
import carillon.sse.Frame;
import carillon.sse.Rendering;
import carillon.tail.Samples;
import io.vertx.core.buffer.Buffer;
import java.time.Duration;
import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

/** Broken on purpose, and caught: a fresh reader lets join what is under way; a page kept that leads nowhere. */
class PageShelfTest {

  private static final PageShelf.Wish A = new PageShelf.Wish(Samples.EPOCH, Selectors.of("a"));
  private static final PageShelf.Wish B = new PageShelf.Wish(Samples.EPOCH, Selectors.of("b"));

  private final PageShelf<String> shelf = new PageShelf<>(1 << 20);

  @Test
  void underWay_sameAndLaterReaders_join() {
    var flight = shelf.await(A, 10, false, "first");
    assertNotNull(flight);
    assertNull(shelf.await(A, 10, false, "second"));
    assertNull(shelf.await(A, 12, false, "third"));
    assertEquals(List.of("first", "second", "third"), flight.readers());
    assertNotNull(shelf.await(A, 9, false, "one from before it"));
    assertNotNull(shelf.await(B, 10, false, "another question"));
    assertNotNull(shelf.await(A, 100_000, false, "far behind it"));
    var nextLife = new PageShelf.Wish(Samples.EPOCH + 1, A.selectors());
    assertNotNull(shelf.await(nextLife, 10, false, "of the next life of the log"));
  }

  @Test
  void underWay_freshReaders_getTheNextOneTogether() {
    var flight = shelf.await(A, 10, false, "first");
    assertNull(shelf.await(A, 10, true, "fresh"));
    assertNull(shelf.await(A, 10, true, "fresh too"));
    assertEquals(List.of("first"), flight.readers());
    shelf.landed(flight, page(11, 20), 0);
    var next = shelf.next(flight);
    assertNotNull(next);
    assertEquals(List.of("fresh", "fresh too"), next.readers());
    assertEquals(10, next.after());
    assertNull(shelf.await(A, 10, true, "fresher"), "waits for the one after");
    assertNotNull(shelf.next(next));
  }

  @Test
  void landed_isKept_forWhoeverItLeadsOn() {
    SharedPage page = landed(shelf, 10, page(11, 20));
    assertSame(page, shelf.find(A, 10));
    assertSame(page, shelf.find(A, 19));
    assertNull(shelf.find(A, 20));
    assertNull(shelf.find(A, 9));
    assertNull(shelf.find(B, 10));
    SharedPage next = landed(shelf, 20, page(21, 30));
    assertSame(next, shelf.find(A, 20));
    assertSame(page, shelf.find(A, 19));
  }

  @Test
  void page_anyPlaceWithin_isAnsweredWithItsEnd() {
    Page page = page(11, 20);
    SharedPage shared = landed(shelf, 10, page);
    assertSame(page, shared.from(10));
    for (long after = 10; after < 20; after++) {
      Page part = shared.from(after);
      assertEquals(page.events().subList((int) after - 10, 10), part.events());
      assertEquals(20, part.upTo());
      assertEquals(page.removedUpTo(), part.removedUpTo());
      for (Rendering rendering : Rendering.values()) {
        Buffer bytes = Buffer.buffer();
        part.events().forEach(event -> Frame.of(event).appendTo(bytes, rendering));
        assertEquals(bytes, shared.bytes(after, 20, rendering));
        assertEquals(bytes, shared.bytes(after, 1_000, rendering));
        assertEquals(0, shared.bytes(after, after, rendering).length());
        assertEquals(0, shared.bytes(after, 0, rendering).length());
        Buffer some = Buffer.buffer();
        part.events().stream().filter(event -> event.offset() <= 15)
            .forEach(event -> Frame.of(event).appendTo(some, rendering));
        assertEquals(some, shared.bytes(after, 15, rendering));
      }
    }
    assertSame(shared.bytes(10, 20, Rendering.EVENTS), shared.bytes(10, 99, Rendering.EVENTS), "encoded once");
  }

  @Test
  void landed_leadsNowhereOrExpires_isNotKept() {
    landed(shelf, 10, new Page(List.of(), 10, 0));
    assertTrue(shelf.isEmpty());
    Event event = Samples.logged(11, "a");
    var expiring = new Event(
        event.id(), event.topics(), null, event.data(), event.time(), Duration.ofSeconds(1), null);
    landed(shelf, 10, new Page(List.of(expiring), 11, 0));
    assertTrue(shelf.isEmpty());
    landed(shelf, 10, new Page(List.of(), 500, 0));
    assertFalse(shelf.isEmpty(), "that there is nothing for so long is worth knowing");
  }

  @Test
  void kept_beyondItsBytes_forgetsTheOldest() {
    long size = 2 * new SharedPage(0, page(1, 10)).memorySize();
    var small = new PageShelf<String>(3 * size + 100);
    for (int i = 0; i < 10; i++) {
      landed(small, 10 * i, page(10 * i + 1, 10 * i + 10));
      assertTrue(small.bytes() <= 3 * size + 100);
    }
    assertNull(small.find(A, 60));
    assertNotNull(small.find(A, 70));
    assertNotNull(small.find(A, 95));
    landed(small, 0, page(1, 1_000));
    assertNotNull(small.find(A, 95), "one that is too large for all of it changes nothing");
  }

  @Test
  void kept_readAgain_isReplaced() {
    landed(shelf, 10, page(11, 20));
    long bytes = shelf.bytes();
    SharedPage again = landed(shelf, 10, page(11, 20));
    assertEquals(bytes, shelf.bytes());
    assertSame(again, shelf.find(A, 15));
  }

  @Test
  void kept_tooOld_leavesNothing() {
    var flight = shelf.await(A, 10, false, "first");
    shelf.landed(flight, page(11, 20), 5);
    assertNull(shelf.next(flight));
    var second = shelf.await(A, 20, false, "second");
    shelf.landed(second, page(21, 30), 7);
    assertNull(shelf.next(second));
    shelf.forget(7);
    assertNull(shelf.find(A, 10));
    assertNotNull(shelf.find(A, 20));
    shelf.forget(8);
    assertTrue(shelf.isEmpty());
    assertEquals(0, shelf.bytes());
    assertEquals(0, shelf.laneCount());
  }

  private static SharedPage landed(PageShelf<String> shelf, long after, Page page) {
    var flight = shelf.await(A, after, true, "reader");
    SharedPage shared = shelf.landed(flight, page, 0);
    assertNull(shelf.next(flight));
    return shared;
  }

  private static Page page(long first, long last) {
    List<Event> events = LongStream.rangeClosed(first, last).mapToObj(offset -> Samples.logged(offset, "a")).toList();
    return new Page(events, last, 3);
  }
}
