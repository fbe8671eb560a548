package carillon.auth;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.ext.auth.JWTOptions;
import io.vertx.ext.auth.User;
import io.vertx.ext.auth.authentication.TokenCredentials;
import io.vertx.ext.auth.jwt.JWTAuth;
import io.vertx.ext.auth.jwt.JWTAuthOptions;

/**
 * Checks signatures, and nothing but signatures: claims are for {@link JwtRules}. Confined to one event loop.
 *
 * <p>Each key is bound to its algorithms when it is read ({@link JwtKeys}), and a token is checked with the keys of the
 * algorithm it names: a public key can never serve as a secret. Without any key the library would take unsigned tokens,
 * so there is no verifier then.
 */
final class JwtVerifier {

  private final JwtKeys keys;
  private final JWTAuth library;

  /** @param keys at least one */
  JwtVerifier(Vertx vertx, JwtKeys keys) {
    if (keys.isEmpty()) {
      throw new IllegalArgumentException("keys: expected at least one");
    }
    this.keys = keys;
    this.library =
        JWTAuth.create(
            vertx,
            new JWTAuthOptions()
                .setJWTOptions(new JWTOptions().setIgnoreExpiration(true))
                .setPubSecKeys(keys.pubSecKeys())
                .setJwks(keys.jwks()));
  }

  /** Whether there is a key that {@code token} can be signed with. */
  boolean mayKnow(TokenText token) {
    return keys.mayKnow(token.algorithm(), token.keyId());
  }

  /** @throws BadTokenException unless the signature is good */
  void verify(String token) throws BadTokenException {
    Future<User> checked;
    try {
      checked = library.authenticate(new TokenCredentials(token));
    } catch (RuntimeException e) { // claims of an unexpected type, for one: the library looks at some of them
      throw new BadTokenException("the library cannot read it");
    }
    if (!checked.succeeded()) { // the library answers at once; if it ever does not, this is the safe side
      throw new BadTokenException("the signature is not good");
    }
  }
}
