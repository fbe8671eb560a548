package carillon.http;

import carillon.config.InvalidConfigException;
import carillon.config.TlsOptions;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/**
 * What is in the two files that TLS needs. Immutable. Reading blocks: any worker thread, or the main one.
 *
 * @param certificatePem not yet looked at
 * @param keyPem the same
 */
public record TlsFiles(Buffer certificatePem, Buffer keyPem) {

  /** Largest file, in bytes. */
  private static final int FILE_BYTES_MAX = 1 << 20;

  /**
   * What would keep a hub from listening with these files now, each a sentence that begins with the setting; nothing of
   * a key is in any.
   */
  public static List<String> problems(Vertx vertx, TlsOptions options, Instant now) {
    try {
      TlsFiles files = read(options);
      Certificate unused = Certificate.read(vertx, files.certificatePem, files.keyPem, now);
      return List.of();
    } catch (InvalidConfigException e) {
      return e.problems();
    }
  }

  /** @throws InvalidConfigException with a sentence for each file that cannot be read */
  static TlsFiles read(TlsOptions options) {
    var problems = new ArrayList<String>();
    Buffer certificate = content("http.tlsCertificate", options.certificate(), problems);
    Buffer key = content("http.tlsKey", options.key(), problems);
    if (!problems.isEmpty()) {
      throw new InvalidConfigException(problems);
    }
    return new TlsFiles(certificate, key);
  }

  private static Buffer content(String setting, Path file, List<String> problems) {
    String sentence = setting + ": " + file.getFileName() + " cannot be read: ";
    try {
      if (!Files.readAttributes(file, BasicFileAttributes.class).isRegularFile() || Files.size(file) > FILE_BYTES_MAX) {
        problems.add(sentence + "no file of at most " + FILE_BYTES_MAX + " bytes");
        return Buffer.buffer();
      }
      return Buffer.buffer(Files.readAllBytes(file));
    } catch (IOException e) {
      problems.add(sentence + e.getClass().getSimpleName());
      return Buffer.buffer();
    }
  }
}
