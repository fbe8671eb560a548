package carillon;

import carillon.config.DatabaseUrl;
import carillon.config.InvalidConfigException;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.net.PemTrustOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * Says beforehand whether the database can be trusted by the file of {@code sslrootcert}: a connection that fails for
 * that would be tried again and again. Blocks; any worker thread, or the main one.
 */
final class RootCertificate {

  /** Largest file, in bytes; all that a system trusts has a quarter of it. */
  private static final int FILE_BYTES_MAX = 1 << 20;

  private RootCertificate() {}

  /** At most one sentence, and it begins with the setting. A file that is named has to be good, needed or not. */
  static List<String> problems(Vertx vertx, DatabaseUrl url) {
    Path file = url.sslRootCertificate();
    if (file == null) {
      return List.of();
    }
    try {
      if (!Files.isRegularFile(file) || Files.size(file) > FILE_BYTES_MAX) {
        return List.of("log.url: expected a file of at most " + FILE_BYTES_MAX + " bytes as sslrootcert");
      }
      var trusted = new PemTrustOptions().addCertValue(Buffer.buffer(Files.readAllBytes(file)));
      var unused = trusted.getTrustManagerFactory(vertx);
      return List.of();
    } catch (IOException e) {
      return List.of("log.url: the file of sslrootcert cannot be read");
    } catch (Exception e) { // as the connection would: its declaration says no more
      return List.of("log.url: expected certificates in PEM in the file of sslrootcert");
    }
  }

  /**
   * The same {@code url}.
   *
   * @throws InvalidConfigException if there is a problem
   */
  static DatabaseUrl required(Vertx vertx, DatabaseUrl url) {
    List<String> problems = problems(vertx, url);
    if (!problems.isEmpty()) {
      throw new InvalidConfigException(problems);
    }
    return url;
  }
}
