package carillon.http;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPipeline;
import io.netty.handler.codec.http.HttpContentEncoder;
import io.netty.handler.codec.http.HttpResponseEncoder;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.impl.Http1xServerConnection;
import org.jspecify.annotations.Nullable;

/** Finds the way below the HTTP encoder of a connection. The one class that knows the inside of Vert.x. Any thread. */
final class BelowEncoder {

  /*
   * Vert.x has no public way to the channel of a connection. This is the narrowest of the others: one accessor of one
   * class, everything beyond it is Netty. What is not as expected (another class, as for HTTP/2; a pipeline that
   * changes bodies on their way; a class or method that a newer Vert.x no longer has) means that there is no way, and
   * streams are written over the public API. OutletTest fails when that happens with the Vert.x of this build.
   */
  private BelowEncoder() {}

  /**
   * What is written through the context passes the encoder by. {@code null} when there is no way.
   *
   * @param connection whose event loop calls
   */
  static @Nullable ChannelHandlerContext of(HttpConnection connection) {
    try {
      return find(connection);
    } catch (LinkageError e) {
      return null; // another Vert.x than the one this was written for
    }
  }

  private static @Nullable ChannelHandlerContext find(HttpConnection connection) {
    if (!(connection instanceof Http1xServerConnection http1)) {
      return null;
    }
    ChannelPipeline pipeline = http1.channel().pipeline();
    return pipeline.get(HttpContentEncoder.class) == null ? pipeline.context(HttpResponseEncoder.class) : null;
  }
}
