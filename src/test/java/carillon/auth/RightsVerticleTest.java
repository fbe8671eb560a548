package carillon.auth;

import static carillon.auth.TokenMint.jwk;
import static carillon.auth.TokenMint.jwks;
import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import carillon.config.HubOptionsReader;
import carillon.config.InvalidConfigException;
import carillon.harness.Eventually;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.HexFormat;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Keys that come and go while the hub runs. */
class RightsVerticleTest {

  private static final Duration PATIENCE = Duration.ofSeconds(30);

  @TempDir Path directory;

  private final Vertx vertx = Vertx.vertx();

  @AfterEach
  void close() throws Exception {
    vertx.close().await(30, SECONDS);
  }

  private static Rights rights(JsonObject settings) {
    return new Rights(HubOptionsReader.read(settings.put("auth.refresh", "100ms")).auth());
  }

  private void deploy(Rights rights) throws Exception {
    vertx.deployVerticle(new RightsVerticle(rights)).await(30, SECONDS);
  }

  /** As an operator should: whoever reads sees the old file or the new one. */
  private void write(Path file, String text) throws Exception {
    Path made = directory.resolve("new");
    Files.writeString(made, text);
    Files.move(made, file, StandardCopyOption.ATOMIC_MOVE);
  }

  private static String keys(String... tokens) {
    var text = new StringBuilder("keys:\n");
    for (String token : tokens) {
      text.append("- name: ").append(token).append("\n  sha256: ").append(sha256(token)).append('\n');
    }
    return tokens.length == 0 ? "keys: []" : text.toString();
  }

  private static String sha256(String token) {
    try {
      return HexFormat.of()
          .formatHex(MessageDigest.getInstance("SHA-256").digest(token.getBytes(UTF_8)));
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError(e);
    }
  }

  private static boolean knows(Rights rights, String token) {
    return rights.keyring().apiKey(KeyDigest.of(token)).isPresent();
  }

  @Test
  void keysFile_changed_isInForceAndTold() throws Exception {
    Path file = directory.resolve("keys.yaml");
    write(file, keys("one", "two"));
    Rights rights = rights(new JsonObject().put("auth.keysFile", file.toString()));
    var changes = new AtomicInteger();
    deploy(rights);
    assertTrue(knows(rights, "one") && knows(rights, "two") && !knows(rights, "three"));
    Runnable listener = changes::incrementAndGet;
    rights.onChange(listener);
    write(file, keys("two", "three"));
    Eventually.await("the new keys", PATIENCE, () -> knows(rights, "three") && !knows(rights, "one"));
    assertEquals(1, changes.get());
    rights.offChange(listener);
    write(file, keys());
    Eventually.await("no keys", PATIENCE, () -> !knows(rights, "two") && !knows(rights, "three"));
    assertEquals(1, changes.get());
  }

  @Test
  void keysFile_brokenOrGone_leavesTheLastGoodOne() throws Exception {
    Path file = directory.resolve("keys.yaml");
    write(file, keys("one"));
    Rights rights = rights(new JsonObject().put("auth.keysFile", file.toString()));
    deploy(rights);
    Path pem = directory.resolve("other"); // changed after the broken one, so that we see when it has been looked at
    for (String broken : new String[] {keys("two") + "- name: three\n", "keys: [", "", "\0", keys("two", "two")}) {
      write(file, broken);
      looked(pem);
      assertTrue(knows(rights, "one"), broken);
      assertFalse(knows(rights, "two"), broken);
    }
    Files.delete(file);
    looked(pem);
    assertTrue(knows(rights, "one"));
    write(file, keys("two"));
    Eventually.await("the mended file", PATIENCE, () -> knows(rights, "two"));
    assertFalse(knows(rights, "one"));
  }

  /** Waits for as long as another hub needs to notice a change of another file, twice: so this one has looked, too. */
  private void looked(Path file) throws Exception {
    for (int i = 0; i < 2; i++) {
      write(file, keys("a" + i));
      Rights other = rights(new JsonObject().put("auth.keysFile", file.toString()));
      String id = vertx.deployVerticle(new RightsVerticle(other)).await(30, SECONDS);
      String next = "b" + i;
      write(file, keys(next));
      Eventually.await("another look", PATIENCE, () -> knows(other, next));
      vertx.undeploy(id).await(30, SECONDS);
    }
  }

