package carillon.fault;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import carillon.bus.Addresses;
import carillon.harness.ClusterFile;
import carillon.harness.HubProcess;
import com.hazelcast.config.XmlConfigBuilder;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.eventbus.DeliveryOptions;
import io.vertx.core.eventbus.EventBusOptions;
import io.vertx.core.http.ClientAuth;
import io.vertx.core.json.JsonObject;
import io.vertx.core.net.PemKeyCertOptions;
import io.vertx.core.net.PemTrustOptions;
import io.vertx.spi.cluster.hazelcast.HazelcastClusterManager;
import java.io.IOException;
import java.net.InetAddress;
import java.net.SocketTimeoutException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * The event bus between nodes behind TLS, as {@code conf/event-bus-tls.yaml} has it: whoever has no certificate of the
 * authority is not let in.
 *
 * <p>Broken on purpose, and caught: {@code clientAuth} left out of the file; the authority of the strangers trusted.
 */
@Timeout(value = 3, unit = TimeUnit.MINUTES)
final class EventBusTlsIT {

  private static final String PASSWORD = "changeit";
  private static final int PATIENCE_MS = 60_000;

  @TempDir private Path directory;

  @BeforeEach
  void makeCertificates() throws Exception {
    authority("authority");
    authority("strangers");
    certificate("node", "authority");
    certificate("stranger", "strangers");
    Path certs = Files.createDirectories(directory.resolve("certs"));
    keytool("-exportcert", "-rfc", "-alias", "authority", "-keystore", "authority.p12", "-file", "certs/authority.pem");
    KeyStore node = keyStore("node");
    var pem = new StringBuilder();
    for (var certificate : node.getCertificateChain("node")) {
      pem.append(pem("CERTIFICATE", certificate.getEncoded()));
    }
    Files.writeString(certs.resolve("node.pem"), pem);
    byte[] key = node.getKey("node", PASSWORD.toCharArray()).getEncoded();
    Files.writeString(certs.resolve("node.key"), pem("PRIVATE KEY", key));
  }

  @Test
  void node_withCertificate_isHeardAndWithoutIsNot() throws Exception {
    ClusterFile clusterFile = ClusterFile.forNodes(2);
    clusterFile.write(0, directory.resolve("conf").resolve("cluster.xml"));
    Path settings = directory.resolve("conf").resolve("event-bus-tls.yaml");
    Files.copy(Path.of("conf", "event-bus-tls.yaml"), settings);
    int port = ClusterFile.freePorts(1).get(0);
    HubProcess.Setup setup =
        HubProcess.setup()
            .directory(directory)
            .with("log.engine", "memory")
            .arguments("-cluster", "-cluster-port", Integer.toString(port), "-options", settings.toString());
    try (HubProcess hub = setup.start()) {
      assertNotNull(publishAsAnotherNode(clusterFile).getString("id"), hub.evidence());
      assertRefused(port, null);
      assertRefused(port, "stranger");
    }
  }

  /** Joins the cluster with the certificate and asks the hub over the bus. */
  private JsonObject publishAsAnotherNode(ClusterFile clusterFile) throws Exception {
    Path file = directory.resolve("other").resolve("cluster.xml");
    clusterFile.write(1, file);
    var bus =
        new EventBusOptions()
            .setHost("127.0.0.1")
            .setSsl(true)
            .setClientAuth(ClientAuth.REQUIRED)
            .setKeyCertOptions(
                new PemKeyCertOptions().setKeyPath(path("certs/node.key")).setCertPath(path("certs/node.pem")))
            .setTrustOptions(new PemTrustOptions().addCertPath(path("certs/authority.pem")));
    Vertx vertx =
        Vertx.builder()
            .with(new VertxOptions().setEventBusOptions(bus))
            .withClusterManager(new HazelcastClusterManager(new XmlConfigBuilder(file.toString()).build()))
            .buildClustered()
            .await(PATIENCE_MS, TimeUnit.MILLISECONDS);
    try {
      return vertx
          .eventBus()
          .<JsonObject>request(
              Addresses.PUBLISH,
              new JsonObject().put("topic", "news").put("data", "hello"),
              new DeliveryOptions().setSendTimeout(PATIENCE_MS))
          .await(PATIENCE_MS, TimeUnit.MILLISECONDS)
          .body();
    } finally {
      vertx.close().await(PATIENCE_MS, TimeUnit.MILLISECONDS);
    }
  }

