package carillon.http;

import carillon.event.Draft;
import carillon.event.InvalidValueException;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.handler.codec.http.DefaultHttpContent;
import io.netty.handler.codec.http.DefaultLastHttpContent;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpStatusClass;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.ScheduledFuture;
import java.util.ArrayDeque;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Takes the plain publishes of one HTTP/1.1 connection out of what the decoder has read, hands them in without waiting
 * for each other, and answers them in order. Everything else goes the ordinary way, to the server behind this handler.
 * Confined to the event loop of its connection.
 */
final class PublishLane extends ChannelDuplexHandler {

  /*
   * The server behind handles the requests of a connection one after the other: a client that sends a hundred without
   * waiting pays a hundred commits. Here all of them that have arrived are handed in, are committed as one group, and
   * their answers leave in one write.
   *
   *            decoder                                     ┌── unanswered ──▶ port
   *   bytes ──────────▶ held ──▶ deal ── plain publish ────┘       │ in order, one write per turn
   *                               │                                ▼
   *                               └── anything else ──▶ server ──▶ encoder ──▶ bytes
   *
   * Order. Either way may be used only while the other has nothing open: a request goes to the server when every
   * publish before it is answered, one at a time, and a publish is handed in when the server has answered everything
   * before it. What may not be dealt with yet is held. So requests take effect and are answered in the order they came,
   * whichever way they go.
   *
   *   AT_HEAD ──plain head──▶ IN_BODY ──last byte──▶ AT_HEAD             (handed in)
   *      │                       ├──not UTF-8─────▶ IN_REFUSED ─┐
   *      │                       └──no patience left────────────┤        once nothing is unanswered
   *      └────────────other head──▶ PASSING ◀───────────────────┘
   *      ▲                             │ last content
   *      └─────────────────────────────┘
   *
   * Nothing is judged here. What is not a plain publish, or turns out wrong in its body, goes to the server as it came,
   * and its handlers refuse it. After a request that the connection may not outlive (Connection: close, an upgrade,
   * HTTP/1.0, no HTTP at all) the lane lets everything through: the rules for what may follow are the server's.
   *
   * Bounds. Publishes unanswered: so many and so many bytes, fewer while the port is busy with others, none while the
   * client does not take its answers. Held: beyond HELD_MAX nothing more is read; what one read has brought comes on
   * top. The server regulates reading as well, by the same switch; the lane sets it only while the server has nothing
   * open, and when the server sets it meanwhile, the lane notices by the read that follows.
   */

  /** Beyond so many messages that wait nothing more is read. */
  static final int HELD_MAX = 8;

  /** Beyond so many bytes of data in unanswered publishes no further one is handed in. */
  static final int UNANSWERED_BYTES_MAX = 1 << 20;

  /** How long the rest of a body may take, in milliseconds, before it is a matter for the ordinary way. */
  static final long PATIENCE_MILLIS = 200;

  /** How long a connection that is to be closed stays open for answers that are on their way, in milliseconds. */
  static final long CLOSE_PATIENCE_MILLIS = 2_000;

  private enum State {
    AT_HEAD,
    IN_BODY,
    IN_REFUSED,
    PASSING
  }

  private final PublishLanes lanes;
  private final @Nullable Object payer;

  private final ArrayDeque<Object> held = new ArrayDeque<>(1);
  private final ArrayDeque<Answer> unanswered = new ArrayDeque<>(1);
  private @Nullable ChannelHandlerContext context;
  private @Nullable ChannelHandlerContext encoder;
  private State state = State.AT_HEAD;
  private long unansweredBytes;
  private boolean isUsed;
  private boolean isThrough;
  private boolean isStopped;
  private boolean isGone;
  private boolean isTouched;

  // The request that is with the server.
  private boolean isOpenBehind;
  private boolean isAnsweredBehind;

