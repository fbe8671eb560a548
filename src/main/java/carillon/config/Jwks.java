package carillon.config;

import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.Optional;

/**
 * Where a JWK set is: a file, or a URL. Keys that came over a connection that others can write to would let them in, so
 * that has to be TLS, or stay on this machine. Any thread.
 */
final class Jwks {

  private Jwks() {}

  /** @throws IllegalArgumentException if {@code text} is neither */
  static String require(String text) {
    Optional<URI> url = url(text);
    if (url.isEmpty()) {
      if (text.isBlank() || text.contains("://")) {
        throw new IllegalArgumentException("no file");
      }
      return Path.of(text).toString();
    }
    String host = url.get().getHost();
    boolean isSafe =
        host != null && (url.get().getScheme().equals("https") || Hosts.isLoopback(host.replaceAll("[\\[\\]]", "")));
    if (!isSafe || url.get().getUserInfo() != null) {
      throw new IllegalArgumentException("no safe URL");
    }
    return text;
  }

  /** The URL that {@code text} is, if it is one. */
  static Optional<URI> url(String text) {
    try {
      return text.startsWith("https://") || text.startsWith("http://") ? Optional.of(new URI(text)) : Optional.empty();
    } catch (URISyntaxException e) {
      return Optional.empty();
    }
  }

  /** The file that {@code text} names, if it is no URL. */
  static Optional<Path> file(String text) {
    return url(text).isPresent() ? Optional.empty() : Optional.of(Path.of(text));
  }
}
