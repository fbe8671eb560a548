package carillon.bench;

import static java.nio.charset.StandardCharsets.US_ASCII;

import carillon.harness.HubProcess;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.Socket;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

/**
 * How many durable events the hub takes per second: one by one from 64 connections, and in batches of 100. The floor
 * beside it is how often this disk can be made to keep 4 KiB (write and fsync, one thread, nothing else).
 */
public final class PublishBench {

  private static final Duration WARM = Duration.ofSeconds(4);
  private static final Duration MEASURED = Duration.ofSeconds(5);
  private static final int DATA_BYTES = 200;
  private static final int ROUNDS = 3;

  private PublishBench() {}

  /** Runs all of it. */
  public static void main(String[] arguments) throws IOException, InterruptedException {
    var results = new JsonArray();
    for (int round = 1; round <= ROUNDS; round++) {
      results.add(
          new JsonObject().put("work", "fsync of 4 KiB").put("round", round).put("perSecond", fsyncsPerSecond()));
      try (HubProcess hub = HubProcess.setup().start()) {
        results.add(measure(hub, round, "1 event, 64 connections", 64, 1, single()));
        results.add(measure(hub, round, "batches of 100, 8 connections", 8, 100, batch(100)));
      }
      try (HubProcess hub = HubProcess.setup().with("log.engine", "memory").start()) {
        results.add(measure(hub, round, "1 event, 64 connections, memory engine", 64, 1, single()));
      }
    }
    Path file = Path.of("target", "bench", "publish.json");
    Files.createDirectories(file.getParent());
    Files.writeString(file, results.encodePrettily());
  }

  private static JsonObject measure(HubProcess hub, int round, String work, int connections, int events, byte[] request)
      throws InterruptedException {
    var answered = new AtomicLong();
    var running = new Running();
    List<Thread> publishers = new ArrayList<>();
    for (int i = 0; i < connections; i++) {
      var publisher = new Thread(() -> publish(hub.uri(), request, answered, running), "publisher-" + i);
      publisher.start();
      publishers.add(publisher);
    }
    LockSupport.parkNanos(WARM.toNanos());
    long before = answered.get();
    long start = System.nanoTime();
    LockSupport.parkNanos(MEASURED.toNanos());
    double seconds = (System.nanoTime() - start) / 1e9;
    long perSecond = Math.round((answered.get() - before) * events / seconds);
    running.is = false;
    for (Thread publisher : publishers) {
      publisher.join();
    }
    if (running.failure != null) {
      throw new IllegalStateException(running.failure);
    }
    System.out.printf("%-45s %,10d events/s%n", work, perSecond);
    return new JsonObject().put("work", work).put("round", round).put("perSecond", perSecond);
  }

  private static void publish(URI hub, byte[] request, AtomicLong answered, Running running) {
    try (var socket = new Socket(hub.getHost(), hub.getPort())) {
      socket.setTcpNoDelay(true);
      socket.setSoTimeout(30_000);
      var in = new BufferedInputStream(socket.getInputStream());
      while (running.is) {
        socket.getOutputStream().write(request);
        readAnswer(in);
        answered.incrementAndGet();
      }
    } catch (IOException | RuntimeException e) {
      running.is = false;
      running.failure = e;
    }
  }

  private static void readAnswer(InputStream in) throws IOException {
    String status = readLine(in);
    if (!status.startsWith("HTTP/1.1 20")) {
      throw new IOException("the hub answered " + status);
    }
    int length = 0;
    for (String line = readLine(in); !line.isEmpty(); line = readLine(in)) {
      if (line.regionMatches(true, 0, "content-length:", 0, 15)) {
        length = Integer.parseInt(line.substring(15).trim());
      }
    }
    in.skipNBytes(length);
  }

  private static String readLine(InputStream in) throws IOException {
    var line = new StringBuilder();
    for (int c = in.read(); c != '\n'; c = in.read()) {
      if (c < 0) {
        throw new IOException("the hub closed the connection");
      }
      if (c != '\r') {
        line.append((char) c);
      }
    }
    return line.toString();
  }

  private static byte[] single() {
    String head = "POST /events/bench HTTP/1.1\r\nHost: hub\r\nContent-Length: " + DATA_BYTES + "\r\n\r\n";
    return (head + "x".repeat(DATA_BYTES)).getBytes(US_ASCII);
  }

  private static byte[] batch(int events) {
    var items = new JsonArray();
    for (int i = 0; i < events; i++) {
      items.add(new JsonObject().put("topic", "bench/" + i).put("data", "x".repeat(DATA_BYTES)));
    }
    String body = items.encode();
    String head =
        "POST /events HTTP/1.1\r\nHost: hub\r\nContent-Type: application/json\r\nContent-Length: " + body.length();
    return (head + "\r\n\r\n" + body).getBytes(US_ASCII);
  }

  private static long fsyncsPerSecond() throws IOException {
    Path file = Files.createTempFile("fsync", ".bin");
    try (var channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
      var block = ByteBuffer.allocate(4_096);
      long end = System.nanoTime() + Duration.ofSeconds(1).toNanos();
      long count = 0;
      while (System.nanoTime() < end) {
        channel.write(block.clear());
        channel.force(false);
        count++;
      }
      System.out.printf("%-45s %,10d per second%n", "floor: write and fsync of 4 KiB", count);
      return count;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } finally {
      Files.deleteIfExists(file);
    }
  }

  /** What the publishers of one measurement share. */
  private static final class Running {
    private volatile boolean is = true;
    private volatile Throwable failure;
  }
}
