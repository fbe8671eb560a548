package carillon.cli;

import carillon.event.InvalidValueException;
import carillon.event.Selector;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * {@code token}: makes JSON Web Tokens and API keys, and looks into tokens. Immutable.
 *
 * <p>Signs with the platform alone: the library that the hub checks tokens with wants event loops, and the two checking
 * each other is worth something.
 */
final class TokenCommand implements Command {

  private static final String CLAIM_DEFAULT = "carillon";
  private static final Duration EXPIRES_DEFAULT = Duration.ofHours(1);
  private static final int FILE_BYTES_MAX = 64 * 1024;
  private static final int KEY_BYTES = 32;

  @Override
  public String name() {
    return "token";
  }

  @Override
  public String summary() {
    return "make and inspect tokens and API keys";
  }

  @Override
  public String usage() {
    return """
        usage: token make --key FILE [--publish SELECTOR]... [--subscribe SELECTOR]... [options]
               token inspect [FILE|-] [--key FILE] [--claim NAME]
               token key [--name NAME] [--publish SELECTOR]... [--subscribe SELECTOR]...

        make      prints a JSON Web Token.
          --key FILE         what to sign with: a PRIVATE KEY in PEM (RSA, P-256, P-384, P-521, Ed25519), or a secret of
                             at least 32 bytes, the same as auth.jwtSecret
          --publish S        a grant to publish; may be repeated
          --subscribe S      a grant to subscribe; may be repeated
          --expires TIME     good for so long; 1h
          --subject NAME     who it is for, as the hub's log will call them
          --issuer, --audience TEXT   what auth.jwtIssuer and auth.jwtAudience ask for
          --algorithm ALG    when the key is good for several: RS256, HS256 and so on
          --key-id ID        which key of a JWK set it is
          --claim NAME       the claim with the grants, as auth.jwtClaim has it; carillon

        inspect   reads a token from a file or standard input and prints as JSON what it says, what was checked and what
                  was not. The signature is checked only with --key: a PUBLIC KEY, CERTIFICATE or secret.

        key       prints a random API key, once, and on standard error the lines for auth.keys. The hub keeps the SHA-256
                  only; a key that is lost is replaced by another.

        exit codes: 0 fine; 1 something is wrong with the token; 2 wrong arguments
        """;
  }

  @Override
  public Set<String> options() {
    return Set.of(
        "key", "publish", "subscribe", "expires", "subject", "issuer", "audience", "algorithm", "key-id", "claim",
        "name");
  }

  @Override
  public Set<String> flags() {
    return Set.of();
  }

  @Override
  public int run(Arguments arguments, Terminal terminal) {
    List<String> words = arguments.rest();
    String what = words.isEmpty() ? "" : words.get(0);
    return switch (what) {
      case "make" -> make(arguments, terminal);
      case "inspect" -> inspect(arguments, terminal);
      case "key" -> key(arguments, terminal);
      default -> {
        arguments.problem("expected make, inspect or key, got " + InvalidValueException.shown(what));
        arguments.requireNoProblems();
        throw new AssertionError("there is a problem");
      }
    };
  }

  private static int make(Arguments arguments, Terminal terminal) {
    requireOnly(
        arguments,
        List.of(
            "key", "publish", "subscribe", "expires", "subject", "issuer", "audience", "algorithm", "key-id", "claim"),
        1);
    Optional<JwsKey> key = signingKey(arguments);
    if (!arguments.has("key")) {
      arguments.problem("expected --key, the file to sign with");
    }
    Optional<String> algorithm = arguments.value("algorithm");
    if (key.isPresent() && algorithm.isPresent() && !key.get().algorithms().contains(algorithm.get())) {
      arguments.problem("--algorithm: expected one of " + key.get().algorithms() + ", which this key is for");
    }
    if (key.isPresent() && !key.get().canSign()) {
      arguments.problem("--key: a public key cannot sign");
    }
    JsonObject grants = grants(arguments);
    Duration expires =
        arguments.duration("expires", Duration.ofSeconds(1), Duration.ofDays(3_650)).orElse(EXPIRES_DEFAULT);
    var head = new JsonObject();
    var claims = new JsonObject();
    arguments.value("key-id").ifPresent(id -> head.put("kid", id));
    arguments.value("issuer").ifPresent(issuer -> claims.put("iss", issuer));
    arguments.value("subject").ifPresent(subject -> claims.put("sub", subject));
    arguments.value("audience").ifPresent(audience -> claims.put("aud", audience));
    String claim = arguments.value("claim").orElse(CLAIM_DEFAULT);
    arguments.requireNoProblems();
    String used = algorithm.orElse(key.orElseThrow().algorithms().get(0));
    head.put("alg", used).put("typ", "JWT");
    long now = Instant.now().getEpochSecond();
    claims.put("iat", now).put("exp", now + expires.toSeconds()).put(claim, grants);
    String input = base64(head) + '.' + base64(claims);
    terminal.out().println(input + '.' + base64(key.orElseThrow().sign(used, input)));
    return ExitCode.OK;
  }

