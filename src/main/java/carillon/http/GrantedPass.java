package carillon.http;

import carillon.auth.Principal;
import carillon.auth.Rights;
import carillon.event.Selectors;
import carillon.event.Sight;
import carillon.subscribe.Pass;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** What a stream has to know of the rights of somebody who is known. Immutable, any event loop. */
final class GrantedPass implements Pass {

  private final Rights rights;
  private final Principal principal;
  private final Sight sight;

  private GrantedPass(Rights rights, Principal principal, Selectors asked) {
    this.rights = rights;
    this.principal = principal;
    this.sight = principal.sight(asked);
  }

  /** The pass of {@code principal}, who may subscribe to all of {@code asked}. */
  static Pass of(Rights rights, Principal principal, Selectors asked) {
    return principal.isAnonymous() ? Pass.PUBLIC : new GrantedPass(rights, principal, asked);
  }

  @Override
  public Sight sight() {
    return sight;
  }

  @Override
  public @Nullable Instant end() {
    return principal.end();
  }

  /** With other grants a stream holds on to nothing: its client comes back and is weighed anew. */
  @Override
  public boolean holds() {
    return rights.current(principal).filter(principal::equals).isPresent();
  }
}
