package carillon.http;

import carillon.auth.Principal;
import carillon.config.IpAddress;
import carillon.config.LimitOptions;
import io.vertx.core.http.HttpServerRequest;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Says who pays for a publish, and refuses it if they have published too fast. Any thread; one for all HTTP verticles
 * of a node.
 *
 * <p>Who is known by a token pays as themselves, wherever they are; everybody else as their address. Who is neither
 * known nor anywhere but on this machine does not pay: an unconfigured hub on a laptop has no strangers to keep apart.
 */
final class Toll {

  /** The payer of those who need not pay. */
  static final @Nullable Object NOBODY = null;

  /** Most payers remembered, at some 150 bytes each. */
  private static final int PAYERS_MAX = 65_536;

  private final @Nullable PublishRate rate;
  private final ClientAddress addresses;
  private final LimitOptions options;

  /** @param nanoTime a clock that only goes forward */
  Toll(LimitOptions options, LongSupplier nanoTime) {
    this.options = options;
    this.addresses = new ClientAddress(options);
    this.rate =
        options.publishRate() == 0
            ? null
            : new PublishRate(options.publishRate(), options.publishBurst(), PAYERS_MAX, nanoTime);
  }

  /** Who pays for what {@code request} publishes; {@link #NOBODY}. */
  @Nullable Object payer(HttpServerRequest request, Principal who) {
    if (rate == null) {
      return NOBODY;
    }
    return who.isAnonymous() ? payer(addresses.of(request)) : Limits.nameOf(who);
  }

  private static @Nullable Object payer(IpAddress client) {
    return client.isLoopback() ? NOBODY : client.counted();
  }

  /** Whether who publishes over a connection from {@code peer} is the same for each request that shows no token. */
  boolean isOnePayer(IpAddress peer) {
    return rate == null || !options.isProxy(peer);
  }

  /** Who pays for what is published over such a connection without a token. */
  @Nullable Object payerOf(IpAddress peer) {
    return rate == null ? NOBODY : payer(peer);
  }

  /** Whether {@code payer} can pay for one event; then it has. */
  boolean isPaid(@Nullable Object payer) {
    return payer == null || rate == null || rate.take(payer, 1) == 0;
  }

  /** Gives back one event. */
  void giveBack(@Nullable Object payer) {
    if (payer != null && rate != null) {
      rate.giveBack(payer, 1);
    }
  }

  /**
   * Has {@code payer} pay for {@code events}, all of them or none.
   *
   * @throws RefusedException if they have not been quiet for long enough
   */
  void pay(@Nullable Object payer, int events) {
    if (payer != null && rate != null) {
      require(rate.take(payer, events));
    }
  }

  /** @throws RefusedException if {@code payer} could not pay for anything */
  void requireCredit(@Nullable Object payer) {
    if (payer != null && rate != null) {
      require(rate.wait(payer));
    }
  }

  private static void require(long waitNanos) {
    if (waitNanos > 0) {
      long second = TimeUnit.SECONDS.toNanos(1);
      throw new RefusedException(
          Problem.of(ProblemCode.TOO_FAST, "You publish faster than you may. Nothing was stored; try again.")
              .with("retry-after", Long.toString((waitNanos + second - 1) / second)));
    }
  }
}
