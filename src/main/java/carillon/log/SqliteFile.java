package carillon.log;

import carillon.event.EventId;
import carillon.log.LogOpenException.Problem;
import carillon.log.SqliteOptions.Damaged;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Arrays;
import java.util.List;
import java.util.random.RandomGenerator;
import org.sqlite.SQLiteConfig;

/**
 * The files of the sqlite engine: who may open them, whether they are sound, how they come into being. Confined to the
 * log thread.
 *
 * <pre>
 *   log.lock            locked for as long as the log is open; empty
 *   log.db              the database; made under another name first, so that it is either absent or complete
 *   log.db-wal, -shm    SQLite's write-ahead log and its index
 *   log.db.damaged-…    what was moved aside when a new epoch was asked for
 * </pre>
 */
final class SqliteFile implements AutoCloseable {

  /** In the header of the file, so that nobody else's database is taken for a log: "Cari". */
  private static final long APPLICATION_ID = 0x43617269;

  private static final long SCHEMA_VERSION = 3;

  /** No hub will ever have a schema beyond it: a file that says so is damaged. */
  private static final long SCHEMA_VERSION_MAX = 9_999;

  /** The oldest schema that is brought up to date when it is opened. */
  private static final long SCHEMA_VERSION_MIN = 1;

  private static final byte[] HEADER = "SQLite format 3\0".getBytes(StandardCharsets.US_ASCII);

  /** Where the header has what the pragmas of these names tell (SQLite's file format, 1.3), and how much is read. */
  private static final int USER_VERSION_AT = 60;

  private static final int APPLICATION_ID_AT = 68;
  private static final int HEADER_BYTES = 72;

  private static final List<String> COMPANIONS = List.of("-wal", "-shm");

  /**
   * Up to this size the whole file is checked at every start, which reads all of it; beyond it only its frame.
   */
  private static final long FULL_CHECK_BYTES_MAX = 128L << 20;

  /** The writer meets nobody but readers, and only when it shortens the write-ahead log. */
  private static final int BUSY_MILLIS = 200;

  private static final int WRITER_CACHE_KIB = 16_384;

  private static final DateTimeFormatter STAMP =
      DateTimeFormatter.ofPattern("yyyyMMdd'T'HHmmssSSS'Z'").withZone(ZoneOffset.UTC);

  private static final String READABLE =
      """
      CREATE VIEW readable AS
        SELECT offset, strftime('%Y-%m-%dT%H:%M:%fZ', time / 1000.0, 'unixepoch') AS time,
          replace(topics, char(10), ' ') AS topics, type, private, CAST(data AS TEXT) AS data
        FROM event""";

  private static final String[] SCHEMA = {
    """
    CREATE TABLE meta (
      one INTEGER PRIMARY KEY CHECK (one = 1),
      epoch INTEGER NOT NULL,
      head INTEGER NOT NULL,
      newest_time INTEGER NOT NULL,
      indexed_up_to INTEGER NOT NULL,
      forgotten_up_to INTEGER NOT NULL,
      rules TEXT NOT NULL)""",
    """
    CREATE TABLE event (
      offset INTEGER PRIMARY KEY,
      time INTEGER NOT NULL,
      topics TEXT NOT NULL,
      type TEXT,
      ttl INTEGER,
      retry INTEGER,
      data BLOB NOT NULL,
      private INTEGER NOT NULL DEFAULT 0,
      trace TEXT)""",
    """
    CREATE TABLE topic (
      id INTEGER PRIMARY KEY,
      name TEXT NOT NULL,
      newest INTEGER NOT NULL,
      events INTEGER NOT NULL,
      bytes INTEGER NOT NULL,
      cut_up_to INTEGER NOT NULL,
      removed_up_to INTEGER NOT NULL)""",
    """
    CREATE TABLE place (
      topic INTEGER NOT NULL,
      offset INTEGER NOT NULL,
      bytes INTEGER NOT NULL,
      PRIMARY KEY (topic, offset)) WITHOUT ROWID""",
    """
    CREATE TABLE expiry (
      time INTEGER NOT NULL,
      offset INTEGER NOT NULL,
      PRIMARY KEY (time, offset)) WITHOUT ROWID""",
    """
    CREATE TABLE known_key (
      offset INTEGER PRIMARY KEY,
      key TEXT NOT NULL,
      content BLOB NOT NULL,
      time INTEGER NOT NULL)""",
    """
    CREATE TABLE age_sweep (
      age TEXT PRIMARY KEY,
      up_to INTEGER NOT NULL) WITHOUT ROWID""",
    READABLE,
  };