  /** The client has done its part of a TLS 1.3 handshake before the server looks: it hears of it when it reads. */
  private void assertRefused(int port, String alias) throws Exception {
    var trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    trust.init(keyStore("authority"));
    KeyManager[] keys = null;
    if (alias != null) {
      var factory = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
      factory.init(keyStore(alias), PASSWORD.toCharArray());
      keys = factory.getKeyManagers();
    }
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(keys, trust.getTrustManagers(), null);
    try (var socket = (SSLSocket) context.getSocketFactory().createSocket(InetAddress.getLoopbackAddress(), port)) {
      socket.setSoTimeout(PATIENCE_MS);
      IOException refused =
          assertThrows(
              IOException.class,
              () -> {
                socket.startHandshake();
                if (socket.getInputStream().read() < 0) {
                  throw new IOException("closed");
                }
              });
      assertEquals(false, refused instanceof SocketTimeoutException, "a node without a certificate was let in");
    }
  }

  private void authority(String name) throws Exception {
    keytool(
        "-genkeypair", "-alias", name, "-keyalg", "EC", "-dname", "CN=" + name, "-ext", "bc:c", "-validity", "3650",
        "-keystore", name + ".p12");
  }

  private void certificate(String name, String authority) throws Exception {
    String store = name + ".p12";
    keytool("-genkeypair", "-alias", name, "-keyalg", "EC", "-dname", "CN=" + name, "-keystore", store);
    keytool("-certreq", "-alias", name, "-keystore", store, "-file", name + ".csr");
    keytool(
        "-gencert", "-alias", authority, "-keystore", authority + ".p12", "-infile", name + ".csr", "-outfile",
        name + ".crt", "-rfc", "-validity", "3650");
    keytool("-exportcert", "-rfc", "-alias", authority, "-keystore", authority + ".p12", "-file", authority + ".crt");
    keytool("-importcert", "-noprompt", "-alias", authority, "-keystore", store, "-file", authority + ".crt");
    keytool("-importcert", "-noprompt", "-alias", name, "-keystore", store, "-file", name + ".crt");
  }

  private void keytool(String... arguments) throws Exception {
    var command = new ArrayList<String>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "keytool").toString());
    command.addAll(List.of(arguments));
    command.addAll(List.of("-storepass", PASSWORD, "-storetype", "PKCS12"));
    Path output = directory.resolve("keytool.out");
    Process process =
        new ProcessBuilder(command)
            .directory(directory.toFile())
            .redirectErrorStream(true)
            .redirectOutput(output.toFile())
            .start();
    boolean ended = process.waitFor(PATIENCE_MS, TimeUnit.MILLISECONDS);
    assertEquals(0, ended ? process.exitValue() : -1, () -> command + ": " + read(output));
  }

  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      return e.toString();
    }
  }

  private KeyStore keyStore(String name) throws Exception {
    KeyStore store = KeyStore.getInstance("PKCS12");
    try (var in = Files.newInputStream(directory.resolve(name + ".p12"))) {
      store.load(in, PASSWORD.toCharArray());
    }
    return store;
  }

  private String path(String file) {
    return directory.resolve(file).toString();
  }

  private static String pem(String what, byte[] bytes) {
    return "-----BEGIN " + what + "-----\n" + Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(bytes)
        + "\n-----END " + what + "-----\n";
  }
}
