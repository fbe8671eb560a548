package carillon.http;

import java.net.URI;
import java.net.URISyntaxException;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Whether a request that its browser gave a cookie was made by a page of ours: otherwise any page could publish in the
 * name of whoever looks at it. Immutable, any event loop.
 *
 * <pre>
 *   Sec-Fetch-Site: same-origin, none           ours
 *   Origin of the configured ones               ours
 *   no Sec-Fetch-Site, Origin is our own host   ours: a browser from before 2023
 *   anything else, nothing included             not ours
 * </pre>
 *
 * <p>A page of the same site but another origin is somebody else: a subdomain may be anybody's.
 */
final class SameSite {

  private final Set<String> origins;

  /** @param corsOrigins as configured; {@code *} means pages without credentials, so it helps nobody here */
  SameSite(List<String> corsOrigins) {
    this.origins = corsOrigins.stream().filter(origin -> !origin.equals("*")).collect(Collectors.toUnmodifiableSet());
  }

  /**
   * Decides.
   *
   * @param site the header {@code Sec-Fetch-Site}
   * @param origin the header {@code Origin}
   * @param authority the host the request was sent to, with its port if it said one
   */
  boolean isOurs(@Nullable String site, @Nullable String origin, @Nullable String authority) {
    if (origin != null && origins.contains(origin)) {
      return true;
    }
    if (site != null) {
      return site.equals("same-origin") || site.equals("none");
    }
    return origin != null && authority != null && isAt(origin, authority.toLowerCase(Locale.ROOT));
  }

  private static boolean isAt(String origin, String authority) {
    try {
      URI uri = new URI(origin);
      String host = uri.getRawAuthority();
      String scheme = uri.getScheme();
      if (host == null || scheme == null) {
        return false;
      }
      String port = scheme.equals("https") ? ":443" : ":80";
      return withoutPort(host, port).equals(withoutPort(authority, port));
    } catch (URISyntaxException e) {
      return false;
    }
  }

  private static String withoutPort(String authority, String port) {
    return authority.endsWith(port) ? authority.substring(0, authority.length() - port.length()) : authority;
  }
}