  private static int inspect(Arguments arguments, Terminal terminal) {
    requireOnly(arguments, List.of("key", "claim"), 2);
    Optional<JwsKey> key = signingKey(arguments);
    if (key.isPresent() && !key.get().canVerify()) {
      arguments.problem("--key: a private key does not check; give the public one");
    }
    String file = arguments.rest().size() > 1 ? arguments.rest().get(1) : "-";
    if (file.chars().filter(c -> c == '.').count() == 2 && !Files.exists(Path.of(file))) {
      arguments.problem(
          "expected a file or standard input: a token in a command line is seen by everybody on the machine (ps)");
    }
    String claim = arguments.value("claim").orElse(CLAIM_DEFAULT);
    arguments.requireNoProblems();
    String token;
    try (var in = file.equals("-") ? terminal.in() : Files.newInputStream(Path.of(file))) {
      token = new String(in.readNBytes(FILE_BYTES_MAX), StandardCharsets.US_ASCII).strip();
    } catch (IOException e) {
      throw new FailedException(ExitCode.FAILED, "cannot read " + InvalidValueException.shown(file));
    }
    TokenReport report = TokenReport.of(token, key, claim, Instant.now());
    terminal.out().println(report.toJson().encodePrettily());
    return report.isFine() ? ExitCode.OK : ExitCode.FAILED;
  }

  private static int key(Arguments arguments, Terminal terminal) {
    requireOnly(arguments, List.of("name", "publish", "subscribe"), 1);
    JsonObject grants = grants(arguments);
    String name = arguments.value("name").orElse("unnamed");
    if (!name.matches("[A-Za-z0-9._-]{1,64}")) {
      arguments.problem("--name: expected letters, digits, '.', '_' and '-'");
    }
    arguments.requireNoProblems();
    byte[] random = new byte[KEY_BYTES];
    new SecureRandom().nextBytes(random);
    String key = HexFormat.of().formatHex(random);
    terminal.out().println(key);
    terminal.err().println("# for auth.keys in conf/hub.yaml, or for the file of auth.keysFile:");
    terminal.err().println("- name: " + name);
    terminal.err().println("  sha256: " + sha256(key));
    terminal.err().println("  publish: " + grants.getJsonArray("publish").encode());
    terminal.err().println("  subscribe: " + grants.getJsonArray("subscribe").encode());
    return ExitCode.OK;
  }

  private static void requireOnly(Arguments arguments, List<String> options, int wordsMax) {
    String what = arguments.rest().get(0);
    for (String option : new TokenCommand().options()) {
      if (arguments.has(option) && !options.contains(option)) {
        arguments.problem("--" + option + " says nothing to token " + what);
      }
    }
    if (arguments.rest().size() > wordsMax) {
      arguments.problem("expected no " + InvalidValueException.shown(arguments.rest().get(wordsMax)));
    }
  }

  private static Optional<JwsKey> signingKey(Arguments arguments) {
    Optional<String> file = arguments.value("key");
    if (file.isEmpty()) {
      return Optional.empty();
    }
    try (var in = Files.newInputStream(Path.of(file.get()))) {
      return Optional.of(JwsKey.read(in.readNBytes(FILE_BYTES_MAX)));
    } catch (IOException e) {
      arguments.problem("--key: cannot read " + InvalidValueException.shown(file.get()));
    } catch (IllegalArgumentException e) {
      arguments.problem("--key: " + e.getMessage());
    }
    return Optional.empty();
  }

  private static JsonObject grants(Arguments arguments) {
    var grants = new JsonObject();
    for (String name : List.of("publish", "subscribe")) {
      var selectors = new ArrayList<String>();
      for (String text : arguments.values(name)) {
        try {
          selectors.add(new Selector(text).text());
        } catch (InvalidValueException e) {
          arguments.problem("--" + name + ": " + e.getMessage());
        }
      }
      grants.put(name, new JsonArray(selectors));
    }
    return grants;
  }

  private static String base64(JsonObject json) {
    return base64(json.encode().getBytes(StandardCharsets.UTF_8));
  }

  private static String base64(byte[] bytes) {
    return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
  }

  private static String sha256(String text) {
    try {
      byte[] digest = MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
      return HexFormat.of().formatHex(digest);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }
}
