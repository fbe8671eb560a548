package carillon.http;

import carillon.config.IpAddress;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.handler.codec.http2.Http2ConnectionHandler;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Watches one connection: whether a head of a request is on its way, and since when. Stands behind the decoder, before
 * whatever handles requests. Confined to the event loop of its connection.
 */
final class HeadWatch extends ChannelDuplexHandler {

  /*
   * Behind the decoder one sees what has been decoded, and when a read is over. A read that brought nothing decoded has
   * brought a part of something: of a head, when the last request is complete.
   *
   *                   ┌── read without a message ──┐
   *   connected ──▶ AWAITED ◀──────────────────────┴─── BETWEEN ◀── last content ── IN_BODY
   *                   └────────────────── request ────────────────────────────────────▲
   *
   * While AWAITED the time runs. A request that is being answered, such as a stream, may not be cut for stray bytes
   * behind it. HTTP/2 is not decoded here: there the first stream that is opened is the first head.
   */
  private enum State {
    AWAITED,
    IN_BODY,
    BETWEEN
  }

  private final HeadWatches watches;
  private final @Nullable IpAddress peer;
  private @Nullable ChannelHandlerContext context;
  private State state = State.AWAITED;
  private boolean hasRead;
  private boolean isAnswering;
  private boolean hasLeft;

  /** When the head of this watch became awaited, by the clock of {@link HeadWatches}. */
  long sinceNanos;

  /** @param peer whom the connection is counted as */
  HeadWatch(HeadWatches watches, @Nullable IpAddress peer) {
    this.watches = watches;
    this.peer = peer;
  }

  @Nullable IpAddress peer() {
    return peer;
  }

  @Override
  public void handlerAdded(ChannelHandlerContext ctx) {
    context = ctx;
    watches.awaited(this);
  }

  @Override
  public void handlerRemoved(ChannelHandlerContext ctx) {
    leave();
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    leave();
    ctx.fireChannelInactive();
  }

  private void leave() {
    if (!hasLeft) {
      hasLeft = true;
      watches.left(this);
    }
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    hasRead = true;
    if (message instanceof HttpRequest request) {
      isAnswering |= request.method().equals(HttpMethod.GET);
      complete(State.IN_BODY);
    }
    if (message instanceof LastHttpContent && state == State.IN_BODY) {
      state = State.BETWEEN;
    }
    ctx.fireChannelRead(message);
  }

  @Override
  public void channelReadComplete(ChannelHandlerContext ctx) {
    if (!hasRead && state == State.BETWEEN && !hasLeft) {
      state = State.AWAITED;
      watches.awaited(this);
    }
    hasRead = false;
    ctx.fireChannelReadComplete();
  }

  @Override
  public void write(ChannelHandlerContext ctx, Object message, ChannelPromise promise) {
    if (isAnswering && message instanceof LastHttpContent) {
      isAnswering = false;
    }
    var unused = ctx.write(message, promise);
  }

  private void complete(State next) {
    if (state == State.AWAITED) {
      watches.complete(this);
    }
    state = next;
  }

  /** The time is over: closes the connection, or answers false if it is not the client's fault. */
  boolean cut() {
    ChannelHandlerContext ctx = Objects.requireNonNull(context);
    Http2ConnectionHandler http2 = ctx.pipeline().get(Http2ConnectionHandler.class);
    if (http2 != null && http2.connection().remote().lastStreamCreated() > 0) {
      complete(State.BETWEEN);
      return true;
    }
    if (isAnswering || !ctx.channel().config().isAutoRead()) {
      return false;
    }
    leave(); // not when the closing comes to be known: whoever comes instead is counted now
    var unused = ctx.channel().close();
    return true;
  }
}
