package carillon.cli;

import carillon.event.InvalidValueException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.UnknownHostException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandler;
import java.net.http.HttpTimeoutException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.regex.Pattern;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

/**
 * The way to one hub: its URL, whom to trust, and the token, which is read anew for each request so that it can be
 * renewed. Used by one thread.
 */
final class HubAccess {

  /** The options of every command that goes to a hub. */
  static final Set<String> OPTIONS = Set.of("url", "token-file", "ca", "token");

  /** What they mean, for the help. */
  static final String USAGE =
      """
        --url URL          the hub, when it is not the first word: http:// or https://, with a path if it has one
        --token-file FILE  holds the token or API key to show; read again for each connection. Without it the environment
                           variable CARILLON_TOKEN is. There is no --token: everybody on the machine sees arguments (ps)
        --ca FILE          trust the certificates in this PEM file instead of the system's
      """;

  private static final String ENVIRONMENT = "CARILLON_TOKEN";
  private static final Duration CONNECT_PATIENCE = Duration.ofSeconds(10);
  private static final int TOKEN_FILE_BYTES_MAX = 64 * 1024;

  /** RFC 6750, section 2.1, and a little more: whatever can stand in a header without being understood as two. */
  private static final Pattern TOKEN = Pattern.compile("[\\x21-\\x7e]+");

  private final URI hub;
  private final Optional<Path> tokenFile;
  private final Map<String, String> environment;
  private final Optional<SSLContext> trust;
  private final HttpClient client;

  private HubAccess(
      URI hub, Optional<Path> tokenFile, Map<String, String> environment, Optional<SSLContext> trust) {
    this.hub = hub;
    this.tokenFile = tokenFile;
    this.environment = environment;
    this.trust = trust;
    boolean isTls = hub.getScheme().equals("https");
    HttpClient.Builder builder =
        HttpClient.newBuilder()
            .connectTimeout(CONNECT_PATIENCE)
            .version(isTls ? HttpClient.Version.HTTP_2 : HttpClient.Version.HTTP_1_1)
            .followRedirects(HttpClient.Redirect.NEVER); // a token is for the hub that was named
    trust.ifPresent(builder::sslContext);
    client = builder.build();
  }

  /**
   * Reads the common options; what is wrong with them is noted in {@code arguments}, and there is no access then.
   *
   * @param url the first word, unless {@code --url} has it
   */
  static Optional<HubAccess> of(Arguments arguments, Optional<String> url, Map<String, String> environment) {
    if (arguments.has("token")) {
      arguments.problem(
          "--token: whatever stands in a command line is seen by everybody on the machine (ps), and kept by the shell;"
              + " use --token-file or the environment variable " + ENVIRONMENT);
    }
    Optional<Path> tokenFile = arguments.value("token-file").map(Path::of);
    tokenFile.filter(file -> !Files.isReadable(file)).ifPresent(
        file -> arguments.problem("--token-file: cannot read " + InvalidValueException.shown(file.toString())));
    Optional<SSLContext> trust = Optional.empty();
    Optional<String> ca = arguments.value("ca");
    if (ca.isPresent()) {
      try {
        trust = Optional.of(trusting(Files.readAllBytes(Path.of(ca.get()))));
      } catch (IOException | GeneralSecurityException e) {
        arguments.problem("--ca: no certificates in " + InvalidValueException.shown(ca.get()));
      }
    }
    if (url.isEmpty()) {
      arguments.problem("expected the URL of a hub, such as http://127.0.0.1:8080");
      return Optional.empty();
    }
    try {
      return Optional.of(new HubAccess(base(url.get()), tokenFile, environment, trust));
    } catch (URISyntaxException e) {
      arguments.problem(
          "expected a URL such as http://127.0.0.1:8080 or https://hub.example.org, got "
              + InvalidValueException.shown(url.get()));
      return Optional.empty();
    }
  }

  /** Without a query, user or fragment, and without a slash at its end. */
  private static URI base(String text) throws URISyntaxException {
    var uri = new URI(text);
    boolean isHttp = "http".equalsIgnoreCase(uri.getScheme()) || "https".equalsIgnoreCase(uri.getScheme());
    if (!isHttp || uri.getHost() == null || uri.getRawUserInfo() != null || uri.getRawQuery() != null
        || uri.getRawFragment() != null) {
      throw new URISyntaxException("", "not the URL of a hub");
    }
    String path = uri.getRawPath().replaceFirst("/+$", "");
    return new URI(uri.getScheme().toLowerCase(Locale.ROOT) + "://" + uri.getRawAuthority() + path);
  }

