package carillon;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * The {@code vertx} script and the archive of classes that {@code make-archive} leaves beside the jar: used when it
 * fits, passed over when it does not, and never what keeps a hub from starting.
 *
 * <p>The JVM itself ends with a bus error over half a file: that is why its name says its length.
 */
@Timeout(value = 5, unit = TimeUnit.MINUTES)
final class ArchiveIT {

  private static final long PATIENCE_SECONDS = 180;

  @TempDir private Path directory;
  private Path classes;

  @AfterEach
  void nothingWasSaidAboutArchives() throws IOException {
    String said = Files.exists(directory.resolve("output")) ? Files.readString(directory.resolve("output")) : "";
    assertFalse(said.contains("[cds"), said);
  }

  @Test
  void archive_whateverItIs_startsAndIsUsedOnlyIfItFits() throws Exception {
    Path dist = Files.createDirectory(directory.resolve("dist"));
    Path jar = Path.of(System.getProperty("carillon.jar", "target/carillon.jar"));
    for (String name : List.of("vertx", "make-archive", "carillon.jar")) {
      Files.copy(jar.resolveSibling(name), dist.resolve(name), StandardCopyOption.COPY_ATTRIBUTES);
    }
    classes = directory.resolve("classes");
    assertEquals(0, starts(dist), "shared classes without an archive");

    assertEquals(0, run(dist.resolve("make-archive").toString(), ""), this::output);
    Path archive = archive(dist);
    assertEquals("carillon." + Files.size(archive) + ".jsa", archive.getFileName().toString());
    assertTrue(starts(dist) > 0, "the archive is used");

    byte[] whole = Files.readAllBytes(archive);
    archive.toFile().setWritable(true);
    try (var channel = Files.newByteChannel(archive, StandardOpenOption.WRITE)) {
      channel.truncate(whole.length / 3);
    }
    assertEquals(0, starts(dist), "half an archive");

    Files.write(archive, new byte[whole.length]);
    assertEquals(0, starts(dist), "nothing but zeros");

    Files.write(archive, whole);
    assertTrue(starts(dist) > 0, "the whole one again");

    Files.setLastModifiedTime(dist.resolve("carillon.jar"), FileTime.from(Instant.parse("2020-01-01T00:00:00Z")));
    assertEquals(0, starts(dist), "another jar");
  }

  private static Path archive(Path dist) throws IOException {
    try (Stream<Path> files = Files.list(dist)) {
      List<Path> archives = files.filter(file -> file.toString().endsWith(".jsa")).toList();
      assertEquals(1, archives.size(), archives::toString);
      return archives.get(0);
    }
  }

  /** Starts the script for its version and returns how many classes came out of the archive. */
  private long starts(Path dist) throws Exception {
    Files.deleteIfExists(classes);
    assertEquals(
        0, run(dist.resolve("vertx").toString(), "-XX:+UseSerialGC -Xlog:class+load:file=" + classes, "--version"),
        this::output);
    assertTrue(output().startsWith("carillon "), this::output);
    try (Stream<String> lines = Files.lines(classes)) {
      return lines.filter(line -> line.endsWith("shared objects file (top)")).count();
    }
  }

  private int run(String script, String options, String... words) throws Exception {
    var builder = new ProcessBuilder(Stream.concat(Stream.of(script), Stream.of(words)).toList());
    builder.environment().put("JAVA_HOME", System.getProperty("carillon.java", System.getProperty("java.home")));
    builder.environment().remove("JAVA_OPTS");
    if (!options.isEmpty()) {
      builder.environment().put("JAVA_OPTS", options);
    }
    builder.redirectErrorStream(true).redirectOutput(directory.resolve("output").toFile());
    Process process = builder.start();
    if (!process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
      process.descendants().forEach(ProcessHandle::destroyForcibly);
      process.destroyForcibly();
      throw new AssertionError("does not end: " + output());
    }
    return process.exitValue();
  }

  private String output() {
    try {
      return Files.readString(directory.resolve("output"));
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }
}
