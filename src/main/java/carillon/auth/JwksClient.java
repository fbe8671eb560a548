package carillon.auth;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.RequestOptions;
import java.io.IOException;
import java.net.URI;

/**
 * Fetches a JWK set. Follows no redirection and believes no certificate that the platform does not. Confined to the
 * event loop of its verticle.
 */
final class JwksClient {

  /** Largest set, in bytes. */
  private static final int BYTES_MAX = 256 << 10;

  /** How long a fetch may take as a whole, in milliseconds. */
  private static final long PATIENCE_MILLIS = 10_000;

  private final Vertx vertx;
  private final HttpClient client;
  private final String url;

  JwksClient(Vertx vertx, URI url) {
    this.vertx = vertx;
    this.client = vertx.createHttpClient(new HttpClientOptions().setVerifyHost(true).setKeepAlive(false));
    this.url = url.toString();
  }

  /** The body of the answer; fails if there is none within {@value #PATIENCE_MILLIS} ms. */
  Future<Buffer> fetch() {
    Promise<Buffer> promise = Promise.promise();
    long timer = vertx.setTimer(PATIENCE_MILLIS, id -> promise.tryFail(new IOException("the issuer does not answer")));
    client
        .request(new RequestOptions().setAbsoluteURI(url).setConnectTimeout(PATIENCE_MILLIS))
        .compose(
            request -> {
              promise.future().onFailure(failure -> request.reset());
              return request
                  .putHeader("accept", "application/jwk-set+json, application/json")
                  .send()
                  .compose(JwksClient::body);
            })
        .onComplete(promise::tryComplete, promise::tryFail);
    return promise.future().onComplete(done -> vertx.cancelTimer(timer));
  }

  private static Future<Buffer> body(HttpClientResponse response) {
    response.exceptionHandler(failure -> {}); // replaced below; without one, the framework logs what we reset
    if (response.statusCode() != 200) {
      return Future.failedFuture(new IOException("the issuer answers " + response.statusCode()));
    }
    Promise<Buffer> promise = Promise.promise();
    Buffer body = Buffer.buffer();
    response
        .handler(
            chunk -> {
              if (body.length() + chunk.length() > BYTES_MAX) {
                promise.tryFail(new IOException("the issuer sends more than " + BYTES_MAX + " bytes"));
              } else {
                body.appendBuffer(chunk);
              }
            })
        .exceptionHandler(promise::tryFail)
        .endHandler(end -> promise.tryComplete(body));
    return promise.future();
  }
}
