package carillon.config;

import carillon.event.Grants;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * Who is known to the hub and who may do what. Immutable.
 *
 * @param anonymous what those may do who show nothing; everybody else may do it too
 * @param keys the API keys of the configuration
 * @param keysFile a file with more of them, looked at again while the hub runs
 * @param refresh how often files with keys are looked at
 * @param jwt how JSON Web Tokens are judged
 * @param cookie name of the cookie that may hold the token, if one may
 * @param queryToken whether the parameter {@code access_token} may hold it
 * @param expiringNotice how long ahead of the end of its token a stream is told
 */
public record AuthOptions(
    Grants anonymous,
    List<ApiKeyOptions> keys,
    Optional<Path> keysFile,
    Duration refresh,
    JwtOptions jwt,
    Optional<String> cookie,
    boolean queryToken,
    Duration expiringNotice) {

  /** Copies the list. */
  public AuthOptions {
    keys = List.copyOf(keys);
  }

  /** Whether anybody can be known at all. */
  public boolean knowsSomebody() {
    return !keys.isEmpty() || keysFile.isPresent() || jwt.isOn();
  }
}
