package carillon.harness;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import carillon.sse.EventStreamReader;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A subscriber on a socket of its own: sends a literal HTTP/1.1 request, takes the chunks apart, reads the event
 * stream, and can misbehave in the ways real clients do. A thread of its own reads; the methods may be called from any
 * thread.
 *
 * <pre>
 *   try (var client = SseClient.to(hub.uri(), "/events?topic=news").open()) {
 *     client.awaitHead();
 *     Http.post(hub.uri(), "/events/news", "hello");
 *     client.awaitEvent(event -> event.data().equals("hello"), Duration.ofSeconds(5));
 *   }
 * </pre>
 */
public final class SseClient implements AutoCloseable {

  private static final Duration HEAD_PATIENCE = Duration.ofSeconds(10);
  private static final int CONNECT_MILLIS = 10_000;
  private static final int READ_BYTES = 16 * 1024;
  private static final int SHOWN_EVENTS = 10;
  private static final int REFUSAL_BYTES_MAX = 64 * 1024;

  private final Socket socket;
  private final Thread thread;

  // Everything below is guarded by the lock; `changed` is signalled whenever any of it has changed.
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private final List<EventStreamReader.Event> events = new ArrayList<>();
  private final List<String> violations = new ArrayList<>();
  private final EventStreamReader reader = new EventStreamReader();
  private final ChunkedDecoder decoder = new ChunkedDecoder();
  private final ByteArrayOutputStream refusal = new ByteArrayOutputStream();
  private @Nullable ResponseHead head;
  private @Nullable End end;
  private boolean isPaused;
  private boolean isClosedHere;
  private long bytesRead;

  private SseClient(Socket socket, byte[] request) throws IOException {
    this.socket = socket;
    socket.getOutputStream().write(request);
    thread = new Thread(this::read, "sse-client-" + socket.getLocalPort());
    thread.setDaemon(true);
    thread.start();
  }

  /** How a stream ended. */
  public enum End {
    /** The body was completed by its last chunk, or by closing where the body is delimited so. */
    COMPLETE,
    /** The connection was closed inside the body. */
    CUT,
    /** The connection was reset, or failed in another way. */
    FAILED,
    /** This client closed it. */
    CLOSED_HERE
  }

  /** A subscriber of what {@code target} asks for, with the headers an EventSource sends. */
  public static Setup to(URI hub, String target) {
    return new Setup(hub, target);
  }

  /** How to subscribe. Changed by its methods, which return it; may open any number of clients. */
  public static final class Setup {

    private final URI hub;
    private final String target;
    private final List<String> headers =
        new ArrayList<>(List.of("Accept: text/event-stream", "Cache-Control: no-cache"));
    private @Nullable String request;
    private int receiveBufferBytes;

    private Setup(URI hub, String target) {
      this.hub = hub;
      this.target = target;
    }

    /** Adds a literal header line, without its line end. */
    public Setup header(String line) {
      headers.add(line);
      return this;
    }

    /** Resumes after {@code id}, by the header that browsers use. */
    public Setup lastEventId(String id) {
      return header("Last-Event-ID: " + id);
    }

    /** Sends exactly this instead of target and headers, one byte for each character. */
    public Setup request(String literal) {
      request = literal;
      return this;
    }

    /**
     * A small receive buffer, so that a client that does not read is felt at the other end soon; 0, the default, is the
     * system's.
     */
    public Setup receiveBufferBytes(int bytes) {
      receiveBufferBytes = bytes;
      return this;
    }

    /**
     * Connects, sends the request and begins to read.
     *
     * @throws UncheckedIOException if nobody listens
     */
    public SseClient open() {
      var socket = new Socket();
      try {
        if (receiveBufferBytes > 0) {
          socket.setReceiveBufferSize(receiveBufferBytes);
        }
        socket.setTcpNoDelay(true);
        socket.connect(new InetSocketAddress(hub.getHost(), hub.getPort()), CONNECT_MILLIS);
        return new SseClient(socket, text().getBytes(ISO_8859_1));
      } catch (IOException e) {
        closeQuietly(socket);
        throw new UncheckedIOException(e);
      }
    }

