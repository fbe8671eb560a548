package carillon.auth;

import carillon.config.ApiKeyOptions;
import carillon.config.ApiKeyReader;
import carillon.config.AuthOptions;
import carillon.config.InvalidConfigException;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.buffer.Buffer;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.net.URI;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BiFunction;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Reads the keys there are, and reads them again while the hub runs. One instance per node; deploy it before whoever
 * lets anybody in.
 */
public final class RightsVerticle extends VerticleBase {

  private static final System.Logger LOG = System.getLogger(RightsVerticle.class.getName());

  /** Largest file of keys, in bytes. */
  static final int FILE_BYTES_MAX = 1 << 20;

  /** A JWK set is not fetched more often than this, whatever tokens say, in nanoseconds. */
  private static final long FETCH_PAUSE_NANOS = 10_000_000_000L;

  private final Rights rights;
  private final LongSupplier nanoTime;

  // Everything below belongs to the event loop.
  private AuthOptions options;
  private final Map<String, Buffer> contents = new HashMap<>();
  private final Map<String, String> complaints = new HashMap<>();
  private @Nullable JwksClient jwksClient;
  private Optional<URI> fetchedFrom = Optional.empty();
  private List<ApiKeyOptions> fileKeys = List.of();
  private JwtKeys pemKeys = JwtKeys.NONE;
  private JwtKeys jwksKeys = JwtKeys.NONE;
  private boolean isLooking;
  private Future<?> look = Future.succeededFuture();
  private @Nullable Long timer;
  private long fetchedNanos;

  /** @param rights kept up to date */
  public RightsVerticle(Rights rights) {
    this(rights, System::nanoTime);
  }

  RightsVerticle(Rights rights, LongSupplier nanoTime) {
    this.rights = rights;
    this.options = rights.options();
    this.nanoTime = nanoTime;
  }

  /**
   * Completes when the keys are known. Fails with {@link InvalidConfigException} if a file of keys cannot be read; a
   * JWK set that cannot be fetched is no such reason.
   */
  @Override
  public Future<?> start() {
    return begin();
  }

  /** Reads everything there is, and looks at it again from then on. */
  private Future<Void> begin() {
    Optional<URI> url = options.jwt().jwksUrl();
    if (!url.equals(fetchedFrom)) {
      fetchedFrom = url;
      jwksClient = url.map(from -> new JwksClient(vertx, from)).orElse(null);
    }
    if (!options.knowsSomebody()) {
      handOver();
      return Future.succeededFuture();
    }
    return readFiles()
        .compose(
            read -> {
              handOver(); // an issuer that is slow keeps nobody's other key from being good, or gone
              return fetch().transform(fetched -> Future.succeededFuture());
            })
        .map(
            fetched -> {
              handOver();
              timer = vertx.setPeriodic(options.refresh().toMillis(), id -> lookAgain());
              return null;
            });
  }

  /**
   * Takes over other options. Keys that are not in them are good no more, and the streams of those end; files that
   * cannot be read, which {@link KeyFiles} says beforehand, leave the keys as they were until they can be.
   *
   * @return completes on any thread when they hold
   */
  public Future<Void> change(AuthOptions fresh) {
    return Future.future(promise -> context.runOnContext(turn -> replace(fresh).onComplete(promise)));
  }

  private Future<Void> replace(AuthOptions fresh) {
    if (fresh.equals(options)) {
      return Future.succeededFuture();
    }
    return look.transform(
        looked -> {
          isLooking = true;
          if (timer != null) {
            vertx.cancelTimer(timer);
          }
          forgetFiles(fresh);
          options = fresh;
          Future<Void> begun = begin();
          look =
              begun.onComplete(
                  done -> {
                    isLooking = false;
                    if (done.failed()) {
                      complain("files", String.valueOf(done.cause().getMessage()));
                      timer = vertx.setPeriodic(options.refresh().toMillis(), id -> lookAgain());
                    }
                  });
          return begun;
        });
  }

  /** What was read from places that are no longer spoken of is nobody's key any more. */
  private void forgetFiles(AuthOptions fresh) {
    contents.clear();
    if (fresh.keysFile().isEmpty()) {
      fileKeys = List.of();
    }
    if (fresh.jwt().publicKey().isEmpty()) {
      pemKeys = JwtKeys.NONE;
    }
    if (!fresh.jwt().jwksUrl().equals(options.jwt().jwksUrl()) || fresh.jwt().jwksFile().isEmpty()) {
      jwksKeys = JwtKeys.NONE;
    }
  }

