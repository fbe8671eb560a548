package carillon.http;

import carillon.subscribe.Outlet;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.http.HttpVersion;

/** A stream's outlet into an HTTP response, over the public API. Confined to the event loop of the connection. */
final class ResponseOutlet implements Outlet {

  private final HttpServerRequest request;
  private final HttpServerResponse response;
  private boolean ended;
  private long unsent;

  /** @param request whose response has its head prepared, not yet written */
  ResponseOutlet(HttpServerRequest request) {
    this.request = request;
    this.response = request.response();
    // HTTP/1.0 knows no chunks: its body ends where the connection does (RFC 9112, section 6.3).
    response.setChunked(!endsWithConnection());
  }

  @Override
  public void write(Buffer bytes) {
    if (!isGone()) {
      int length = bytes.length();
      unsent += length;
      var unused = response.write(bytes).onComplete(written -> unsent -= length);
    }
  }

  @Override
  public boolean isFull() {
    return !isGone() && response.writeQueueFull();
  }

  @Override
  public long unsentBytes() {
    return unsent;
  }

  @Override
  public void onDrain(Runnable drained) {
    response.drainHandler(ready -> drained.run());
  }

  @Override
  public void end(Buffer last) {
    if (!isGone()) {
      ended = true;
      Future<Void> written = response.end(last);
      if (endsWithConnection()) {
        written.eventually(() -> request.connection().close());
      }
    }
  }

  @Override
  public void abort() {
    if (!isGone()) {
      ended = true;
      response.reset();
    }
  }

  private boolean endsWithConnection() {
    return request.version() == HttpVersion.HTTP_1_0;
  }

  private boolean isGone() {
    return ended || response.closed() || response.ended();
  }
}
