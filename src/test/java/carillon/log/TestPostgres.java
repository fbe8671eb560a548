package carillon.log;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * A real PostgreSQL server on a port of its own, unpacked from Maven Central and started as it is needed. It writes
 * without fsync: what tests do to it is kill processes, and what a process has written outlives it.
 */
public final class TestPostgres implements AutoCloseable {

  private static final AtomicInteger DATABASES = new AtomicInteger();

  /** The server that all tests of this process share who do nothing to it; it ends with the process. */
  private static @Nullable TestPostgres shared;

  /** The server is set up carelessly, and the engine says so; a logger is kept or it forgets its level. */
  private static final Logger OPENING = Logger.getLogger(PostgresOpening.class.getName());

  static {
    OPENING.setLevel(Level.SEVERE);
  }

  private final Path data;
  private final EmbeddedPostgres server;
  private final int port;
  private final List<String> command = new ArrayList<>();

  /** Starts one. */
  public TestPostgres() {
    try {
      this.data = Files.createTempDirectory("carillon-postgres");
      this.server = start(data);
      this.port = server.getPort();
      ProcessHandle.Info first = processes().get(0).info();
      if (System.getProperty("user.name").equals("root")) {
        command.addAll(List.of("unshare", "-U")); // it does not start as root, so it gets a world where nobody is
      }
      command.add(first.command().orElseThrow());
      command.addAll(List.of(first.arguments().orElseThrow()));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static synchronized TestPostgres shared() {
    if (shared == null) {
      shared = new TestPostgres();
    }
    return shared;
  }

  private static EmbeddedPostgres start(Path data) throws IOException {
    return EmbeddedPostgres.builder()
        .setDataDirectory(data)
        .setPGStartupWait(Duration.ofSeconds(60))
        .setServerConfig("fsync", "off")
        .setServerConfig("max_connections", "100")
        .start();
  }

  int port() {
    return port;
  }

  /** An empty database. */
  public String create() {
    String name = "hub" + DATABASES.incrementAndGet();
    run("postgres", "CREATE DATABASE " + name + " ENCODING 'UTF8' LOCALE 'C' TEMPLATE template0");
    return name;
  }

  /** A database as {@code log.url} names it. */
  public String url(String database) {
    return "postgresql://postgres:postgres@127.0.0.1:" + port + "/" + database + "?sslmode=disable";
  }

  PostgresOptions options(String database) {
    return options(database, port);
  }

  /** The same with less patience. */
  PostgresOptions options(String database, Duration connectTimeout) {
    return new PostgresOptions(
        "127.0.0.1",
        port,
        database,
        "postgres",
        "postgres",
        PostgresOptions.Encryption.DISABLE,
        null,
        3,
        connectTimeout);
  }

  /** The same by way of another port. */
  static PostgresOptions options(String database, int port) {
    return new PostgresOptions(
        "127.0.0.1",
        port,
        database,
        "postgres",
        "postgres",
        PostgresOptions.Encryption.DISABLE,
        null,
        3,
        Duration.ofSeconds(30));
  }

  void run(String database, String... statements) {
    try (Connection connection = connect(database);
        Statement statement = connection.createStatement()) {
      for (String sql : statements) {
        statement.execute(sql);
      }
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  /** What a question with one column finds. */
  List<String> ask(String database, String sql) {
    try (Connection connection = connect(database);
        Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(sql)) {
      var found = new ArrayList<String>();
      while (row.next()) {
        found.add(String.valueOf(row.getString(1)));
      }
      return found;
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  /** A connection of another kind than ours. */
  Connection connect(String database) throws SQLException {
    return DriverManager.getConnection(
        "jdbc:postgresql://127.0.0.1:" + port + "/" + database + "?user=postgres&password=postgres");
  }

  /** The server's processes, the first of them the one that makes the others. */
  List<ProcessHandle> processes() {
    try {
      long pid = Long.parseLong(Files.readAllLines(data.resolve("postmaster.pid")).get(0).strip());
      var processes = new ArrayList<ProcessHandle>();
      ProcessHandle.of(pid).ifPresent(
          first -> {
            processes.add(first);
            first.children().forEach(processes::add);
          });
      return processes;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** kill -9 of all of it, at once as far as that goes. */
  public void kill() {
    List<ProcessHandle> processes = processes();
    processes.forEach(ProcessHandle::destroyForcibly);
    for (ProcessHandle process : processes) {
      process.onExit().orTimeout(30, TimeUnit.SECONDS).join();
    }
  }

  /** Starts it again where it was, and waits until it has recovered. */
  public void restart() {
    try {
      new ProcessBuilder(command)
          .redirectOutput(ProcessBuilder.Redirect.DISCARD)
          .redirectError(ProcessBuilder.Redirect.DISCARD)
          .start();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
    boolean isUp = false;
    while (!isUp) {
      try (Connection connection = connect("postgres")) {
        isUp = connection.isValid(30);
      } catch (SQLException e) {
        if (System.nanoTime() > deadline) {
          throw new IllegalStateException(e);
        }
        LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(20));
      }
    }
  }

  /** Stops every process, or lets all go on. */
  void signal(String signal) {
    var command = new ArrayList<>(List.of("kill", "-" + signal));
    processes().forEach(process -> command.add(Long.toString(process.pid())));
    try {
      if (new ProcessBuilder(command).inheritIO().start().waitFor() != 0) {
        throw new IllegalStateException("kill -" + signal + " failed");
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  @Override
  public void close() {
    try {
      server.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
