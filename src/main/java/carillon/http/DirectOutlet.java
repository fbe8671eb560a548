package carillon.http;

import carillon.sse.Chunks;
import carillon.subscribe.Outlet;
import carillon.tail.Answer;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.channel.ChannelPipeline;
import io.netty.channel.ChannelPromise;
import io.netty.channel.VoidChannelPromise;
import io.netty.handler.timeout.IdleStateHandler;
import io.vertx.core.AsyncResult;
import io.vertx.core.MultiMap;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/**
 * A stream's outlet into a chunked HTTP/1.1 response whose chunks pass the HTTP encoder by. Confined to the event loop
 * of the connection, whose server must be in strict thread mode.
 */
final class DirectOutlet implements Outlet {

  /*
   * The encoder makes three buffers of each chunk, a promise and a gathering write; and it does so for each client,
   * although ten thousand of them get the same bytes. Here a chunk is framed once and each client gets a counted
   * duplicate of it:
   *
   *     response.write(opening) ─▶ head, first chunks ─ through the encoder ─┐
   *                                    when all of it is on its way          ├─▶ [ TLS ] ─▶ socket
   *     write(answer) ──────────▶ the shared chunk ──── below the encoder ───┤
   *     response.end(last) ─────▶ last chunk, end ───── through the encoder ─┘
   *
   * Order: nothing goes below the encoder as long as anything may be held back above it, and the encoder has no memory
   * but that it is within a chunked body, which stays true. Everything else stays with Vert.x: closing, exceptions, the
   * requests that wait behind the stream, and "drained", because the channel tells it when it is writable again, whoever
   * filled it (in strict thread mode; else it would only look at a queue of its own).
   *
   * What Vert.x does above the encoder is not done for what passes below it. It does not see that the connection is in
   * use, so the handler that closes idle connections is taken out while the stream lives: heartbeats find out about
   * clients that are gone, and the stuck timeout about those that take nothing.
   */
  private static final String IDLE = "idle";

  private final HttpServerResponse response;
  private final ChannelHandlerContext below;
  private final ChannelPromise unheeded;
  private final Duration idleTimeout;
  private final MultiMap requestHeaders;

  // Everything below belongs to the event loop.
  private int underway;
  private boolean direct;
  private boolean unflushed;
  private boolean ended;

  /**
   * @param request whose response has its head prepared, not yet written
   * @param below writes below the encoder of its connection
   * @param idleTimeout for the connection when the stream has ended
   */
  DirectOutlet(HttpServerRequest request, ChannelHandlerContext below, Duration idleTimeout) {
    this.requestHeaders = request.headers();
    this.response = request.response().setChunked(true);
    this.below = below;
    this.idleTimeout = idleTimeout;
    // Whoever is to hear that the connection broke hears of it by its closing, not by each write.
    this.unheeded = new VoidChannelPromise(channel(), false);
  }

  @Override
  public void write(Buffer bytes) {
    if (ended || bytes.length() == 0) {
      return;
    }
    if (direct) {
      send(Chunks.frame(channel().alloc(), bytes));
    } else if (!response.closed()) {
      underway++;
      var unused = response.write(bytes).onComplete(this::written);
    }
  }

  @Override
  public void write(Answer answer) {
    if (direct && !ended) {
      send(answer.chunk(channel().alloc()).retainedDuplicate());
    } else {
      write(answer.bytes());
    }
  }

  private void send(ByteBuf chunk) {
    unflushed = true;
    var unused = below.write(chunk, unheeded); // releases it, also when the channel is closed
  }

  private void written(AsyncResult<Void> outcome) {
    underway--;
    if (underway == 0 && outcome.succeeded() && !direct && !ended) {
      direct = true;
      IdleStateHandler idle = pipeline().get(IdleStateHandler.class);
      if (idle != null) {
        pipeline().remove(idle);
      }
      // Nobody reads them again, and together they are the largest part of an idle connection.
      requestHeaders.clear();
      response.headers().clear();
    }
  }

  @Override
  public void flush() {
    if (unflushed) {
      unflushed = false;
      below.flush();
    }
  }

  @Override
  public boolean isFull() {
    return !ended && !channel().isWritable() && channel().isActive();
  }

  @Override
  public long unsentBytes() {
    ChannelOutboundBuffer buffer = channel().unsafe().outboundBuffer();
    return buffer == null ? 0 : buffer.totalPendingWriteBytes();
  }

  @Override
  public void onDrain(Runnable drained) {
    response.drainHandler(ready -> drained.run());
  }

  @Override
  public void end(Buffer last) {
    if (ended || response.closed()) {
      return;
    }
    ended = true;
    if (direct && pipeline().get(IdleStateHandler.class) == null) {
      pipeline().addFirst(IDLE, new IdleStateHandler(0, 0, idleTimeout.toMillis(), TimeUnit.MILLISECONDS));
    }
    var unused = response.end(last);
  }

  @Override
  public void abort() {
    if (!ended) {
      ended = true;
      var unused = below.close(); // not over the API, which would wait until the client has taken what is buffered
    }
  }

  private Channel channel() {
    return below.channel();
  }

  private ChannelPipeline pipeline() {
    return below.pipeline();
  }
}
