package carillon.fault;

import carillon.HubVerticle;
import carillon.bus.Addresses;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.eventbus.DeliveryContext;
import java.net.URI;
import java.nio.file.Path;
import java.util.Random;

/**
 * A hub whose event bus loses a third of what other nodes send it, brings another part late, and so out of order. The
 * hub itself is the one that everybody runs: it is Vert.x that lets a verticle beside it come between bus and consumer.
 */
public final class LossyHub extends VerticleBase {

  /** What it prints each time it has lost a hundred more. */
  static final String LOST_HUNDRED = "the bus has lost a hundred";

  private static final int LATE_MAX_MS = 300;

  private final Random random = new Random();
  private int lost;

  /** Where a hub of its own process finds this class. */
  static String classPath() {
    return Path.of(URI.create(LossyHub.class.getProtectionDomain().getCodeSource().getLocation().toString())).toString();
  }

  @Override
  public Future<?> start() {
    long seed = random.nextLong();
    random.setSeed(seed);
    System.out.println("the bus loses a third, seed " + seed);
    vertx.eventBus().addInboundInterceptor(this::pass);
    return vertx.deployVerticle(new HubVerticle(), new DeploymentOptions().setConfig(config()));
  }

  private void pass(DeliveryContext<Object> delivery) {
    String address = delivery.message().address();
    boolean isForAll = address.equals(Addresses.CLUSTER_COMMITTED);
    int chance = isForAll ? random.nextInt(6) : 5;
    if (chance < 2) {
      lost++;
      if (lost % 100 == 0) {
        System.out.println(LOST_HUNDRED + " of what others send");
      }
      return;
    }
    if (chance == 2) {
      vertx.setTimer(1 + random.nextInt(LATE_MAX_MS), late -> delivery.next());
    } else {
      delivery.next();
    }
  }
}
