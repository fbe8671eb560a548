package carillon.http;

import io.netty.channel.Channel;
import io.vertx.core.Handler;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.impl.HttpServerImpl;
import io.vertx.core.internal.VertxInternal;
import io.vertx.core.internal.VertxWrapper;
import io.vertx.core.internal.net.NetSocketInternal;
import io.vertx.core.net.NetServerOptions;
import io.vertx.core.net.NetSocket;
import io.vertx.core.net.impl.NetServerImpl;
import io.vertx.core.net.impl.NetServerInternal;
import java.util.function.Predicate;

/** Makes servers that show each connection before anything is read from it. Any thread. */
final class Acceptor {

  /*
   * Vert.x tells of a connection when the head of its first request is complete, or the preface of HTTP/2. Those that
   * never get there are the ones that limits are for. The server below the one for HTTP has a handler for sockets, and
   * this is the way to stand in front of it: a Vert.x that makes that server, and is itself in everything else.
   */
  private Acceptor() {}

  /**
   * A server, not listening yet.
   *
   * @param accepted is shown the channel of each connection on its event loop (behind TLS when the handshake is done);
   *     false leaves it alone, and then it must have been closed
   */
  static HttpServer createServer(Vertx vertx, HttpServerOptions options, Predicate<Channel> accepted) {
    return new HttpServerImpl(new Showing((VertxInternal) vertx, accepted), options);
  }

  private static final class Showing extends VertxWrapper {

    private final Predicate<Channel> accepted;

    Showing(VertxInternal vertx, Predicate<Channel> accepted) {
      super(vertx);
      this.accepted = accepted;
    }

    @Override
    public NetServerInternal createNetServer(NetServerOptions options) {
      return new Sockets(delegate, options, accepted);
    }
  }

  private static final class Sockets extends NetServerImpl {

    private final Predicate<Channel> accepted;

    Sockets(VertxInternal vertx, NetServerOptions options, Predicate<Channel> accepted) {
      super(vertx, options);
      this.accepted = accepted;
    }

    @Override
    public synchronized NetServerInternal connectHandler(Handler<NetSocket> handler) {
      return super.connectHandler(
          socket -> {
            if (accepted.test(((NetSocketInternal) socket).channelHandlerContext().channel())) {
              handler.handle(socket);
            }
          });
    }
  }
}
