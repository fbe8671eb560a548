package carillon.auth;

import carillon.config.ApiKeyOptions;
import carillon.config.AuthOptions;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * What a node knows about who may do what. Any thread: the keyring is immutable and replaced as a whole by
 * {@link RightsVerticle}; whoever reads it sees the old one or the new one.
 */
public final class Rights {

  private final AuthOptions options;
  private final Principal anonymous;
  private final List<Runnable> listeners = new CopyOnWriteArrayList<>(); // one for each event loop
  private final AtomicBoolean wantsFreshKeys = new AtomicBoolean();
  private volatile Keyring keyring = Keyring.EMPTY;

  /** Nobody is known yet. */
  public Rights(AuthOptions options) {
    this.options = options;
    this.anonymous = Principal.anonymous(options.anonymous());
  }

  /** What was configured. */
  public AuthOptions options() {
    return options;
  }

  /** Whoever shows nothing. */
  public Principal anonymous() {
    return anonymous;
  }

  /** Has {@code changed} called, on any thread, whenever keys have changed. */
  public void onChange(Runnable changed) {
    listeners.add(changed);
  }

  /** Takes back one {@link #onChange}. */
  public void offChange(Runnable changed) {
    listeners.remove(changed);
  }

  /**
   * Who somebody is by now who was let in with an API key: perhaps with other grants; nobody once the key is gone. Who
   * came with a token is who they were until it ends.
   */
  public Optional<Principal> current(Principal principal) {
    KeyDigest key = principal.key();
    return key == null ? Optional.of(principal) : keyring.apiKey(key).map(found -> principal(key, found));
  }

  Keyring keyring() {
    return keyring;
  }

  /** Whose key this is, if it is somebody's at {@code now}. */
  Optional<Principal> holder(KeyDigest key, Keyring ring, Instant now) {
    return ring.apiKey(key)
        .filter(found -> found.expires() == null || now.isBefore(found.expires()))
        .map(found -> principal(key, found));
  }

  private Principal principal(KeyDigest key, ApiKeyOptions found) {
    return new Principal(found.name(), found.grants(), options.anonymous(), found.expires(), key);
  }

  void replace(Keyring fresh) {
    if (!fresh.equals(keyring)) {
      keyring = fresh;
      listeners.forEach(Runnable::run);
    }
  }

  /** Somebody showed a token by a key that is not here; perhaps it is new. */
  void wantFreshKeys() {
    wantsFreshKeys.set(true);
  }

  /** Whether {@link #wantFreshKeys} was called since this was last asked. */
  boolean takeWantsFreshKeys() {
    return wantsFreshKeys.getAndSet(false);
  }
}
