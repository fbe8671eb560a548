package carillon.harness;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * A certificate for this machine that nobody else has signed, with its key; both as PEM. Immutable. Made by the JDK's
 * own {@code keytool}.
 *
 * @param certificate as PEM
 * @param key as PEM
 * @param x509 the certificate
 */
public record SelfSigned(String certificate, String key, X509Certificate x509) {

  private static final String PASSWORD = "changeit";
  private static final int PATIENCE_SECONDS = 60;

  /**
   * Makes one for {@code localhost} and {@code 127.0.0.1}.
   *
   * @param directory for scratch files
   * @param name told apart by it
   * @param more arguments of {@code keytool -genkeypair}, among them {@code -keyalg}
   */
  public static SelfSigned make(Path directory, String name, String... more) {
    Path store = directory.resolve(name + ".p12");
    var command = new ArrayList<String>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "keytool").toString());
    command.addAll(List.of("-genkeypair", "-alias", name, "-dname", "CN=" + name, "-keystore", store.toString()));
    command.addAll(List.of("-ext", "san=dns:localhost,ip:127.0.0.1", "-storepass", PASSWORD, "-storetype", "PKCS12"));
    command.addAll(List.of(more));
    try {
      run(command, directory.resolve(name + ".out"));
      KeyStore keys = KeyStore.getInstance(store.toFile(), PASSWORD.toCharArray());
      var x509 = (X509Certificate) keys.getCertificate(name);
      byte[] key = keys.getKey(name, PASSWORD.toCharArray()).getEncoded();
      return new SelfSigned(pem("CERTIFICATE", x509.getEncoded()), pem("PRIVATE KEY", key), x509);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("keytool made what the JDK cannot read", e);
    }
  }

  /** Puts both files into {@code directory}, each in one move: {@code server.pem}, {@code server.key}. */
  public void install(Path directory) {
    replace(directory.resolve("server.key"), key);
    replace(directory.resolve("server.pem"), certificate);
  }

  /** Replaces {@code file} in one move. */
  public static void replace(Path file, String content) {
    try {
      Path fresh = file.resolveSibling(file.getFileName() + ".new");
      Files.writeString(fresh, content);
      Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void run(List<String> command, Path output) throws IOException {
    Process process =
        new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(output.toFile()).start();
    try {
      if (!process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS) || process.exitValue() != 0) {
        throw new IllegalStateException(command + ": " + Files.readString(output));
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    } finally {
      process.destroyForcibly();
    }
  }

  private static String pem(String what, byte[] der) {
    String text = Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(der);
    return "-----BEGIN " + what + "-----\n" + text + "\n-----END " + what + "-----\n";
  }
}