  /** From schema 1, which knew no private events, to 2. */
  private static final String[] TO_SCHEMA_2 = {
    "ALTER TABLE event ADD COLUMN private INTEGER NOT NULL DEFAULT 0",
    "DROP VIEW readable",
    READABLE,
  };

  /** From schema 2, which knew no traces, to 3. */
  private static final String[] TO_SCHEMA_3 = {"ALTER TABLE event ADD COLUMN trace TEXT"};

  private final Path file;
  private final FileChannel lock;

  private SqliteFile(Path file, FileChannel lock) {
    this.file = file;
    this.lock = lock;
  }

  /**
   * Takes the lock and makes sure that there is a sound file.
   *
   * @throws LogOpenException if the log is open elsewhere, is damaged, of a newer hub, or cannot be read or written;
   *     nothing was changed then
   */
  static SqliteFile open(SqliteOptions options, RandomGenerator random) {
    Path directory = options.directory();
    try {
      Files.createDirectories(directory);
    } catch (IOException e) {
      throw new LogOpenException(Problem.INACCESSIBLE, directory, "the directory cannot be made: " + e, e);
    }
    var opened = new SqliteFile(directory.resolve("log.db"), lock(directory.resolve("log.lock")));
    try {
      opened.prepare(options.damaged(), random);
      return opened;
    } catch (LogOpenException e) {
      opened.close();
      throw e;
    } catch (IOException | SQLException e) {
      opened.close();
      throw new LogOpenException(Problem.INACCESSIBLE, opened.file, e.toString(), e);
    }
  }

  /** The database. */
  Path path() {
    return file;
  }

  /** A connection for the one writer. */
  Connection connectWriter() throws SQLException {
    Connection connection = connect(file, new SQLiteConfig());
    try {
      Sql.run(
          connection,
          "PRAGMA wal_autocheckpoint = 0",
          "PRAGMA synchronous = FULL",
          "PRAGMA busy_timeout = " + BUSY_MILLIS,
          "PRAGMA cache_size = -" + WRITER_CACHE_KIB);
      return connection;
    } catch (SQLException e) {
      connection.close();
      throw e;
    }
  }

  /** A connection that only reads. */
  Connection connectReader() throws SQLException {
    var config = new SQLiteConfig();
    config.setReadOnly(true);
    return connect(file, config);
  }

  /** Puts the write-ahead log on the disk, as it is. */
  void syncWriteAheadLog() throws SQLException {
    try (FileChannel channel = FileChannel.open(companion("-wal"), StandardOpenOption.WRITE)) {
      channel.force(true);
    } catch (IOException e) {
      throw new SQLException("the write-ahead log cannot be put on the disk: " + e, e);
    }
  }

  /** Moves a damaged file aside, and begins a new epoch. */
  void beginAnew(RandomGenerator random) throws SQLException {
    try {
      moveAside();
      create(random);
    } catch (IOException e) {
      throw new LogOpenException(Problem.INACCESSIBLE, file, e.toString(), e);
    }
  }

  /** What is wrong with the file, as an exception for whoever opened it. */
  LogOpenException unusable(SQLException cause) {
    Problem problem = Sql.isCorrupt(cause) ? Problem.CORRUPT : Problem.INACCESSIBLE;
    return new LogOpenException(problem, file, String.valueOf(cause.getMessage()), cause);
  }

