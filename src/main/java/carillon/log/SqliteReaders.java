package carillon.log;

import carillon.log.LogException.Reason;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The threads that read, each with a connection of its own while the file can be read. Any thread may ask; the log
 * thread opens and closes.
 */
final class SqliteReaders {

  /**
   * Questions that wait, at the most; beyond it they are refused as unavailable. A waiting one holds a few hundred
   * bytes.
   */
  private static final int WAITING_MAX = 1 << 14;

  private static final long STOP_SECONDS = 10;

  /** How long a question waits for readers that are being changed; it takes as long as the longest read. */
  private static final long CHANGE_SECONDS = 30;

  /** What is asked. */
  interface Question<T> {
    T ask(SqliteReader reader) throws SQLException;
  }

  private final int count;
  private final ThreadPoolExecutor threads;
  private final BlockingQueue<SqliteReader> idle;
  private volatile boolean closed;
  private volatile boolean changing;
  private volatile @Nullable Maker maker;

  SqliteReaders(int count) {
    this.count = count;
    this.idle = new ArrayBlockingQueue<>(count);
    this.threads = new ThreadPoolExecutor(
        count, count, 0, TimeUnit.SECONDS, new ArrayBlockingQueue<>(WAITING_MAX), SqliteReaders::thread);
  }

  /** Begins to answer, with readers of the given make. None may be there. */
  void open(Maker make) throws SQLException {
    List<SqliteReader> made = made(make);
    maker = make;
    idle.addAll(made);
  }

  private List<SqliteReader> made(Maker make) throws SQLException {
    var made = new ArrayList<SqliteReader>();
    try {
      for (int i = 0; i < count; i++) {
        made.add(make.make());
      }
    } catch (SQLException e) {
      closeAll(made);
      throw e;
    }
    return made;
  }

  /**
   * Goes on with readers of another make, as soon as those that are there have answered what they have begun; who asks
   * meanwhile waits. Only while opened.
   *
   * @throws SQLException if there cannot be any, and then those that are there go on
   */
  void change(Maker make) throws SQLException, InterruptedException {
    List<SqliteReader> made = made(make);
    changing = true;
    var taken = new ArrayList<SqliteReader>();
    for (int i = 0; i < count; i++) {
      taken.add(idle.take());
    }
    maker = make;
    idle.addAll(made);
    changing = false;
    closeAll(taken);
  }

  /** Answers what has begun, and no more for now. Only while opened. */
  void suspend() throws InterruptedException {
    var taken = new ArrayList<SqliteReader>();
    for (int i = 0; i < count; i++) {
      taken.add(idle.take());
    }
    closeAll(taken);
  }

  /** Answers from a thread of its own. The stage fails with {@link LogException}. */
  <T> CompletionStage<T> ask(Question<T> question) {
    var answer = new CompletableFuture<T>();
    try {
      threads.execute(() -> answer(question, answer));
    } catch (RejectedExecutionException e) {
      answer.completeExceptionally(
          closed
              ? new LogException(Reason.CLOSED, "the log has been closed")
              : new LogException(Reason.UNAVAILABLE, "too many reads are waiting for the log"));
    }
    return answer;
  }

  /** Answers what has been asked, and ends the threads. */
  void close() throws InterruptedException {
    closed = true;
    threads.shutdown();
    if (!threads.awaitTermination(STOP_SECONDS, TimeUnit.SECONDS)) {
      threads.shutdownNow();
    }
  }

  private <T> void answer(Question<T> question, CompletableFuture<T> answer) {
    SqliteReader reader = free();
    if (reader == null) { // there are as many readers as threads, unless they were taken away
      answer.completeExceptionally(new LogException(Reason.UNAVAILABLE, "the log is being reopened"));
      return;
    }
    T found;
    try {
      found = question.ask(reader);
    } catch (SQLException | RuntimeException e) {
      idle.add(renewed(reader));
      answer.completeExceptionally(Sql.unavailable(e));
      return;
    }
    idle.add(reader);
    answer.complete(found);
  }

  /** A reader that has nothing to do; there is none only while the file cannot be read. */
  private @Nullable SqliteReader free() {
    try {
      SqliteReader reader = idle.poll();
      if (reader == null && changing) {
        reader = idle.poll(CHANGE_SECONDS, TimeUnit.SECONDS);
      }
      return reader == null ? idle.poll() : reader; // others may have come between the two looks
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt(); // the pool ends
      return null;
    }
  }

  /** The driver closes a statement that fails, so a reader that failed is not asked again. */
  private SqliteReader renewed(SqliteReader failed) {
    try {
      SqliteReader fresh = Objects.requireNonNull(maker).make();
      closeAll(List.of(failed));
      return fresh;
    } catch (SQLException e) {
      return failed; // it fails again, and is then tried to be renewed again
    }
  }

  private static void closeAll(List<SqliteReader> readers) {
    for (SqliteReader reader : readers) {
      try {
        reader.close();
      } catch (SQLException e) {
        // it only read, so nothing is lost with it
      }
    }
  }

  private static Thread thread(Runnable run) {
    var thread = new Thread(run, "carillon-log-reader");
    thread.setDaemon(true);
    return thread;
  }

  /** Makes a reader. */
  interface Maker {
    SqliteReader make() throws SQLException;
  }
}