  // The publish whose body arrives.
  private @Nullable HttpRequest head;
  private @Nullable PlainPublish plain;
  private byte[] body = {};
  private int size;
  private @Nullable ScheduledFuture<?> patience;

  private @Nullable ChannelPromise closing;

  /** @param payer who pays for what is published over the connection; {@link Toll#NOBODY} */
  PublishLane(PublishLanes lanes, @Nullable Object payer) {
    this.lanes = lanes;
    this.payer = payer;
  }

  /** What one publish is answered, once that is known. */
  private static final class Answer {

    private final String format;
    private final int bytes;
    private @Nullable PublishAnswer answer;

    Answer(String format, int bytes) {
      this.format = format;
      this.bytes = bytes;
    }
  }

  @Override
  public void handlerAdded(ChannelHandlerContext ctx) {
    context = ctx;
    encoder = Objects.requireNonNull(ctx.pipeline().context(PublishLanes.ENCODER), "no encoder");
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
    isGone = true;
    stopWaiting();
    body = new byte[0];
    for (Object message = held.poll(); message != null; message = held.poll()) {
      ReferenceCountUtil.release(message);
    }
  }

  // Inbound.

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    if (isGone || closing != null) {
      ReferenceCountUtil.release(message);
    } else if (!held.isEmpty() || !deal(ctx, message)) {
      held.add(message);
      if (held.size() >= HELD_MAX) {
        stop(ctx);
      }
    }
  }

  @Override
  public void channelReadComplete(ChannelHandlerContext ctx) {
    ctx.fireChannelReadComplete();
    if (isStopped) {
      stop(ctx); // the server may have switched reading on meanwhile
    }
    if (state == State.IN_BODY && patience == null) {
      patience = ctx.executor().schedule(() -> hurry(ctx), PATIENCE_MILLIS, TimeUnit.MILLISECONDS);
    }
  }

  @Override
  public void channelWritabilityChanged(ChannelHandlerContext ctx) {
    ctx.fireChannelWritabilityChanged();
    if (ctx.channel().isWritable() && !held.isEmpty()) {
      lanes.later(() -> resume(ctx));
    }
  }

  /** Does with {@code message} what is to be done, or says that it has to wait. */
  private boolean deal(ChannelHandlerContext ctx, Object message) {
    if (isThrough) {
      ctx.fireChannelRead(message);
      return true;
    }
    return switch (state) {
      case AT_HEAD -> dealWithHead(ctx, message);
      case IN_BODY -> dealWithBody(ctx, message);
      case IN_REFUSED -> {
        if (unanswered.isEmpty()) {
          handOver(ctx);
          yield deal(ctx, message);
        }
        yield false;
      }
      case PASSING -> {
        pass(ctx, message);
        yield true;
      }
    };
  }

  private boolean dealWithHead(ChannelHandlerContext ctx, Object message) {
    if (isOpenBehind || isFull(ctx)) {
      return false;
    }
    boolean isCandidate = message instanceof HttpRequest && lanes.isOpen();
    PlainPublish publish = isCandidate ? PlainPublish.read((HttpRequest) message) : null;
    if (publish == null || !lanes.isPaid(payer)) { // who cannot pay is told so on the ordinary way
      if (!unanswered.isEmpty()) {
        return false;
      }
      passFirst(ctx, message);
      return true;
    }
    isUsed = true;
    head = (HttpRequest) message;
    plain = publish;
    body = new byte[publish.length()];
    size = 0;
    state = State.IN_BODY;
    return true;
  }

  private boolean dealWithBody(ChannelHandlerContext ctx, Object message) {
    if (!(message instanceof HttpContent content)
        || !content.decoderResult().isSuccess()
        || content.content().readableBytes() > body.length - size
        || (message instanceof LastHttpContent && content.content().readableBytes() < body.length - size)) {
      if (!unanswered.isEmpty()) {
        return false;
      }
      handOver(ctx);
      return deal(ctx, message);
    }
    ByteBuf data = content.content();
    int length = data.readableBytes();
    data.readBytes(body, size, length);
    size += length;
    content.release();
    if (message instanceof LastHttpContent) {
      handIn();
    }
    return true;
  }

  private void handIn() {
    stopWaiting();
    var publish = Objects.requireNonNull(plain);
    Draft draft;
    try {
      draft = publish.draft(body);
    } catch (InvalidValueException e) {
      state = State.IN_REFUSED;
      lanes.touch(this);
      return;
    }
    forgetBody();
    state = State.AT_HEAD;
    var answer = new Answer(publish.format(), size);
    unanswered.add(answer);
    unansweredBytes += size;
    lanes.publish(draft, said -> answered(answer, said));
  }

  private void answered(Answer answer, PublishAnswer said) {
    answer.answer = said;
    lanes.touch(this);
  }

  // The ordinary way.

  /** Sends the first message of a request to the server. Nothing is unanswered. */
  private void passFirst(ChannelHandlerContext ctx, Object message) {
    isThrough = !(message instanceof HttpRequest request) || mayEndConnection(request);
    if (!isThrough) {
      isOpenBehind = true;
      isAnsweredBehind = false;
      state = State.PASSING;
      boolean isSubscriber = !isUsed && ((HttpRequest) message).method().equals(HttpMethod.GET);
      if (isSubscriber && held.isEmpty() && !isStopped) {
        // A connection that begins with a GET will hardly publish; it does without a lane and its memory.
        ctx.fireChannelRead(message);
        if (!ctx.isRemoved()) {
          ctx.pipeline().remove(this);
        }
        return;
      }
    }
    pass(ctx, message);
  }

  private void pass(ChannelHandlerContext ctx, Object message) {
    boolean isLast = message instanceof LastHttpContent;
    ctx.fireChannelRead(message);
    if (isLast && state == State.PASSING) {
      state = State.AT_HEAD;
      if (isAnsweredBehind) {
        closeBehind(ctx);
      }
    }
  }

  /** Sends what has arrived of a publish to the server, as it came. Nothing is unanswered. */
  private void handOver(ChannelHandlerContext ctx) {
    stopWaiting();
    lanes.giveBack(payer);
    boolean isWhole = state == State.IN_REFUSED;
    ByteBuf arrived = Unpooled.wrappedBuffer(body, 0, size);
    HttpRequest request = Objects.requireNonNull(head);
    forgetBody();
    isOpenBehind = true;
    isAnsweredBehind = false;
    state = State.PASSING;
    pass(ctx, request);
    if (isWhole) {
      pass(ctx, new DefaultLastHttpContent(arrived));
    } else if (arrived.isReadable()) {
      pass(ctx, new DefaultHttpContent(arrived));
    }
  }

  private static boolean mayEndConnection(HttpRequest request) {
    String connection = request.headers().get(HttpHeaderNames.CONNECTION);
    return !request.decoderResult().isSuccess()
        || !PlainPublish.isHttp11(request)
        || request.method().equals(HttpMethod.CONNECT)
        || request.headers().contains(HttpHeaderNames.UPGRADE)
        || (connection != null && !HttpHeaderValues.KEEP_ALIVE.contentEqualsIgnoreCase(connection))
        || request.headers().getAll(HttpHeaderNames.CONNECTION).size() > 1;
  }

  private void forgetBody() {
    head = null;
    plain = null;
    body = new byte[0];
  }

  /** The rest of a body is late: the ordinary way knows how long it may take. */
  private void hurry(ChannelHandlerContext ctx) {
    patience = null;
    if (isGone || state != State.IN_BODY) {
      return;
    }
    if (!unanswered.isEmpty() || !held.isEmpty()) {
      patience = ctx.executor().schedule(() -> hurry(ctx), PATIENCE_MILLIS, TimeUnit.MILLISECONDS);
      return;
    }
    handOver(ctx);
    ctx.fireChannelReadComplete();
  }

  private void stopWaiting() {
    if (patience != null) {
      patience.cancel(false);
      patience = null;
    }
  }

  // Outbound.

  /** Writes the answers that are due, and goes on with what had to wait for them. */
  void flush() {
    isTouched = false;
    ChannelHandlerContext ctx = Objects.requireNonNull(context);
    ByteBuf out = null;
    for (Answer next = unanswered.peek(); next != null && next.answer != null; next = unanswered.peek()) {
      if (!isGone) {
        out = out == null ? ctx.alloc().buffer() : out;
        lanes.append(out, next.answer, next.format);
      }
      unansweredBytes -= next.bytes;
      unanswered.remove();
    }
    if (out != null) {
      var below = Objects.requireNonNull(encoder);
      var unused = below.writeAndFlush(out, below.voidPromise());
    }
    if (closing != null) {
      if (unanswered.isEmpty()) {
        var unused = ctx.close(closing);
      }
    } else {
      resume(ctx);
    }
  }

  /** Whether {@link #flush} is going to be called; says so from now on. */
  boolean wasTouched() {
    boolean was = isTouched;
    isTouched = true;
    return was;
  }

  private void resume(ChannelHandlerContext ctx) {
    if (isGone || closing != null) {
      return;
    }
    if (isStopped && !isOpenBehind) {
      isStopped = false;
      ctx.channel().config().setAutoRead(true); // before the server gets to see anything that makes it switch it off
    }
    if (state == State.IN_REFUSED && unanswered.isEmpty()) {
      handOver(ctx);
    }
    for (Object message = held.poll(); message != null; message = held.poll()) {
      if (!deal(ctx, message)) {
        held.addFirst(message);
        break;
      }
    }
    ctx.fireChannelReadComplete();
    if (held.size() >= HELD_MAX) {
      stop(ctx);
    }
  }

  @Override
  public void write(ChannelHandlerContext ctx, Object message, ChannelPromise promise) {
    if (isOpenBehind && message instanceof LastHttpContent && !isInterim(message)) {
      isAnsweredBehind = true;
      if (state != State.PASSING) {
        closeBehind(ctx);
      }
    }
    var unused = ctx.write(message, promise);
  }

  private static boolean isInterim(Object message) {
    return message instanceof HttpResponse response
        && response.status().codeClass() == HttpStatusClass.INFORMATIONAL;
  }

  private void closeBehind(ChannelHandlerContext ctx) {
    isOpenBehind = false;
    if (!held.isEmpty() || isStopped) {
      lanes.later(() -> resume(ctx)); // not from within the server
    }
  }

  /** The server knows nothing of unanswered publishes: it may find the connection idle. */
  @Override
  public void close(ChannelHandlerContext ctx, ChannelPromise promise) {
    if (unanswered.isEmpty() || closing != null || isGone) {
      var unused = ctx.close(promise);
      return;
    }
    closing = promise;
    var unused = ctx.executor().schedule(() -> closeAnyway(ctx), CLOSE_PATIENCE_MILLIS, TimeUnit.MILLISECONDS);
  }

  private void closeAnyway(ChannelHandlerContext ctx) {
    if (closing != null && !closing.isDone()) {
      var unused = ctx.close(closing);
    }
  }

  // Back-pressure.

  private boolean isFull(ChannelHandlerContext ctx) {
    return unanswered.size() >= lanes.unansweredMax()
        || unansweredBytes >= UNANSWERED_BYTES_MAX
        || !ctx.channel().isWritable()
        || (!unanswered.isEmpty() && lanes.isBusy());
  }

  private void stop(ChannelHandlerContext ctx) {
    isStopped = true;
    ctx.channel().config().setAutoRead(false);
  }

  @Override
  public void read(ChannelHandlerContext ctx) {
    if (isStopped) {
      ctx.channel().config().setAutoRead(false); // switched on by the server
    } else {
      ctx.read();
    }
  }
}
