/**
 * Who may do what: turns a token into somebody, and somebody into grants.
 *
 * <pre>
 *   keys in the configuration ─┐
 *   keys file, PEM, JWK set ───┴▶ RightsVerticle ─▶ Rights (per node) ─▶ Porter (per loop) ─▶ http: Principal or nobody
 *                                 reads them again    the keyring          token ▲
 * </pre>
 *
 * <p><b>Invariants.</b> A token that is shown is either good or refused; nobody becomes anonymous by showing a bad one.
 * Why a token was refused is told to nobody: every refusal is the same. Keys are kept as SHA-256 only, and neither a
 * key nor a token nor a secret is ever logged. Grants are weighed once, when a request comes in; nothing here is on
 * the way of a delivery. What may be subscribed to must be covered by one grant as a whole: a wildcard never reaches
 * further than the grant.
 *
 * <p><b>What is trusted.</b> Requests on the event bus ({@code carillon.publish}) come from verticles of the hub's own
 * process or cluster; they are not asked who they are. Whoever can reach the ports of the cluster can do everything.
 *
 * <p><b>Threads.</b> {@link carillon.auth.RightsVerticle} on its event loop; {@link carillon.auth.Rights} is shared,
 * and one reference in it changes; a {@link carillon.auth.Porter} belongs to one event loop. Everything else is
 * immutable.
 *
 * <p><b>When things go wrong.</b> Keys that cannot be read keep the hub from starting, and other settings from being
 * taken over ({@link carillon.auth.KeyFiles}). Later, what cannot be read
 * leaves the last good ones in force and is logged once. A JWK set that cannot be fetched at the start is fetched again
 * and again; until then no token is good that needs it.
 *
 * <p>Read {@link carillon.auth.Porter} first, then {@code TokenText} and {@code JwtRules}. Sources: RFC 7515, 7517,
 * 7518, 7519, the advice of RFC 8725, and RFC 6750 for how tokens are shown.
 */
@NullMarked
package carillon.auth;

import org.jspecify.annotations.NullMarked;
