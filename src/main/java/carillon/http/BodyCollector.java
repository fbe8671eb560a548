package carillon.http;

import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import java.time.Duration;
import java.util.Arrays;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.LongSupplier;

/**
 * Gathers the bodies of requests, each into one array, up to a bound in size and time. Confined to one event loop.
 *
 * <p>The bytes are copied once, out of the chunks into an array that, for a body with a declared length up to {@link
 * #AT_ONCE_MAX}, is the one handed over. A longer one gets its memory as it arrives: to declare a megabyte must cost
 * more than a line of text. A client that leaves before the end is not heard of again.
 */
final class BodyCollector {

  /** How fast a body has to come on the whole, in bytes per second: less than any modem. */
  static final int RATE_MIN = 240;

  /** From when on it has to. */
  static final Duration RATE_GRACE = Duration.ofSeconds(10);

  /** How much is allocated on a client's word alone, in bytes. */
  private static final int AT_ONCE_MAX = 16 << 10;

  /** How often open bodies are looked at during the time they may take at the most, or in which nothing is asked. */
  private static final int CHECKS = 10;

  private final Vertx vertx;
  private final LongSupplier nanoTime;
  private final Duration timeMax;

  // Confined to the event loop.
  private final LinkedHashSet<Body> open = new LinkedHashSet<>();
  private boolean isChecking;

  /**
   * @param nanoTime where the time comes from
   * @param timeMax how long a body may take from its head to its end
   */
  BodyCollector(Vertx vertx, LongSupplier nanoTime, Duration timeMax) {
    this.vertx = vertx;
    this.nanoTime = nanoTime;
    this.timeMax = timeMax;
  }

  /**
   * The length the head declares, in bytes; -1 when it declares none. The framing below has made sure that it is a
   * number.
   */
  static long declaredLength(HttpServerRequest request) {
    String length = request.getHeader(HttpHeaders.CONTENT_LENGTH);
    if (length == null) {
      return -1;
    }
    try {
      return Long.parseLong(length);
    } catch (NumberFormatException e) {
      return -1;
    }
  }

  /**
   * Reads the body of {@code request}. Must be called while the request is handled, before its body can have passed by.
   *
   * @param bytesMax largest body
   * @param whole gets the body, which is its own, when it is complete
   * @param refused gets the reason when it cannot become complete; {@link EarlyAnswer} is then the way to answer
   */
  void collect(HttpServerRequest request, int bytesMax, Consumer<byte[]> whole, Consumer<Problem> refused) {
    long declared = declaredLength(request);
    if (declared > bytesMax) {
      refused.accept(tooLarge(bytesMax));
      return;
    }
    var body = new Body(bytesMax, (int) declared, whole, refused);
    open.add(body);
    request.handler(body::add).endHandler(end -> body.end()).exceptionHandler(failure -> body.abandon());
    if (Expectation.of(request) == Expectation.CONTINUE) {
      var unused = request.response().writeContinue();
    }
    if (!isChecking) {
      isChecking = true;
      checkLater();
    }
  }

  private void checkLater() {
    vertx.setTimer(Math.max(1, Math.min(timeMax.toMillis(), RATE_GRACE.toMillis()) / CHECKS), id -> check());
  }

  /** The oldest stand first, so the first that nothing is asked of yet ends the search. */
  private void check() {
    long now = nanoTime.getAsLong();
    long graceNanos = Math.min(timeMax.toNanos(), RATE_GRACE.toNanos());
    Iterator<Body> oldest = open.iterator();
    while (oldest.hasNext()) {
      Body body = oldest.next();
      long tookNanos = now - body.startNanos;
      if (tookNanos < graceNanos) {
        break;
      }
      if (tookNanos >= timeMax.toNanos() || body.size < RATE_MIN * TimeUnit.NANOSECONDS.toSeconds(tookNanos)) {
        oldest.remove();
        body.refuse(tooSlow());
      }
    }
    isChecking = !open.isEmpty();
    if (isChecking) {
      checkLater();
    }
  }

  private Problem tooSlow() {
    String detail = "A body has " + timeMax.toSeconds() + " s, and to come at " + RATE_MIN + " bytes per second.";
    return Problem.of(ProblemCode.REQUEST_TIMEOUT, detail);
  }

  private static Problem tooLarge(int bytesMax) {
    return Problem.of(ProblemCode.PAYLOAD_TOO_LARGE, "The body may have at most " + bytesMax + " bytes.");
  }

  /** One body on its way. */
  private final class Body {

    private final int bytesMax;
    private final Consumer<byte[]> whole;
    private final Consumer<Problem> refused;
    private final int declared;
    private final long startNanos = nanoTime.getAsLong();

    private byte[] bytes;
    private int size;
    private boolean isOver;

    Body(int bytesMax, int declared, Consumer<byte[]> whole, Consumer<Problem> refused) {
      this.bytesMax = bytesMax;
      this.declared = declared;
      this.whole = whole;
      this.refused = refused;
      this.bytes = new byte[Math.min(Math.max(declared, 0), AT_ONCE_MAX)];
    }

    void add(Buffer chunk) {
      if (isOver) {
        return;
      }
      int length = chunk.length();
      if (length > bytesMax - size) {
        open.remove(this);
        refuse(tooLarge(bytesMax));
        return;
      }
      if (size + length > bytes.length) {
        bytes = Arrays.copyOf(bytes, grown(size + length));
      }
      chunk.getBytes(bytes, size);
      size += length;
    }

    void end() {
      if (!isOver) {
        isOver = true;
        open.remove(this);
        whole.accept(size == bytes.length ? bytes : Arrays.copyOf(bytes, size));
      }
    }

    /**
     * The client has left, or what it sends is no longer HTTP and the framework cuts it off: nobody is there to be
     * told.
     */
    void abandon() {
      open.remove(this);
      isOver = true;
    }

    void refuse(Problem problem) {
      if (!isOver) {
        isOver = true;
        bytes = new byte[0];
        refused.accept(problem);
      }
    }

    private int grown(int needed) {
      long doubled = Math.max(2L * bytes.length, needed);
      return (int) Math.min(doubled, declared >= needed ? declared : bytesMax);
    }
  }
}
