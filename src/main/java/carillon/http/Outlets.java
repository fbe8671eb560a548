package carillon.http;

import carillon.config.HubOptions;
import carillon.subscribe.Outlet;
import io.netty.channel.ChannelHandlerContext;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpVersion;
import java.time.Duration;

/** Chooses how a stream is written. Immutable; called on the event loop of the connection. */
final class Outlets {

  private final boolean direct;
  private final Duration idleTimeout;

  /**
   * @param direct whether to write below the HTTP encoder where that is possible
   * @param idleTimeout of the server's connections
   */
  Outlets(boolean direct, Duration idleTimeout) {
    this.direct = direct;
    this.idleTimeout = idleTimeout;
  }

  static Outlets of(HubOptions options) {
    return new Outlets(options.subscribe().directOutlet(), options.http().idleTimeout());
  }

  /**
   * The outlet of a request whose response has its head prepared, not yet written. Below the encoder there are only
   * chunks: HTTP/1.0, whose body ends where the connection does, and HTTP/2 go through the API.
   */
  Outlet of(HttpServerRequest request) {
    if (direct && request.version() == HttpVersion.HTTP_1_1) {
      ChannelHandlerContext below = BelowEncoder.of(request.connection());
      if (below != null) {
        return new DirectOutlet(request, below, idleTimeout);
      }
    }
    return new ResponseOutlet(request);
  }
}
