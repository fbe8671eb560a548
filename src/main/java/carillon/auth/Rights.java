package carillon.auth;

import carillon.config.ApiKeyOptions;
import carillon.config.AuthOptions;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * What a node knows about who may do what. Any thread: options and keyring are immutable and replaced as a whole by
 * {@link RightsVerticle}; whoever reads them sees the old ones or the new ones.
 */
public final class Rights {

  private final List<Runnable> listeners = new CopyOnWriteArrayList<>(); // one for each event loop
  private final AtomicBoolean wantsFreshKeys = new AtomicBoolean();
  private volatile State state;

  /** What is replaced together. */
  private record State(AuthOptions options, Principal anonymous, Keyring keyring) {}

  /** Nobody is known yet. */
  public Rights(AuthOptions options) {
    this.state = new State(options, Principal.anonymous(options.anonymous()), Keyring.EMPTY);
  }

  /** What was configured. */
  public AuthOptions options() {
    return state.options();
  }

  /** Whoever shows nothing. */
  public Principal anonymous() {
    return state.anonymous();
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
   * Who somebody is by now who was let in: with an API key, perhaps with other grants, and nobody once the key is gone.
   * Who came with a token is who they were until it ends, and may do besides what everybody may now.
   */
  public Optional<Principal> current(Principal principal) {
    State now = state;
    KeyDigest key = principal.key();
    return key == null
        ? Optional.of(principal.amongst(now.options().anonymous()))
        : now.keyring().apiKey(key).map(found -> principal(key, found));
  }

  Keyring keyring() {
    return state.keyring();
  }

  /** Whose key this is, if it is somebody's at {@code now}. */
  Optional<Principal> holder(KeyDigest key, Keyring ring, Instant now) {
    return ring.apiKey(key)
        .filter(found -> found.expires() == null || now.isBefore(found.expires()))
        .map(found -> principal(key, found));
  }

  private Principal principal(KeyDigest key, ApiKeyOptions found) {
    return new Principal(found.name(), found.grants(), state.options().anonymous(), found.expires(), key);
  }

  /** Called on one thread only. */
  void replace(AuthOptions options, Keyring fresh) {
    State before = state;
    boolean isSameRing = fresh.equals(before.keyring()) && options.jwt().equals(before.options().jwt());
    if (!isSameRing || !options.equals(before.options())) {
      // The same ring stays the same object: what porters remember by it is still good.
      state = new State(options, Principal.anonymous(options.anonymous()), isSameRing ? before.keyring() : fresh);
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
