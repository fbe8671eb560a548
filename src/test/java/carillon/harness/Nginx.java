package carillon.harness;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;

/** A real nginx in front of a hub, on loopback: with the project's own recipe, or without what it says. */
public final class Nginx implements AutoCloseable {

  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final Path RECIPE = Path.of("conf", "nginx.conf");
  private static final String PASSWORD = "of-no-importance";

  private final Process process;
  private final Path errors;
  private final URI uri;
  private final Path certificate;

  private Nginx(Process process, Path errors, URI uri, Path certificate) {
    this.process = process;
    this.errors = errors;
    this.uri = uri;
    this.certificate = certificate;
  }

  /**
   * Starts it and waits until it accepts.
   *
   * @param hubPort where the hub listens, now or later
   * @param directory an empty one
   */
  public static Nginx before(int hubPort, Path directory) {
    return before(hubPort, directory, recipe -> recipe);
  }

  /** The same with a recipe that somebody has changed, for the worse perhaps. */
  public static Nginx before(int hubPort, Path directory, UnaryOperator<String> change) {
    try {
      int port = freePort();
      makeCertificate(directory);
      return start("https", port, change.apply(recipe(port, hubPort, directory)), directory);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * Starts one as people do who have not read the recipe, without TLS: what the hub sends is kept back until there is
   * much of it, whatever the hub says against that.
   *
   * @param hubPort where the hub listens
   * @param directory an empty one
   */
  public static Nginx buffering(int hubPort, Path directory) {
    try {
      int port = freePort();
      String server =
          """
          server {
              listen 127.0.0.1:PORT;
              location / {
                  proxy_pass http://127.0.0.1:HUB;
                  proxy_buffering on;
                  proxy_ignore_headers X-Accel-Buffering;
              }
          }
          """
              .replace("PORT", Integer.toString(port))
              .replace("HUB", Integer.toString(hubPort));
      return start("http", port, server, directory);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Nginx start(String scheme, int port, String server, Path directory) throws IOException {
    Files.writeString(directory.resolve("recipe.conf"), server);
    Files.writeString(directory.resolve("nginx.conf"), main(directory));
    Path errors = directory.resolve("errors");
    Process process =
        new ProcessBuilder("nginx", "-p", directory.toString(), "-c", directory.resolve("nginx.conf").toString())
            .redirectErrorStream(true)
            .redirectOutput(errors.toFile())
            .start();
    var nginx = new Nginx(process, errors, URI.create(scheme + "://localhost:" + port), directory.resolve("hub.pem"));
    try {
      Eventually.await("nginx accepts", PATIENCE, nginx::accepts, nginx::evidence);
    } catch (AssertionError e) {
      nginx.close();
      throw e;
    }
    return nginx;
  }

  /** Where clients go. */
  public URI uri() {
    return uri;
  }

  /** A PEM file with the certificate it shows, if it shows one. */
  public Path certificate() {
    return certificate;
  }

  /** What it has said. */
  public String evidence() {
    try {
      return "nginx: " + Files.readString(errors);
    } catch (IOException e) {
      return "nginx: " + e;
    }
  }

  private boolean accepts() {
    if (!process.isAlive()) {
      throw new AssertionError("nginx has ended: " + evidence());
    }
    try (var socket = new Socket()) {
      socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), uri.getPort()), (int) PATIENCE.toMillis());
      return true;
    } catch (IOException e) {
      return false;
    }
  }

  /** The recipe as it stands, but for names, ports and paths. */
  private static String recipe(int port, int hubPort, Path directory) throws IOException {
    String recipe = Files.readString(RECIPE);
    for (var change :
        List.of(
            List.of("server 127.0.0.1:8080;", "server 127.0.0.1:" + hubPort + ";"),
            List.of("listen 443 ssl http2;", "listen 127.0.0.1:" + port + " ssl http2;"),
            List.of("server_name hub.example.org;", "server_name localhost;"),
            List.of("/etc/ssl/certs/hub.pem", directory.resolve("hub.pem").toString()),
            List.of("/etc/ssl/private/hub.key", directory.resolve("hub.key").toString()))) {
      if (!recipe.contains(change.get(0))) {
        throw new IllegalStateException(RECIPE + " has no " + change.get(0));
      }
      recipe = recipe.replace(change.get(0), change.get(1));
    }
    return recipe;
  }

  private static String main(Path directory) {
    return """
        daemon off;
        worker_processes 1;
        pid DIRECTORY/pid;
        error_log stderr warn;
        events { worker_connections 4096; }
        http {
            access_log off;
            client_body_temp_path DIRECTORY/body;
            proxy_temp_path DIRECTORY/proxy;
            fastcgi_temp_path DIRECTORY/fastcgi;
            uwsgi_temp_path DIRECTORY/uwsgi;
            scgi_temp_path DIRECTORY/scgi;
            include DIRECTORY/recipe.conf;
        }
        """
        .replace("DIRECTORY", directory.toString());
  }

  private static void makeCertificate(Path directory) throws IOException {
    Path store = directory.resolve("store.p12");
    String keytool = Path.of(System.getProperty("java.home"), "bin", "keytool").toString();
    Process making =
        new ProcessBuilder(
                keytool, "-genkeypair", "-alias", "hub", "-keyalg", "EC", "-dname", "CN=localhost", "-ext",
                "san=dns:localhost", "-storetype", "PKCS12", "-keystore", store.toString(), "-storepass", PASSWORD)
            .redirectErrorStream(true)
            .redirectOutput(directory.resolve("keytool").toFile())
            .start();
    try {
      if (!making.waitFor(PATIENCE.toMillis(), TimeUnit.MILLISECONDS) || making.exitValue() != 0) {
        throw new IOException("no certificate: " + Files.readString(directory.resolve("keytool")));
      }
      KeyStore keys = KeyStore.getInstance(store.toFile(), PASSWORD.toCharArray());
      write(directory.resolve("hub.pem"), "CERTIFICATE", keys.getCertificate("hub").getEncoded());
      write(directory.resolve("hub.key"), "PRIVATE KEY", keys.getKey("hub", PASSWORD.toCharArray()).getEncoded());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    } catch (GeneralSecurityException e) {
      throw new IOException(e);
    }
  }

  private static void write(Path file, String what, byte[] content) throws IOException {
    String text = Base64.getMimeEncoder(64, "\n".getBytes(UTF_8)).encodeToString(content);
    Files.writeString(file, "-----BEGIN " + what + "-----\n" + text + "\n-----END " + what + "-----\n");
  }

  /** One that is free now; nginx cannot be asked which it was given. */
  private static int freePort() throws IOException {
    try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  @Override
  public void close() {
    process.toHandle().destroy();
    try {
      if (!process.waitFor(PATIENCE.toMillis(), TimeUnit.MILLISECONDS)) {
        process.destroyForcibly();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      process.destroyForcibly();
    }
  }
}
