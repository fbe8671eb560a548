package carillon.subscribe;

import carillon.config.SubscribeOptions;
import carillon.event.Selectors;
import carillon.log.EventLog;
import carillon.log.Page;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Reads the log for the streams of one event loop: once for all who want the same, as {@link PageShelf} decides.
 * Confined to that loop.
 */
public final class LogPages {

  /** Most events of a page. */
  private static final int PAGE_EVENTS_MAX = 500;

  /** What is kept of pages, for each loop: some fifty of the default size, several crowds at different places. */
  private static final long KEPT_BYTES_MAX = 8 << 20;

  /**
   * How long a page is kept: a crowd reads it once in that time, and what retention has removed is seen no longer than
   * that.
   */
  private static final Duration KEPT = Duration.ofMillis(250);

  private final Vertx vertx;
  private final Context context;
  private final EventLog log;
  private final EventLog.Limit limit;
  private final Backlog backlog;

  // Everything below belongs to the event loop.
  private final PageShelf<Waiting> shelf = new PageShelf<>(KEPT_BYTES_MAX);
  private boolean isSweeping;

  /**
   * @param context of the verticle
   * @param log what is read
   * @param options how large an answer is
   * @param backlog where answers wait for their turn
   */
  public LogPages(Vertx vertx, Context context, EventLog log, SubscribeOptions options, Backlog backlog) {
    this.vertx = vertx;
    this.context = context;
    this.log = log;
    this.backlog = backlog;
    this.limit = new EventLog.Limit(PAGE_EVENTS_MAX, options.writeBytesMax());
  }

  /** Who reads. Called on the loop, never from within {@link #read}. */
  interface Reader {

    /** The log has answered what follows {@code after}, in a page that others may get too. */
    void pageRead(SharedPage page, long after);

    /** The log cannot be read now. */
    void pageFailed(Throwable failure);
  }

  private record Waiting(Reader reader, PageShelf.Wish wish, long after) {}

  /**
   * Reads what follows {@code after}, and answers later, once.
   *
   * @param epoch of the life of the log that the reader serves; it has to look whether that lasts when it is answered
   * @param fresh whether only a read that begins from now on will do
   */
  void read(long epoch, long after, Selectors selectors, boolean fresh, Reader reader) {
    read(new Waiting(reader, new PageShelf.Wish(epoch, selectors), after), fresh);
  }

  private void read(Waiting waiting, boolean fresh) {
    SharedPage kept = fresh ? null : shelf.find(waiting.wish(), waiting.after());
    if (kept != null) {
      backlog.add(() -> answer(waiting, kept));
    } else {
      begin(shelf.await(waiting.wish(), waiting.after(), fresh, waiting));
    }
  }

  private void begin(PageShelf<Waiting>.@Nullable Flight flight) {
    if (flight == null) {
      return;
    }
    Future.fromCompletionStage(
            log.read(flight.after(), flight.wish().selectors(), limit, EventLog.Reading.CATCHING_UP), context)
        .onComplete(page -> landed(flight, page), failure -> failed(flight, failure));
  }

  private void landed(PageShelf<Waiting>.Flight flight, Page read) {
    SharedPage page = shelf.landed(flight, read, System.nanoTime());
    begin(shelf.next(flight));
    flight.readers().forEach(waiting -> backlog.add(() -> answer(waiting, page)));
    sweepLater();
  }

  private void failed(PageShelf<Waiting>.Flight flight, Throwable failure) {
    begin(shelf.next(flight));
    flight.readers().forEach(waiting -> backlog.add(() -> waiting.reader().pageFailed(failure)));
  }

  private void answer(Waiting waiting, SharedPage page) {
    long after = waiting.after();
    if (after == page.after() || page.leadsOn(after)) {
      waiting.reader().pageRead(page, after);
    } else { // it joined a read that did not come as far as where it stands
      read(waiting, true);
    }
  }

  private void sweepLater() {
    if (!isSweeping && !shelf.isEmpty()) {
      isSweeping = true;
      vertx.setTimer(
          KEPT.toMillis(),
          timer -> {
            isSweeping = false;
            shelf.forget(System.nanoTime() - KEPT.toNanos());
            sweepLater();
          });
    }
  }
}
