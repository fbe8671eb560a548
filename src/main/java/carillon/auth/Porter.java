package carillon.auth;

import io.vertx.core.Vertx;
import java.lang.System.Logger.Level;
import java.time.Instant;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Says who it is that shows a token. Confined to one event loop. */
public final class Porter {

  /*
   * An API key costs one hash and one look. A JSON Web Token costs a signature, a tenth of a millisecond and more, and
   * the same one is shown with every request of a publisher; so those that were good are remembered, by their hash,
   * until they end or the keys change. Bad ones are not: an attacker could make any number of them.
   */
  private static final int REMEMBERED_MAX = 1_024;

  /** A longer one is not looked at. */
  static final int TOKEN_LENGTH_MAX = 8_192;

  private static final System.Logger LOG = System.getLogger(Porter.class.getName());

  private final Vertx vertx;
  private final Rights rights;
  private final InstantSource clock;

  private final Map<KeyDigest, Principal> remembered =
      new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<KeyDigest, Principal> eldest) {
          return size() > REMEMBERED_MAX;
        }
      };
  private @Nullable Keyring known;
  private @Nullable JwtVerifier verifier;

  /** @param clock the wall clock, which tokens end by */
  public Porter(Vertx vertx, Rights rights, InstantSource clock) {
    this.vertx = vertx;
    this.rights = rights;
    this.clock = clock;
  }

  /** Whose token this is; empty for a bad one, whatever is wrong with it. */
  public Optional<Principal> identify(String token) {
    if (token.isEmpty() || token.length() > TOKEN_LENGTH_MAX) {
      return Optional.empty();
    }
    Keyring keyring = rights.keyring();
    if (isAnother(keyring)) {
      known = keyring;
      remembered.clear();
      verifier = keyring.jwtKeys().isEmpty() ? null : new JwtVerifier(vertx, keyring.jwtKeys());
    }
    KeyDigest digest = KeyDigest.of(token);
    Instant now = clock.instant();
    Optional<Principal> holder = rights.holder(digest, keyring, now);
    return holder.isPresent() ? holder : bearer(token, digest, now);
  }

  private Optional<Principal> bearer(String token, KeyDigest digest, Instant now) {
    Principal before = remembered.get(digest);
    if (before != null && before.end() != null && now.isBefore(before.end())) {
      return rights.current(before);
    }
    remembered.remove(digest);
    try {
      Principal principal = judge(token, now);
      remembered.put(digest, principal);
      return Optional.of(principal);
    } catch (BadTokenException e) {
      LOG.log(Level.DEBUG, "a token is refused: {0}", e.getMessage());
      return Optional.empty();
    }
  }

  private Principal judge(String token, Instant now) throws BadTokenException {
    JwtVerifier checking = verifier;
    if (checking == null) {
      throw new BadTokenException("no such key");
    }
    TokenText text = TokenText.parse(token);
    if (!checking.mayKnow(text)) {
      rights.wantFreshKeys();
      throw new BadTokenException("no key of this id and algorithm");
    }
    checking.verify(token);
    JwtRules.Standing standing = new JwtRules(rights.options().jwt()).judge(text.claims(), now);
    return new Principal(
        standing.name(), standing.grants(), rights.options().anonymous(), standing.end(), null);
  }

  /** Each change makes a new one, so it is enough to look which one it is. */
  @SuppressWarnings("ReferenceEquality")
  private boolean isAnother(Keyring keyring) {
    return keyring != known;
  }
}