    private String text() {
      if (request != null) {
        return request;
      }
      String fields = "Host: " + hub.getAuthority() + "\r\n" + String.join("\r\n", headers);
      return "GET " + target + " HTTP/1.1\r\n" + fields + "\r\n\r\n";
    }
  }

  /** Waits for status line and fields, at most ten seconds. */
  public ResponseHead awaitHead() {
    await("a response head", HEAD_PATIENCE, () -> head != null || end != null);
    return locked(
        () -> {
          if (head == null) {
            throw new AssertionError("the connection ended without a response head" + evidence());
          }
          return head;
        });
  }

  /**
   * The first event, from the beginning of the stream, that {@code wanted} holds for; waits for it.
   *
   * @throws AssertionError with what came instead, if it does not come within {@code patience} or the stream ends
   *     before
   */
  public EventStreamReader.Event awaitEvent(Predicate<EventStreamReader.Event> wanted, Duration patience) {
    await("an event that was waited for", patience, () -> events.stream().anyMatch(wanted) || end != null);
    return locked(
        () -> events.stream()
            .filter(wanted)
            .findFirst()
            .orElseThrow(
                () -> new AssertionError("the stream ended before an event that was waited for" + evidence())));
  }

  /** All events so far, in order, once there are at least {@code count}. */
  public List<EventStreamReader.Event> awaitEvents(int count, Duration patience) {
    await(count + " events", patience, () -> events.size() >= count || end != null);
    return locked(
        () -> {
          if (events.size() < count) {
            throw new AssertionError(
                "the stream ended after " + events.size() + " of " + count + " events" + evidence());
          }
          return List.copyOf(events);
        });
  }

  /** Waits until the stream is over, and says how. */
  public End awaitEnd(Duration patience) {
    await("the end of the stream", patience, () -> end != null);
    return locked(() -> Objects.requireNonNull(end));
  }

  /** All events so far, in order. */
  public List<EventStreamReader.Event> events() {
    return locked(() -> List.copyOf(events));
  }

  /** What followed the colon of each comment line so far. */
  public List<String> comments() {
    return locked(() -> List.copyOf(reader.comments()));
  }

  /** Where this client would resume: what {@code Last-Event-ID} would say now; empty when no id has come yet. */
  public String lastEventId() {
    return locked(reader::lastEventId);
  }

  /** The reconnection time in milliseconds that the stream has set last, or -1. */
  public long retryMillis() {
    return locked(() -> reader.retry().orElse(-1));
  }

  /** Bytes read behind the head, those of the chunking included. */
  public long bytesRead() {
    return locked(() -> bytesRead);
  }

  /** The body, where the answer was no 200: what the hub said instead of a stream; its first 64 KiB. */
  public String refusal() {
    return locked(() -> refusal.toString(UTF_8));
  }

  /**
   * What no correct server sends: broken chunks, ill-formed UTF-8, a body cut inside a chunk. Empty for a faultless
   * stream.
   */
  public List<String> violations() {
    return locked(
        () -> {
          var all = new ArrayList<>(violations);
          decoder.violation().ifPresent(all::add);
          if (!reader.isWellFormed()) {
            all.add("ill-formed UTF-8");
          }
          return List.copyOf(all);
        });
  }

  /** How it ended, if it has. */
  public Optional<End> end() {
    return locked(() -> Optional.ofNullable(end));
  }

  /**
   * Stops reading: what comes fills the receive buffer, then the sender's, then nothing moves. At most one more piece
   * is read.
   */
  public void pauseReading() {
    locked(() -> isPaused = true);
  }

  /** Reads on. */
  public void resumeReading() {
    locked(
        () -> {
          isPaused = false;
          changed.signalAll();
          return isPaused;
        });
  }

