package carillon;

import carillon.auth.KeyFiles;
import carillon.config.Configuration;
import carillon.config.HubOptions;
import carillon.config.LogOptions;
import carillon.http.TlsFiles;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.file.FileSystemOptions;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/**
 * Says what would keep the hub from starting, as far as that can be seen without starting anything: settings, and the
 * files and directories they name. Nothing is made, no connection is opened. Blocks on files; for the main thread.
 */
final class ConfigCheck {

  private ConfigCheck() {}

  /** Everything that is wrong, each a sentence that begins with the setting. */
  static List<String> problems(Configuration read, boolean isCluster) {
    HubOptions options = read.options();
    var problems = new ArrayList<String>(read.problems());
    problems.addAll(KeyFiles.problems(options.auth()));
    LogOptions log = options.log();
    LogOptions.Engine engine = log.engine(isCluster);
    if (engine == LogOptions.Engine.SQLITE) {
      checkDirectory(log.directory(), problems);
    }
    if (engine == LogOptions.Engine.GRID && !isCluster) {
      problems.add("log.engine: grid needs a cluster: start with -cluster, or choose another engine");
    }
    if (engine == LogOptions.Engine.POSTGRESQL) {
      log.url().ifPresent(url -> problems.addAll(withVertx(vertx -> RootCertificate.problems(vertx, url))));
    }
    Instant now = InstantSource.system().instant();
    options.tls().ifPresent(tls -> problems.addAll(withVertx(vertx -> TlsFiles.problems(vertx, tls, now))));
    return problems;
  }

  /** Certificates are read by what will read them: that wants a Vert.x, which is gone afterwards. */
  private static List<String> withVertx(Function<Vertx, List<String>> look) {
    var files = new FileSystemOptions().setFileCachingEnabled(false).setClassPathResolvingEnabled(false);
    Vertx vertx = Vertx.vertx(new VertxOptions().setFileSystemOptions(files));
    try {
      return look.apply(vertx);
    } finally {
      vertx.close().toCompletionStage().toCompletableFuture().join();
    }
  }

  /** The hub makes it if it is missing, so then it depends on the next one above that is there. */
  private static void checkDirectory(Path directory, List<String> problems) {
    Path existing = directory.toAbsolutePath();
    while (existing != null && !Files.exists(existing)) {
      existing = existing.getParent();
    }
    if (existing == null || !Files.isDirectory(existing)) {
      problems.add("log.directory: expected a directory, or one that can be made, got a file in its place");
    } else if (!Files.isWritable(existing)) {
      problems.add("log.directory: expected a directory that can be written to");
    }
  }
}
