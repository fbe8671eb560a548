package carillon;

import carillon.ops.Unsaid;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.VertxBuilder;
import io.vertx.core.VertxOptions;
import io.vertx.core.spi.VertxMetricsFactory;
import io.vertx.core.spi.VertxTracerFactory;
import io.vertx.core.spi.cluster.ClusterManager;
import io.vertx.core.transport.Transport;
import java.util.Set;
import java.util.function.Consumer;

/**
 * Makes Vert.x as another builder does, and hands over what keeps it from joining a cluster. Vert.x by itself would log
 * that twice, both times with its trace. Confined to the thread that starts the process.
 */
final class JoiningBuilder implements VertxBuilder {

  private static final String LOGGER = "io.vertx.core.impl.VertxImpl";

  /** What it logs then: that it has not joined, and that it cannot leave. */
  private static final Set<String> NOT_JOINED =
      Set.of("Failed to initialize clustered Vert.x", "Failed to leave cluster");

  private final VertxBuilder builder;
  private final Consumer<Throwable> onFailure;

  /** @param onFailure called on any thread, at most once; whoever waits for Vert.x hears of it only afterwards */
  JoiningBuilder(VertxBuilder builder, Consumer<Throwable> onFailure) {
    this.builder = builder;
    this.onFailure = onFailure;
  }

  @Override
  public VertxBuilder with(VertxOptions options) {
    builder.with(options);
    return this;
  }

  @Override
  public VertxBuilder withMetrics(VertxMetricsFactory factory) {
    builder.withMetrics(factory);
    return this;
  }

  @Override
  public VertxBuilder withTracer(VertxTracerFactory factory) {
    builder.withTracer(factory);
    return this;
  }

  @Override
  public VertxBuilder withTransport(Transport transport) {
    builder.withTransport(transport);
    return this;
  }

  @Override
  public VertxBuilder withClusterManager(ClusterManager clusterManager) {
    builder.withClusterManager(clusterManager);
    return this;
  }

  @Override
  public Vertx build() {
    return builder.build();
  }

  @Override
  public Future<Vertx> buildClustered() {
    Unsaid unsaid = Unsaid.begin(LOGGER, NOT_JOINED);
    return builder.buildClustered().onSuccess(joined -> unsaid.end()).onFailure(onFailure::accept);
  }
}
