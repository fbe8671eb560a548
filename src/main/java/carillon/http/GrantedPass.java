package carillon.http;

import carillon.auth.Principal;
import carillon.auth.Rights;
import carillon.event.Selectors;
import carillon.event.Sight;
import carillon.subscribe.Pass;
import java.time.Instant;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** What a stream has to know of the rights of whoever opened it. Immutable, any event loop. */
final class GrantedPass implements Pass {

  private final Rights rights;
  private final Principal principal;
  private final Selectors asked;
  private final Sight sight;

  private GrantedPass(Rights rights, Principal principal, Selectors asked) {
    this.rights = rights;
    this.principal = principal;
    this.asked = asked;
    this.sight = principal.sight(asked);
  }

  /** The pass of {@code principal}, who may subscribe to all of {@code asked}. */
  static Pass of(Rights rights, Principal principal, Selectors asked) {
    return new GrantedPass(rights, principal, asked);
  }

  @Override
  public Sight sight() {
    return sight;
  }

  @Override
  public @Nullable Instant end() {
    return principal.end();
  }

  /**
   * With other grants of its own a stream holds on to nothing: its client comes back and is weighed anew. What everybody
   * may do may change as long as the stream is still covered.
   */
  @Override
  public boolean holds() {
    return rights.current(principal).filter(this::isTheSame).filter(now -> now.maySubscribe(asked)).isPresent();
  }

  private boolean isTheSame(Principal now) {
    return now.own().equals(principal.own())
        && now.name().equals(principal.name())
        && Objects.equals(now.end(), principal.end());
  }
}
