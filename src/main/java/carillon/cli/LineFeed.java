package carillon.cli;

import io.vertx.core.buffer.Buffer;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import org.jspecify.annotations.Nullable;

/**
 * Standard input by lines, as many at a time as are there: whoever types is served at once, and a file goes in large
 * batches. A thread of its own reads ahead, at most {@value #AHEAD_MAX} lines; one other takes.
 */
final class LineFeed {

  /** Longest line: a payload of 1 MiB with every second character escaped. */
  static final int LINE_BYTES_MAX = 2 << 20;

  private static final int AHEAD_MAX = 256;
  private static final int BYTES_READ = 64 * 1024;

  /** A line, the end, or what broke it. */
  private sealed interface Entry {}

  private record Line(Buffer bytes) implements Entry {}

  private record End(String trouble) implements Entry {}

  private final BlockingQueue<Entry> ahead = new ArrayBlockingQueue<>(AHEAD_MAX);
  private final InputStream in;
  private boolean isOver;

  private LineFeed(InputStream in) {
    this.in = in;
  }

  /** Begins to read. */
  static LineFeed of(InputStream in) {
    var feed = new LineFeed(in);
    var thread = new Thread(feed::read, "standard-input");
    thread.setDaemon(true);
    thread.start();
    return feed;
  }

  private void read() {
    try {
      String trouble = "";
      try {
        readLines();
      } catch (IOException e) {
        trouble = "cannot read standard input: " + e.getMessage();
      }
      ahead.put(new End(trouble));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void readLines() throws IOException, InterruptedException {
    var line = new ByteArrayOutputStream();
    byte[] bytes = new byte[BYTES_READ];
    for (int count = in.read(bytes); count >= 0; count = in.read(bytes)) {
      int start = 0;
      for (int i = 0; i < count; i++) {
        if (bytes[i] == '\n') {
          line.write(bytes, start, i - start);
          put(line);
          start = i + 1;
        }
      }
      line.write(bytes, start, count - start);
      if (line.size() > LINE_BYTES_MAX) {
        throw new IOException("a line has more than " + LINE_BYTES_MAX + " bytes");
      }
    }
    if (line.size() > 0) {
      put(line);
    }
  }

  private void put(ByteArrayOutputStream line) throws InterruptedException {
    byte[] bytes = line.toByteArray();
    line.reset();
    int length = bytes.length > 0 && bytes[bytes.length - 1] == '\r' ? bytes.length - 1 : bytes.length;
    ahead.put(new Line(Buffer.buffer(Arrays.copyOf(bytes, length))));
  }

  /**
   * Waits for a line and takes what is there besides.
   *
   * @return at least one line; none at the end
   * @throws FailedException if reading broke off; the lines before were taken
   */
  List<byte[]> take(int linesMax, int bytesMax) {
    var lines = new ArrayList<byte[]>();
    int bytes = 0;
    while (!isOver && lines.size() < linesMax && bytes < bytesMax) {
      Entry entry = next(lines.isEmpty());
      if (entry instanceof Line line) {
        lines.add(line.bytes().getBytes());
        bytes += line.bytes().length();
      } else if (entry instanceof End end && end.trouble().isEmpty()) {
        isOver = true;
      } else if (entry instanceof End end && lines.isEmpty()) {
        throw new FailedException(ExitCode.FAILED, end.trouble());
      } else {
        break;
      }
    }
    return lines;
  }

  private @Nullable Entry next(boolean waits) {
    Entry there = ahead.peek();
    if (there instanceof End end && !waits && !end.trouble().isEmpty()) {
      return null; // for the next time
    }
    if (there != null) {
      return ahead.poll();
    }
    if (!waits) {
      return null;
    }
    try {
      return ahead.take();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return new End("interrupted");
    }
  }
}
