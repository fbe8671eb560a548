package carillon.http;

import carillon.config.TlsOptions;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.net.ServerSSLOptions;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;

/**
 * With which certificate a node listens, if with any. Any thread: the certificate is immutable and replaced as a whole
 * by {@link TlsVerticle}.
 */
public final class Tls {

  private static final Set<String> PROTOCOLS = Set.of("TLSv1.2", "TLSv1.3");

  private final Optional<TlsOptions> options;
  private final List<Runnable> listeners = new CopyOnWriteArrayList<>(); // one for each event loop
  private volatile @Nullable Certificate certificate;

  /** Nothing has been read yet. */
  public Tls(Optional<TlsOptions> options) {
    this.options = options;
  }

  /** Whether the port speaks TLS. */
  public boolean isOn() {
    return options.isPresent();
  }

  Optional<TlsOptions> options() {
    return options;
  }

  @Nullable Certificate certificate() {
    return certificate;
  }

  /** Has {@code changed} called, on any thread, whenever there is another certificate. */
  void onChange(Runnable changed) {
    listeners.add(changed);
  }

  /** Takes back one {@link #onChange}. */
  void offChange(Runnable changed) {
    listeners.remove(changed);
  }

  void replace(Certificate fresh) {
    certificate = fresh;
    listeners.forEach(Runnable::run);
  }

  /** Has a server speak TLS, or leaves it alone. The verticle that reads the certificate must have started. */
  void apply(HttpServerOptions server) {
    if (isOn()) {
      server
          .setSsl(true)
          .setUseAlpn(true)
          .setEnabledSecureTransportProtocols(PROTOCOLS)
          .setKeyCertOptions(present().options());
    }
  }

  /** What a server that listens already goes on with. */
  ServerSSLOptions update(HttpServerOptions server) {
    return server.getSslOptions().copy().setKeyCertOptions(present().options());
  }

  private Certificate present() {
    Certificate present = certificate;
    if (present == null) {
      throw new IllegalStateException("no certificate has been read");
    }
    return present;
  }
}
