package carillon.auth;

import carillon.config.ApiKeyOptions;
import carillon.config.InvalidConfigException;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** All keys that are good now. Immutable. */
final class Keyring {

  static final Keyring EMPTY = new Keyring(Map.of(), JwtKeys.NONE);

  private final Map<KeyDigest, ApiKeyOptions> apiKeys;
  private final JwtKeys jwtKeys;

  private Keyring(Map<KeyDigest, ApiKeyOptions> apiKeys, JwtKeys jwtKeys) {
    this.apiKeys = apiKeys;
    this.jwtKeys = jwtKeys;
  }

  /** @throws InvalidConfigException if a key or a name is there twice */
  static Keyring of(Collection<ApiKeyOptions> apiKeys, JwtKeys jwtKeys) {
    Map<KeyDigest, ApiKeyOptions> byDigest = new HashMap<>();
    Set<String> names = new HashSet<>();
    for (ApiKeyOptions key : apiKeys) {
      if (!names.add(key.name()) || byDigest.put(KeyDigest.ofHex(key.sha256()), key) != null) {
        throw new InvalidConfigException(
            List.of("auth.keysFile: the key or the name of " + key.name() + " is in auth.keys already"));
      }
    }
    return new Keyring(Map.copyOf(byDigest), jwtKeys);
  }

  Optional<ApiKeyOptions> apiKey(KeyDigest digest) {
    return Optional.ofNullable(apiKeys.get(digest));
  }

  JwtKeys jwtKeys() {
    return jwtKeys;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Keyring that && apiKeys.equals(that.apiKeys) && jwtKeys.equals(that.jwtKeys);
  }

  @Override
  public int hashCode() {
    return apiKeys.hashCode();
  }
}
