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
import org.jspecify.annotations.Nullable;

/**
 * A real PostgreSQL server on a port of its own, unpacked from Maven Central and started as it is needed. It writes
 * without fsync: what tests do to it is kill processes, and what a process has written outlives it.
 */
final class TestPostgres implements AutoCloseable {

  private static final AtomicInteger DATABASES = new AtomicInteger();

  /** The server that all tests of this process share who do nothing to it; it ends with the process. */
  private static @Nullable TestPostgres shared;

  private final Path data;
  private EmbeddedPostgres server;
  private final int port;

  TestPostgres() {
    try {
      this.data = Files.createTempDirectory("carillon-postgres");
      this.server = start(data, 0);
      this.port = server.getPort();
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

  private static EmbeddedPostgres start(Path data, int port) throws IOException {
    EmbeddedPostgres.Builder builder =
        EmbeddedPostgres.builder()
            .setDataDirectory(data)
            .setCleanDataDirectory(false)
            .setPGStartupWait(Duration.ofSeconds(60))
            .setServerConfig("fsync", "off")
            .setServerConfig("max_connections", "100");
    return (port == 0 ? builder : builder.setPort(port)).start();
  }

  int port() {
    return port;
  }

  /** An empty database. */
  String create() {
    String name = "hub" + DATABASES.incrementAndGet();
    run("postgres", "CREATE DATABASE " + name + " ENCODING 'UTF8' LOCALE 'C' TEMPLATE template0");
    return name;
  }

  PostgresOptions options(String database) {
    return options(database, port);
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
        Duration.ofSeconds(2));
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

  private Connection connect(String database) throws SQLException {
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
  void kill() {
    List<ProcessHandle> processes = processes();
    processes.forEach(ProcessHandle::destroyForcibly);
    for (ProcessHandle process : processes) {
      process.onExit().orTimeout(30, TimeUnit.SECONDS).join();
    }
  }

  /** Starts it again where it was. */
  void restart() {
    try {
      server = start(data, port);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
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
