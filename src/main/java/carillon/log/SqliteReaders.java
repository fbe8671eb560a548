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

  /** What is asked. */
  interface Question<T> {
    T ask(SqliteReader reader) throws SQLException;
  }

  private final int count;
  private final ThreadPoolExecutor threads;
  private final BlockingQueue<SqliteReader> idle;
  private volatile boolean closed;
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
    SqliteReader reader = idle.poll();
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