  /** Sends FIN and goes on reading: a client that has nothing more to say. */
  public void halfClose() {
    try {
      socket.shutdownOutput();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Ends the connection with RST: a client whose process or network is gone. */
  public void closeReset() {
    try {
      socket.setSoLinger(true, 0);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    close();
  }

  /** Closes the connection (FIN), and does not return before its thread has ended. */
  @Override
  public void close() {
    locked(
        () -> {
          isClosedHere = true;
          isPaused = false;
          changed.signalAll();
          return isPaused;
        });
    closeQuietly(socket);
    try {
      thread.join(HEAD_PATIENCE.toMillis());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void read() {
    End how;
    try {
      InputStream in = socket.getInputStream();
      ResponseHead read = ResponseHead.read(in);
      locked(
          () -> {
            head = read;
            changed.signalAll();
            return head;
          });
      how = readBody(in, read);
    } catch (IOException e) {
      how = End.FAILED;
    }
    end(how);
  }

  private End readBody(InputStream in, ResponseHead read) throws IOException {
    byte[] bytes = new byte[READ_BYTES];
    while (!isComplete(read)) {
      awaitPermission();
      int count = in.read(bytes);
      if (count < 0) {
        return read.isChunked() ? End.CUT : End.COMPLETE;
      }
      take(read, bytes, count);
    }
    return End.COMPLETE;
  }

  private boolean isComplete(ResponseHead read) {
    if (read.isChunked()) {
      return locked(decoder::isDone);
    }
    long size = read.status() == 204 ? 0 : read.field("content-length").map(Long::parseLong).orElse(Long.MAX_VALUE);
    return bytesRead() >= size;
  }

  private void take(ResponseHead read, byte[] bytes, int count) {
    var body = new ByteArrayOutputStream(count);
    locked(
        () -> {
          bytesRead += count;
          if (read.isChunked()) {
            decoder.feed(bytes, 0, count, body);
          } else {
            body.write(bytes, 0, count);
          }
          if (read.status() == 200) {
            events.addAll(reader.feed(body.toByteArray()).takeEvents());
          } else if (refusal.size() < REFUSAL_BYTES_MAX) {
            refusal.writeBytes(body.toByteArray());
          }
          changed.signalAll();
          return events;
        });
  }

  private void awaitPermission() throws IOException {
    lock.lock();
    try {
      while (isPaused) {
        changed.await();
      }
    } catch (InterruptedException e) {
      throw new IOException("interrupted", e);
    } finally {
      lock.unlock();
    }
  }

  private void end(End how) {
    locked(
        () -> {
          end = isClosedHere ? End.CLOSED_HERE : how;
          if (end == End.CUT && !decoder.isBetweenChunks()) {
            violations.add("closed inside a chunk");
          }
          changed.signalAll();
          return end;
        });
  }

  private void await(String what, Duration patience, BooleanSupplier condition) {
    lock.lock();
    try {
      long nanos = patience.toNanos();
      while (!condition.getAsBoolean()) {
        if (nanos <= 0) {
          throw new AssertionError("not within " + patience + ": " + what + evidence());
        }
        nanos = changed.awaitNanos(nanos);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError("interrupted while waiting for: " + what);
    } finally {
      lock.unlock();
    }
  }

  private <T> T locked(Supplier<T> action) {
    lock.lock();
    try {
      return action.get();
    } finally {
      lock.unlock();
    }
  }

  /** What is known, for the message of a failure. Called with the lock held. */
  private String evidence() {
    var text = new StringBuilder();
    text.append(System.lineSeparator()).append("  ").append(head == null ? "no head" : "status " + head.status());
    text.append(", ").append(events.size()).append(" events, ");
    text.append(bytesRead).append(" bytes, ").append(end == null ? "open" : end);
    for (var event : events.subList(Math.max(0, events.size() - SHOWN_EVENTS), events.size())) {
      text.append(System.lineSeparator()).append("  | ");
      text.append(event.lastEventId()).append(' ').append(event.type()).append(' ');
      text.append(event.data(), 0, Math.min(120, event.data().length()));
    }
    violations.forEach(violation -> text.append(System.lineSeparator()).append("  ! ").append(violation));
    if (refusal.size() > 0) {
      text.append(System.lineSeparator()).append(refusal.toString(UTF_8));
    }
    return text.toString();
  }

  private static void closeQuietly(Socket socket) {
    try {
      socket.close();
    } catch (IOException e) {
      // nothing is left to be done with it
    }
  }
}
