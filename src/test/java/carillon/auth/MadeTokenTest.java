package carillon.auth;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import carillon.cli.Commands;
import carillon.cli.Terminal;
import carillon.config.JwtOptions;
import carillon.event.Selector;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Tokens and keys that the command makes, before the hub's own judges; and what it says of tokens that are no good.
 */
class MadeTokenTest {

  /** RFC 7518, sections 3.3 and 3.4, RFC 8037: two numbers side by side, not DER, which the hub's library takes too. */
  private static final Map<String, Integer> SIGNATURE_BYTES =
      Map.of("RS256", 256, "ES256", 64, "ES384", 96, "ES512", 132, "EdDSA", 64);

  @TempDir Path directory;
  private final Vertx vertx = Vertx.vertx();
  private String out = "";
  private String err = "";

  @BeforeEach
  void writeKeys() throws IOException {
    Files.writeString(directory.resolve("secret"), TokenMint.SECRET + "\n");
    for (var pair : pairs().entrySet()) {
      Files.writeString(
          directory.resolve(pair.getKey() + ".key"),
          TokenMint.pem("PRIVATE KEY", pair.getValue().getPrivate().getEncoded()));
      Files.writeString(directory.resolve(pair.getKey() + ".pub"), TokenMint.pem(pair.getValue().getPublic()));
    }
  }

  @AfterEach
  void stop() {
    vertx.close().await();
  }

  private static Map<String, KeyPair> pairs() {
    return Map.of(
        "RS256", TokenMint.RSA, "ES256", TokenMint.P256, "ES384", TokenMint.P384, "ES512", TokenMint.P521, "EdDSA",
        TokenMint.ED25519);
  }

  @Test
  void made_everyKindOfKey_isGoodForTheHub() throws Exception {
    for (var pair : pairs().entrySet()) {
      String token = make(pair.getKey() + ".key");
      verify(token, JwtKeys.ofPem("test", TokenMint.pem(pair.getValue().getPublic()).getBytes(UTF_8)));
      assertEquals(pair.getKey(), TokenText.parse(token).algorithm());
      int bytes = Base64.getUrlDecoder().decode(token.substring(token.lastIndexOf('.') + 1)).length;
      assertEquals(SIGNATURE_BYTES.get(pair.getKey()), bytes, pair.getKey());
      assertEquals(0, inspect(token, pair.getKey() + ".pub"), out);
      assertTrue(out.contains("the signature, " + pair.getKey()), out);
    }
    for (String algorithm : List.of("HS256", "HS384", "HS512")) {
      String token = make("secret", "--algorithm", algorithm);
      verify(token, JwtKeys.ofSecret(TokenMint.SECRET));
      assertEquals(0, inspect(token, "secret"), out);
    }
  }

  @Test
  void made_grantsAndTimes_areWhatTheHubReads() throws Exception {
    Instant before = Instant.now().minusSeconds(1);
    String token =
        make("secret", "--subject", "orders", "--expires", "10m", "--publish", "a/**", "--subscribe", "b",
            "--subscribe", "c/*");
    JwtRules.Standing standing = new JwtRules(options()).judge(TokenText.parse(token).claims(), Instant.now());
    assertEquals("orders", standing.name());
    assertEquals(List.of(new Selector("a/**")), standing.grants().publish());
    assertEquals(List.of(new Selector("b"), new Selector("c/*")), standing.grants().subscribe());
    assertTrue(standing.end().isAfter(before.plusSeconds(600)), standing.toString());
    assertTrue(standing.end().isBefore(Instant.now().plusSeconds(700)), standing.toString());
  }

  @Test
  void inspected_withoutKey_saysThatNobodyChecked() throws Exception {
    assertEquals(0, inspect(make("secret"), ""), out);
    JsonObject report = new JsonObject(out);
    assertTrue(report.getJsonArray("notChecked").encode().contains("the signature"), out);
    assertTrue(!report.getJsonArray("checked").encode().contains("the signature"), out);
  }

