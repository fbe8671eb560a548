package carillon.http;

import carillon.config.InvalidConfigException;
import carillon.config.TlsOptions;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import java.lang.System.Logger.Level;
import java.time.InstantSource;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Reads the certificate the hub listens with, and reads it again while the hub runs. One instance per node; deploy it
 * before whoever listens.
 */
public final class TlsVerticle extends VerticleBase {

  private static final System.Logger LOG = System.getLogger(TlsVerticle.class.getName());

  private final Tls tls;
  private final InstantSource clock;

  // Everything below belongs to the event loop.
  private boolean isLooking;
  private @Nullable String complaint;

  /**
   * @param tls kept up to date
   * @param clock the wall clock
   */
  public TlsVerticle(Tls tls, InstantSource clock) {
    this.tls = tls;
    this.clock = clock;
  }

  /** Completes when the certificate is known. Fails with {@link InvalidConfigException} if it cannot be used. */
  @Override
  public Future<?> start() {
    Optional<TlsOptions> options = tls.options();
    if (options.isEmpty()) {
      return Future.succeededFuture();
    }
    TlsOptions files = options.get();
    return look(files).onSuccess(read -> vertx.setPeriodic(files.refresh().toMillis(), id -> lookAgain(files)));
  }

  private Future<Void> look(TlsOptions files) {
    return vertx.executeBlocking(() -> TlsFiles.read(files)).compose(read -> take(Objects.requireNonNull(read)));
  }

  private Future<Void> take(TlsFiles read) {
    Certificate inForce = tls.certificate();
    if (inForce != null && inForce.isOf(read.certificatePem(), read.keyPem())) {
      return Future.succeededFuture();
    }
    return vertx
        .executeBlocking(() -> Certificate.read(vertx, read.certificatePem(), read.keyPem(), clock.instant()))
        .map(
            fresh -> {
              tls.replace(fresh);
              LOG.log(Level.INFO, "tls: the certificate of {0}", fresh);
              return null;
            });
  }

  private void lookAgain(TlsOptions files) {
    if (isLooking) {
      return; // a slow disk: the next look sees as much
    }
    isLooking = true;
    look(files)
        .onComplete(
            looked -> {
              isLooking = false;
              if (looked.failed()) {
                complain(String.valueOf(looked.cause().getMessage()));
              } else if (complaint != null) {
                complaint = null;
                LOG.log(Level.INFO, "tls: certificate and key can be used again");
              }
            });
  }

  /** Once for each thing that goes wrong, however often it is looked at. */
  private void complain(String message) {
    if (!message.equals(complaint)) {
      complaint = message;
      LOG.log(Level.WARNING, "tls: the certificate stays as it is: {0}", message);
    }
  }
}
