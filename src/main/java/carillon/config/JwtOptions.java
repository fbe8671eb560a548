package carillon.config;

import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * How JSON Web Tokens are judged. Off while it has no key. Immutable.
 *
 * @param secret shared with the issuer, for HS256 and, if it is long enough, HS384 and HS512; at least 32 bytes
 * @param publicKey a file with one public key or certificate in PEM
 * @param jwksFile a file with a JWK set
 * @param jwksUrl where a JWK set is fetched
 * @param jwksRefresh how often it is fetched
 * @param issuer the one issuer whose tokens are taken
 * @param audience a token has to be meant for one of these; empty: for anybody
 * @param leeway how far the clocks of issuer and hub may be apart
 * @param claim holds the grants
 */
public record JwtOptions(
    Optional<String> secret,
    Optional<Path> publicKey,
    Optional<Path> jwksFile,
    Optional<URI> jwksUrl,
    Duration jwksRefresh,
    Optional<String> issuer,
    List<String> audience,
    Duration leeway,
    String claim) {

  /** Copies the list. */
  public JwtOptions {
    audience = List.copyOf(audience);
  }

  /** Whether there is a key that tokens can be signed with. */
  public boolean isOn() {
    return secret.isPresent() || publicKey.isPresent() || jwksFile.isPresent() || jwksUrl.isPresent();
  }

  /** All but the secret. */
  @Override
  public String toString() {
    return "JwtOptions[secret=" + (secret.isPresent() ? "(hidden)" : "none") + ", issuer=" + issuer + "]";
  }
}