  @Test
  void start_unreadableKeys_isRefusedWithTheSetting() throws Exception {
    Path bad = directory.resolve("bad");
    Files.writeString(bad, "nothing of use");
    for (String setting : new String[] {"auth.keysFile", "auth.jwtPublicKey", "auth.jwks"}) {
      for (Path file : new Path[] {directory.resolve("missing"), bad, directory}) {
        Rights rights = rights(new JsonObject().put(setting, file.toString()));
        var refused = assertThrows(InvalidConfigException.class, () -> deploy(rights), setting + " " + file);
        assertTrue(refused.getMessage().startsWith(setting + ": "), refused.getMessage());
      }
    }
  }

  @Test
  void start_keyOfTheFileInTheConfigurationToo_isRefused() throws Exception {
    Path file = directory.resolve("keys.yaml");
    write(file, keys("one"));
    var key = new JsonObject().put("name", "other").put("sha256", sha256("one"));
    Rights rights =
        rights(
            new JsonObject()
                .put("auth.keysFile", file.toString())
                .put("auth.keys", new JsonArray().add(key)));
    assertThrows(InvalidConfigException.class, () -> deploy(rights));
  }

  @Test
  void jwksFile_changed_isInForce() throws Exception {
    Path file = directory.resolve("set.json");
    write(file, jwks(jwk("a", TokenMint.P256.getPublic())));
    Rights rights = rights(new JsonObject().put("auth.jwks", file.toString()));
    deploy(rights);
    assertTrue(rights.keyring().jwtKeys().mayKnow("ES256", Optional.of("a")));
    write(file, jwks(jwk("b", TokenMint.P384.getPublic())));
    Eventually.await("the new set", PATIENCE, () -> rights.keyring().jwtKeys().mayKnow("ES384", Optional.of("b")));
    assertFalse(rights.keyring().jwtKeys().mayKnow("ES256", Optional.of("a")));
  }

  /** Fetched at the start, when due, and when a token names a key that is not there; a bad answer changes nothing. */
  @Test
  void jwksUrl_rotated_isFetchedWhenDueOrWanted() throws Exception {
    var answer = new AtomicReference<>("not yet");
    var fetches = new AtomicInteger();
    HttpServer issuer =
        vertx
            .createHttpServer()
            .requestHandler(
                request -> {
                  fetches.incrementAndGet();
                  if (answer.get().equals("not yet")) {
                    request.response().setStatusCode(302).putHeader("location", "/elsewhere").end();
                  } else {
                    request.response().end(answer.get());
                  }
                })
            .listen(0, "127.0.0.1")
            .await(30, SECONDS);
    var nanos = new AtomicLong();
    String url = "http://127.0.0.1:" + issuer.actualPort() + "/keys";
    Rights rights = rights(new JsonObject().put("auth.jwks", url));
    vertx.deployVerticle(new RightsVerticle(rights, nanos::get)).await(30, SECONDS);
    assertTrue(rights.keyring().jwtKeys().isEmpty(), "no redirection is followed");

    answer.set(jwks(jwk("a", TokenMint.P256.getPublic())));
    nanos.addAndGet(SECONDS.toNanos(11)); // with no key at all it is fetched again soon
    Eventually.await("the first set", PATIENCE, () -> rights.keyring().jwtKeys().mayKnow("ES256", Optional.of("a")));
    answer.set(jwks(jwk("b", TokenMint.P256.getPublic())));
    int before = fetches.get();
    rights.wantFreshKeys();
    nanos.addAndGet(SECONDS.toNanos(9));
    nanos.addAndGet(SECONDS.toNanos(2));
    Eventually.await("the wanted set", PATIENCE, () -> rights.keyring().jwtKeys().mayKnow("ES256", Optional.of("b")));
    assertEquals(before + 1, fetches.get());

    for (String bad : new String[] {"{}", "x".repeat(300_000), ""}) {
      answer.set(bad);
      before = fetches.get();
      nanos.addAndGet(SECONDS.toNanos(301));
      int asked = before;
      Eventually.await("a fetch that is due", PATIENCE, () -> fetches.get() > asked);
    }
    answer.set(jwks(jwk("c", TokenMint.P256.getPublic())));
    assertTrue(rights.keyring().jwtKeys().mayKnow("ES256", Optional.of("b")), "the last good set stays");
    nanos.addAndGet(SECONDS.toNanos(301));
    Eventually.await("the next set", PATIENCE, () -> rights.keyring().jwtKeys().mayKnow("ES256", Optional.of("c")));
  }
}