  @Test
  void inspected_notGood_endsWith1AndSaysWhy() throws Exception {
    String token = make("secret");
    assertEquals(1, inspect(token, "ES256.pub"));
    assertTrue(out.contains("this key is for [ES256]"), out);
    Files.writeString(directory.resolve("other"), "another secret of more than 32 bytes, and some");
    assertEquals(1, inspect(token, "other"));
    assertTrue(out.contains("the signature is not good"), out);
    assertEquals(1, inspect(TokenMint.token(TokenMint.claims(Instant.now().minusSeconds(9), "publish", "a")), "secret"));
    assertTrue(out.contains("it has expired"), out);
    assertEquals(1, inspect("no.token", ""));
    assertEquals(1, inspect("a.b.c", ""));
    // The public key of the hub as a secret: the oldest trick there is.
    String pem = Files.readString(directory.resolve("ES256.pub"));
    String forged =
        TokenMint.hs256(
            pem, "{\"alg\":\"HS256\"}", TokenMint.claims(Instant.now().plusSeconds(99), "publish", "**").encode());
    assertEquals(1, inspect(forged, "ES256.pub"));
  }

  @Test
  void wrong_anything_endsWith2() throws IOException {
    Files.writeString(directory.resolve("short"), "too short");
    Files.writeString(directory.resolve("old"), TokenMint.pem("EC PRIVATE KEY", new byte[] {1, 2, 3}));
    assertEquals(2, run("", "token", "make"));
    assertEquals(2, run("", "token", "make", "--key", path("short")));
    assertEquals(2, run("", "token", "make", "--key", path("old")));
    assertTrue(err.contains("openssl pkcs8"), err);
    assertEquals(2, run("", "token", "make", "--key", path("ES256.pub")));
    assertEquals(2, run("", "token", "make", "--key", path("secret"), "--algorithm", "RS256", "--publish", "a//b"));
    assertTrue(err.contains("--algorithm") && err.contains("--publish"), err);
    assertEquals(2, run("", "token", "inspect", "aaa.bbb.ccc"));
    assertTrue(err.contains("ps"), err);
    assertEquals(2, run("", "token", "forge"));
  }

  @Test
  void apiKey_made_isKnownByTheHashThatIsPrintedBesideIt() {
    assertEquals(0, run("", "token", "key", "--name", "orders", "--publish", "orders/**"));
    String key = out.strip();
    assertTrue(key.matches("[0-9a-f]{64}"), out);
    assertTrue(!err.contains(key), "the key goes to standard output alone");
    String hash = err.replaceAll("(?s).*sha256: ([0-9a-f]{64}).*", "$1");
    assertEquals(KeyDigest.ofHex(hash), KeyDigest.of(key));
    assertTrue(err.contains("publish: [\"orders/**\"]"), err);
  }

  private void verify(String token, JwtKeys keys) throws BadTokenException {
    var verifier = new JwtVerifier(vertx, keys);
    verifier.verify(token);
    int at = token.lastIndexOf('.') + 5;
    String broken = token.substring(0, at) + (token.charAt(at) == 'A' ? 'B' : 'A') + token.substring(at + 1);
    assertThrows(BadTokenException.class, () -> verifier.verify(broken));
  }

  private static JwtOptions options() {
    return new JwtOptions(
        Optional.of(TokenMint.SECRET), Optional.empty(), Optional.empty(), Optional.empty(), Duration.ofMinutes(5),
        Optional.empty(), List.of(), Duration.ofSeconds(30), "carillon");
  }

  private String make(String key, String... more) {
    var words = new ArrayList<>(List.of("token", "make", "--key", path(key)));
    words.addAll(List.of(more));
    assertEquals(0, run("", words.toArray(String[]::new)), () -> err);
    return out.strip();
  }

  private int inspect(String token, String key) {
    return key.isEmpty() ? run(token, "token", "inspect") : run(token, "token", "inspect", "--key", path(key));
  }

  private String path(String name) {
    return directory.resolve(name).toString();
  }

  private int run(String in, String... words) {
    var outBytes = new ByteArrayOutputStream();
    var errBytes = new ByteArrayOutputStream();
    int code =
        Commands.run(
            List.of(words),
            new Terminal(
                new ByteArrayInputStream(in.getBytes(UTF_8)), new PrintStream(outBytes, true, UTF_8),
                new PrintStream(errBytes, true, UTF_8), Map.of()));
    out = outBytes.toString(UTF_8);
    err = errBytes.toString(UTF_8);
    return code;
  }
}