  /** Lets go of the lock. */
  @Override
  public void close() {
    try {
      lock.close();
    } catch (IOException e) {
      throw new LogOpenException(Problem.INACCESSIBLE, file, "the lock cannot be released: " + e, e);
    }
  }

  private static FileChannel lock(Path path) {
    try {
      FileChannel channel = FileChannel.open(path, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
      FileLock lock = null;
      try {
        lock = channel.tryLock();
      } catch (OverlappingFileLockException e) {
        channel.close(); // held by another log of this process
        throw new LogOpenException(Problem.LOCKED, path, "this process has the log open already", e);
      }
      if (lock == null) {
        channel.close();
        throw new LogOpenException(Problem.LOCKED, path, "another process has the log open");
      }
      return channel;
    } catch (IOException e) {
      throw new LogOpenException(Problem.INACCESSIBLE, path, "the lock cannot be taken: " + e, e);
    }
  }

  private void prepare(Damaged damaged, RandomGenerator random) throws IOException, SQLException {
    try {
      if (exists()) {
        check();
        migrate();
        return;
      }
    } catch (LogOpenException e) {
      if (e.problem() != Problem.CORRUPT || damaged == Damaged.REFUSE) {
        throw e;
      }
      moveAside();
    }
    create(random);
  }

  /** Whether there is a log at all. A write-ahead log without its database is no new beginning. */
  private boolean exists() throws IOException {
    if (Files.exists(file)) {
      return true;
    }
    for (String companion : COMPANIONS) {
      if (Files.exists(companion(companion)) && Files.size(companion(companion)) > 0) {
        throw new LogOpenException(Problem.CORRUPT, file, "missing, but " + companion(companion) + " is there");
      }
    }
    return false;
  }

  private void check() throws IOException, SQLException {
    checkHeader();
    try (Connection connection = connect(file, new SQLiteConfig())) {
      checkFrame(connection);
      if (Files.size(file) <= FULL_CHECK_BYTES_MAX) {
        checkAll(connection);
      }
    } catch (SQLException e) {
      throw unusable(e);
    }
  }

  private void checkHeader() throws IOException {
    if (!Files.isRegularFile(file)) {
      throw new LogOpenException(Problem.CORRUPT, file, "not a regular file");
    }
    byte[] start;
    try (var in = Files.newInputStream(file)) {
      start = in.readNBytes(HEADER_BYTES);
    }
    if (start.length < HEADER.length || !Arrays.equals(start, 0, HEADER.length, HEADER, 0, HEADER.length)) {
      String found = start.length < HEADER.length ? "only " + start.length + " bytes long" : "no SQLite database";
      throw new LogOpenException(Problem.CORRUPT, file, found);
    }
    if (start.length == HEADER_BYTES) {
      var numbers = ByteBuffer.wrap(start);
      if (numbers.getInt(APPLICATION_ID_AT) == APPLICATION_ID) {
        refuseNewer(numbers.getInt(USER_VERSION_AT)); // before SQLite opens it, which may change it
      }
    }
  }

  /** What a newer hub has written is not damaged, and not ours to judge. */
  private void refuseNewer(long version) {
    if (version > SCHEMA_VERSION && version <= SCHEMA_VERSION_MAX) {
      throw new LogOpenException(
          Problem.UNSUITABLE,
          file,
          "written by a newer version (schema " + version + ", this one knows up to " + SCHEMA_VERSION + ")");
    }
  }

  private void checkFrame(Connection connection) throws SQLException {
    long application = Sql.number(connection, "PRAGMA application_id");
    if (application != APPLICATION_ID) {
      throw new SqliteDamage("a database, but no log (application id " + application + ")");
    }
    long version = Sql.number(connection, "PRAGMA user_version");
    refuseNewer(version); // the header does not say so as long as that is in the write-ahead log only
    if (version < SCHEMA_VERSION_MIN || version > SCHEMA_VERSION_MAX) {
      throw new SqliteDamage("of a schema that never was (" + version + ")");
    }
    var unused = SqliteMeta.load(connection); // throws when the row makes no sense
  }

  private static void checkAll(Connection connection) throws SQLException {
    try (var statement = connection.createStatement();
        var row = statement.executeQuery("PRAGMA quick_check(1)")) {
      String found = row.next() ? row.getString(1) : "no answer to the check";
      if (!found.equals("ok")) {
        throw new SqliteDamage(found.strip().replace('\n', ' '));
      }
    }
  }

  /** Brings a sound file of an older schema up to date: as a whole, or not at all. Older hubs then refuse it. */
  private void migrate() throws SQLException {
    try (Connection connection = connect(file, new SQLiteConfig())) {
      long version = Sql.number(connection, "PRAGMA user_version");
      if (version < SCHEMA_VERSION) {
        Sql.run(connection, "PRAGMA synchronous = FULL", "BEGIN IMMEDIATE");
        if (version < 2) {
          Sql.run(connection, TO_SCHEMA_2);
        }
        Sql.run(connection, TO_SCHEMA_3);
        Sql.run(connection, "PRAGMA user_version = " + SCHEMA_VERSION, "COMMIT");
      }
    }
  }

  private void moveAside() throws IOException {
    Path aside = file.resolveSibling(file.getFileName() + ".damaged-" + STAMP.format(Instant.now()));
    for (String companion : COMPANIONS) {
      if (Files.exists(companion(companion))) {
        Files.move(companion(companion), Path.of(aside + companion));
      }
    }
    if (Files.exists(file)) {
      Files.move(file, aside);
    }
    syncDirectory();
  }

  private void create(RandomGenerator random) throws IOException, SQLException {
    Path made = companion(".new");
    for (String rest : List.of("", "-wal", "-shm", "-journal")) {
      Files.deleteIfExists(Path.of(made + rest));
    }
    try (Connection connection = connect(made, new SQLiteConfig())) {
      Sql.run(connection, "PRAGMA application_id = " + APPLICATION_ID, "PRAGMA user_version = " + SCHEMA_VERSION);
      Sql.run(connection, "PRAGMA journal_mode = WAL", "PRAGMA synchronous = FULL", "BEGIN");
      Sql.run(connection, SCHEMA);
      long epoch = random.nextLong(1, EventId.EPOCH_MAX + 1);
      Sql.run(connection, "INSERT INTO meta VALUES (1, " + epoch + ", 0, 0, 0, 0, '')", "COMMIT");
    }
    try (FileChannel channel = FileChannel.open(made, StandardOpenOption.WRITE)) {
      channel.force(true);
    }
    Files.move(made, file, StandardCopyOption.ATOMIC_MOVE);
    syncDirectory();
  }

  /**
   * Makes new names durable, as fsync(2) on the directory does; systems that cannot open a directory need no such
   * thing.
   */
  private void syncDirectory() throws IOException {
    try (FileChannel directory = FileChannel.open(file.toAbsolutePath().getParent(), StandardOpenOption.READ)) {
      directory.force(true);
    }
  }

  /** What the database and its write-ahead log take of the disk; 0 for one that cannot be asked. */
  long bytes() {
    return size(file) + size(companion("-wal"));
  }

  private static long size(Path path) {
    try {
      return Files.size(path);
    } catch (IOException e) {
      return 0; // not there, or not now: for operators only
    }
  }

  private Path companion(String suffix) {
    return file.resolveSibling(file.getFileName() + suffix);
  }

  private static Connection connect(Path path, SQLiteConfig config) throws SQLException {
    return config.createConnection("jdbc:sqlite:" + path.toAbsolutePath());
  }
}