  private Future<Void> readFiles() {
    var readings = new ArrayList<Future<Void>>();
    options.keysFile().ifPresent(
        file -> readings.add(read("auth.keysFile", file, ApiKeyReader::file).onSuccess(
            keys -> keys.ifPresent(found -> fileKeys = found)).mapEmpty()));
    options.jwt().publicKey().ifPresent(
        file -> readings.add(read("auth.jwtPublicKey", file, JwtKeys::ofPem).onSuccess(
            keys -> keys.ifPresent(found -> pemKeys = found)).mapEmpty()));
    options.jwt().jwksFile().ifPresent(
        file -> readings.add(read("auth.jwks", file, JwtKeys::ofJwks).onSuccess(
            keys -> keys.ifPresent(found -> jwksKeys = found)).mapEmpty()));
    return Future.join(readings).mapEmpty();
  }

  /** What {@code file} holds, if that is something else than before. Fails with a sentence that begins with the key. */
  private <T> Future<Optional<T>> read(String key, Path file, BiFunction<String, byte[], T> reader) {
    String source = source(key, file);
    return vertx
        .fileSystem()
        .props(file.toString())
        .compose(
            props ->
                props.isRegularFile() && props.size() <= FILE_BYTES_MAX
                    ? vertx.fileSystem().readFile(file.toString())
                    : Future.failedFuture(new IOException("no file of at most " + FILE_BYTES_MAX + " bytes")))
        .recover(failure -> Future.failedFuture(refused(source + " cannot be read: " + failure.getMessage())))
        .map(
            content -> {
              if (content.equals(contents.get(key))) {
                return Optional.empty();
              }
              T read = reader.apply(source, content.getBytes());
              contents.put(key, content);
              return Optional.of(read);
            });
  }

  private Future<Void> fetch() {
    JwksClient client = jwksClient;
    if (client == null) {
      return Future.succeededFuture();
    }
    fetchedNanos = nanoTime.getAsLong();
    return client
        .fetch()
        .map(
            body -> {
              jwksKeys = JwtKeys.ofJwks("auth.jwks", body.getBytes());
              settled("auth.jwks");
              return (Void) null;
            })
        .onFailure(failure -> complain("auth.jwks", String.valueOf(failure.getMessage())));
  }

  private void lookAgain() {
    if (isLooking) {
      return; // a slow disk or network: the next look sees as much
    }
    isLooking = true;
    look = readFiles()
        .onSuccess(read -> settled("files"))
        .onFailure(failure -> complain("files", String.valueOf(failure.getMessage())))
        .eventually(() -> isFetchDue() ? fetch() : Future.succeededFuture())
        .onComplete(
            looked -> {
              isLooking = false;
              try {
                handOver();
                settled("keys");
              } catch (InvalidConfigException e) {
                complain("keys", String.valueOf(e.getMessage()));
              }
            });
  }

  private boolean isFetchDue() {
    long since = nanoTime.getAsLong() - fetchedNanos;
    return since >= options.jwt().jwksRefresh().toNanos()
        || (since >= FETCH_PAUSE_NANOS && (rights.takeWantsFreshKeys() || jwksKeys.isEmpty()));
  }

  private void handOver() {
    var apiKeys = new ArrayList<>(options.keys());
    apiKeys.addAll(fileKeys);
    JwtKeys secret = options.jwt().secret().map(JwtKeys::ofSecret).orElse(JwtKeys.NONE);
    rights.replace(options, Keyring.of(apiKeys, secret.and(pemKeys).and(jwksKeys)));
  }

  /** Once for each thing that goes wrong, however often it is looked at. */
  private void complain(String about, String message) {
    if (!message.equals(complaints.put(about, message))) {
      LOG.log(Level.WARNING, "the keys stay as they are: {0}", message.replaceAll("\\p{Cntrl}+", " "));
    }
  }

  private void settled(String about) {
    if (complaints.remove(about) != null) {
      LOG.log(Level.INFO, "keys can be read again ({0})", about);
    }
  }

  /** How messages name a file of keys. */
  static String source(String key, Path file) {
    return key + ": " + file.getFileName();
  }

  private static InvalidConfigException refused(String sentence) {
    return new InvalidConfigException(List.of(sentence));
  }
}
