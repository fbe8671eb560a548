package carillon.http;

import carillon.auth.Porter;
import carillon.auth.Principal;
import carillon.auth.Rights;
import carillon.config.AuthOptions;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Lets requests in: says who sent one, or refuses it. Confined to one event loop.
 *
 * <pre>
 *   no token                            anonymous: may do what everybody may; otherwise 401
 *   a good token                        somebody: may do what they were granted, and what everybody may; otherwise 403
 *   any other token                     401, whatever is wrong with it
 *   two that differ                     400
 *   publishing by a cookie, cross-site  403
 * </pre>
 *
 * <p>Each refusal has one text, the same for every topic, whether there is anything under it or not.
 */
final class Gate {

  private static final CharSequence SEC_FETCH_SITE = HttpHeaders.createOptimized("sec-fetch-site");
  private static final String CHALLENGE = "Bearer realm=\"carillon\"";

  private static final Problem NO_TOKEN =
      Problem.of(ProblemCode.UNAUTHORIZED, "This needs a token.").with("www-authenticate", CHALLENGE);
  private static final Problem BAD_TOKEN =
      Problem.of(ProblemCode.UNAUTHORIZED, "The token is not good.")
          .with("www-authenticate", CHALLENGE + ", error=\"invalid_token\"");
  private static final Problem NOT_GRANTED =
      Problem.of(ProblemCode.FORBIDDEN, "The token does not grant this.");
  private static final Problem CROSS_SITE =
      Problem.of(
          ProblemCode.CROSS_SITE,
          "A page of another origin may not publish by a cookie; it can send the token in Authorization.");

  private final Rights rights;
  private final Porter porter;
  private SameSite sameSite;
  private final InstantSource clock;
  private final Consumer<Principal> identified;
  private @Nullable AuthOptions known;
  private ShownToken.Places places = new ShownToken.Places(false, Optional.empty(), false);

  /**
   * @param porter of the same event loop
   * @param corsOrigins the origins whose pages are trusted with credentials
   * @param clock the wall clock
   */
  Gate(Rights rights, Porter porter, List<String> corsOrigins, InstantSource clock) {
    this(rights, porter, corsOrigins, clock, who -> {});
  }

  /**
   * The same, with somebody who wants to know.
   *
   * @param identified is told who sent a request, on the stack of whoever asks
   */
  Gate(
      Rights rights,
      Porter porter,
      List<String> corsOrigins,
      InstantSource clock,
      Consumer<Principal> identified) {
    this.identified = identified;
    this.rights = rights;
    this.porter = porter;
    this.sameSite = new SameSite(corsOrigins);
    this.clock = clock;
  }

  /** From now on pages of other origins are trusted. */
  void change(List<String> corsOrigins) {
    sameSite = new SameSite(corsOrigins);
  }

  /** Where tokens may be; worked out once for options, which may be replaced by others. */
  @SuppressWarnings("ReferenceEquality") // each change makes new ones
  private ShownToken.Places places() {
    AuthOptions options = rights.options();
    if (options != known) {
      boolean isKnown = options.knowsSomebody();
      places =
          new ShownToken.Places(
              isKnown, isKnown ? options.cookie() : Optional.empty(), isKnown && options.queryToken());
      known = options;
    }
    return places;
  }

  /** @throws RefusedException unless who sent {@code request} is somebody, or showed nothing at all */
  Principal subscriber(HttpServerRequest request) {
    return identify(shown(request));
  }

  /** @throws RefusedException as {@link #subscriber}, and if there is nothing that who sent it may publish */
  Principal publisher(HttpServerRequest request) {
    Optional<ShownToken> shown = shown(request);
    Principal principal = identify(shown);
    if (shown.isPresent() && shown.get().isByCookieAlone() && !isOurs(request)) {
      throw new RefusedException(CROSS_SITE);
    }
    require(principal.mayPublishAnything(), principal);
    return principal;
  }

  /** @throws RefusedException unless {@code isGranted} */
  void require(boolean isGranted, Principal principal) {
    if (!isGranted) {
      throw new RefusedException(refusal(principal));
    }
  }

  /** What somebody is told who may not do what they want. */
  Problem refusal(Principal principal) {
    return principal.isAnonymous() ? NO_TOKEN : NOT_GRANTED;
  }

  /**
   * Who somebody is by now who was let in before.
   *
   * @throws RefusedException if what they showed has ended since or was taken back
   */
  Principal still(Principal principal) {
    Instant end = principal.end();
    if (end != null && !clock.instant().isBefore(end)) {
      throw new RefusedException(BAD_TOKEN);
    }
    return rights.current(principal).orElseThrow(() -> new RefusedException(BAD_TOKEN));
  }

  private Optional<ShownToken> shown(HttpServerRequest request) {
    return ShownToken.find(
        places(),
        request.headers().getAll(HttpHeaders.AUTHORIZATION),
        request.headers().getAll(HttpHeaders.COOKIE),
        request.query());
  }

  private Principal identify(Optional<ShownToken> shown) {
    if (shown.isEmpty()) {
      return rights.anonymous();
    }
    Principal who = porter.identify(shown.get().text()).orElseThrow(() -> new RefusedException(BAD_TOKEN));
    identified.accept(who);
    return who;
  }

  private boolean isOurs(HttpServerRequest request) {
    var authority = request.authority();
    return sameSite.isOurs(
        request.getHeader(SEC_FETCH_SITE),
        request.getHeader(HttpHeaders.ORIGIN),
        authority == null ? null : authority.toString());
  }
}