  private static SSLContext trusting(byte[] pem) throws IOException, GeneralSecurityException {
    KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
    store.load(null, null);
    int count = 0;
    CertificateFactory factory = CertificateFactory.getInstance("X.509");
    for (Certificate certificate : factory.generateCertificates(new ByteArrayInputStream(pem))) {
      store.setCertificateEntry(Integer.toString(count++), certificate);
    }
    if (count == 0) {
      throw new GeneralSecurityException("no certificate");
    }
    TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    trust.init(store);
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(null, trust.getTrustManagers(), null);
    return context;
  }

  /** The hub. */
  URI hub() {
    return hub;
  }

  /** The port, said or meant. */
  int port() {
    return hub.getPort() >= 0 ? hub.getPort() : isTls() ? 443 : 80;
  }

  /** Whether TLS is spoken. */
  boolean isTls() {
    return hub.getScheme().equals("https");
  }

  /** Whom the person trusts; empty: whom the system does. */
  Optional<SSLContext> trust() {
    return trust;
  }

  /** Whether what goes to the hub can be read on its way: no TLS, and not within this machine. May look a name up. */
  boolean isInTheClear() {
    try {
      return !isTls() && !InetAddress.getByName(hub.getHost()).isLoopbackAddress();
    } catch (UnknownHostException e) {
      return !isTls();
    }
  }

  /** Whether there is a token. */
  boolean hasToken() {
    return tokenFile.isPresent() || environment.containsKey(ENVIRONMENT);
  }

  /** Tells the person once when their token goes over the wire for all to see. */
  void warnOfTokenInTheClear(Terminal terminal) {
    if (hasToken() && isInTheClear()) {
      terminal.err().println("carillon: the token goes to " + hub + " without encryption");
    }
  }

  /**
   * A request with the token.
   *
   * @param target begins with a slash
   * @throws FailedException if the file with the token has gone or holds none
   */
  HttpRequest.Builder request(String target) {
    HttpRequest.Builder builder = HttpRequest.newBuilder(URI.create(hub + target)).header("User-Agent", "carillon");
    token().ifPresent(token -> builder.header("Authorization", "Bearer " + token));
    return builder;
  }

  private Optional<String> token() {
    Optional<String> token = Optional.ofNullable(environment.get(ENVIRONMENT));
    if (tokenFile.isPresent()) {
      try (var in = Files.newInputStream(tokenFile.get())) {
        token = Optional.of(new String(in.readNBytes(TOKEN_FILE_BYTES_MAX), StandardCharsets.US_ASCII));
      } catch (IOException e) {
        throw new FailedException(ExitCode.FAILED, "cannot read the file with the token: " + tokenFile.get());
      }
    }
    token = token.map(String::strip).filter(text -> !text.isEmpty());
    if (token.isPresent() && !TOKEN.matcher(token.get()).matches()) {
      throw new FailedException(ExitCode.FAILED, "what is to be shown as a token is none: one line of ASCII is");
    }
    return token;
  }

  /**
   * Sends and waits for the body as {@code handler} means it: all of it, or only its head.
   *
   * @throws HttpTimeoutException if that takes longer than {@code patience}; the request is given up
   * @throws IOException if the hub is not reached or the connection breaks
   */
  <T> HttpResponse<T> send(HttpRequest request, BodyHandler<T> handler, Duration patience) throws IOException {
    // Not the timeout of the request: newer platforms let it end a stream.
    CompletableFuture<HttpResponse<T>> answer = client.sendAsync(request, handler);
    try {
      return answer.get(patience.toMillis(), TimeUnit.MILLISECONDS);
    } catch (TimeoutException e) {
      answer.cancel(true);
      throw new HttpTimeoutException("no answer within " + patience.toMillis() + " ms");
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      answer.cancel(true);
      throw new InterruptedIOException("interrupted");
    } catch (ExecutionException e) {
      if (e.getCause() instanceof IOException cause) {
        throw cause;
      }
      throw new IOException(e.getCause());
    }
  }

  /** What went wrong on the way, in words. */
  static String said(IOException failure) {
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      if (cause instanceof ConnectException || cause.getMessage() != null) {
        String message = cause.getMessage();
        return message == null || message.isEmpty() ? "the connection is refused" : message;
      }
    }
    return failure.getClass().getSimpleName();
  }
}
