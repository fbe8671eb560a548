package carillon.auth;

import carillon.config.ApiKeyOptions;
import carillon.config.ApiKeyReader;
import carillon.config.AuthOptions;
import carillon.config.InvalidConfigException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.BiFunction;

/** Says beforehand whether {@link RightsVerticle} can do with the files that options name. Blocks; any worker thread. */
public final class KeyFiles {

  private final List<String> problems = new ArrayList<>();

  private KeyFiles() {}

  /** What is wrong with the files, each a sentence that begins with the setting that names it; no key is in any. */
  public static List<String> problems(AuthOptions options) {
    return new KeyFiles().look(options);
  }

  private List<String> look(AuthOptions options) {
    var apiKeys = new ArrayList<ApiKeyOptions>(options.keys());
    options.keysFile().flatMap(file -> read("auth.keysFile", file, ApiKeyReader::file)).ifPresent(apiKeys::addAll);
    Optional<JwtKeys> unusedPem =
        options.jwt().publicKey().flatMap(file -> read("auth.jwtPublicKey", file, JwtKeys::ofPem));
    Optional<JwtKeys> unusedJwks = options.jwt().jwksFile().flatMap(file -> read("auth.jwks", file, JwtKeys::ofJwks));
    try {
      var unused = Keyring.of(apiKeys, JwtKeys.NONE);
    } catch (InvalidConfigException e) {
      problems.addAll(e.problems());
    }
    return List.copyOf(problems);
  }

  private <T> Optional<T> read(String key, Path file, BiFunction<String, byte[], T> reader) {
    String source = RightsVerticle.source(key, file);
    try {
      if (!Files.isRegularFile(file) || Files.size(file) > RightsVerticle.FILE_BYTES_MAX) {
        problems.add(source + " cannot be read: no file of at most " + RightsVerticle.FILE_BYTES_MAX + " bytes");
        return Optional.empty();
      }
      return Optional.of(reader.apply(source, Files.readAllBytes(file)));
    } catch (IOException e) {
      problems.add(source + " cannot be read: " + e.getClass().getSimpleName());
    } catch (InvalidConfigException e) {
      problems.addAll(e.problems());
    }
    return Optional.empty();
  }
}
