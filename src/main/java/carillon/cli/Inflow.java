package carillon.cli;

import io.vertx.core.buffer.Buffer;
import java.io.IOException;
import java.net.http.HttpResponse.BodySubscriber;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Flow;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The body of an answer that does not end, taken with a bound on each wait; what the platform's input stream cannot do.
 * Written by the client's threads, read and closed by one other. At most one chunk and the end wait in it: the next is
 * asked for when one is taken, so a reader that stops holds the hub up and no memory.
 */
final class Inflow implements BodySubscriber<Inflow>, AutoCloseable {

  /**
   * What a wait came to.
   *
   * @param bytes what has come; empty otherwise
   * @param isOver whether nothing will come any more
   * @param failure what broke it, if something did
   */
  record Taken(Buffer bytes, boolean isOver, @Nullable IOException failure) {

    /** Whether the wait was in vain and may be repeated. */
    boolean isSilence() {
      return bytes.length() == 0 && !isOver;
    }
  }

  private static final Taken SILENCE = new Taken(Buffer.buffer(), false, null);

  private final LinkedBlockingQueue<Taken> queue = new LinkedBlockingQueue<>();

  // Under the lock of this: the answer may be handed out, and closed, before its body begins.
  private Flow.@Nullable Subscription subscription;
  private boolean isClosed;

  @Override
  public CompletionStage<Inflow> getBody() {
    return CompletableFuture.completedFuture(this);
  }

  @Override
  public synchronized void onSubscribe(Flow.Subscription given) {
    subscription = given;
    if (isClosed) {
      given.cancel();
    } else {
      given.request(1);
    }
  }

  @Override
  public void onNext(List<ByteBuffer> buffers) {
    ByteBuffer all = ByteBuffer.allocate(buffers.stream().mapToInt(ByteBuffer::remaining).sum());
    buffers.forEach(all::put);
    queue.add(new Taken(Buffer.buffer(all.array()), false, null));
  }

  @Override
  public void onError(Throwable failure) {
    queue.add(new Taken(Buffer.buffer(), true, failure instanceof IOException io ? io : new IOException(failure)));
  }

  @Override
  public void onComplete() {
    queue.add(new Taken(Buffer.buffer(), true, null));
  }

  /** Waits for more at the longest for {@code patience}; behind the end, always says that it is over. */
  Taken take(Duration patience) {
    try {
      Taken taken = queue.poll(Math.max(0, patience.toNanos()), TimeUnit.NANOSECONDS);
      if (taken == null) {
        return SILENCE;
      }
      if (taken.isOver()) {
        queue.add(taken);
      } else {
        askForMore();
      }
      return taken;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return new Taken(Buffer.buffer(), true, new IOException("interrupted"));
    }
  }

  private synchronized void askForMore() {
    if (subscription != null && !isClosed) {
      subscription.request(1);
    }
  }

  /** Gives the answer up; what it was on closes its connection or resets its stream. */
  @Override
  public synchronized void close() {
    isClosed = true;
    if (subscription != null) {
      subscription.cancel();
    }
  }
}
