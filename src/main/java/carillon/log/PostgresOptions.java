package carillon.log;

import java.nio.file.Path;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Which database the postgresql engine keeps its history in. Immutable. It holds a secret, which {@link #toString()}
 * does not show.
 *
 * @param host name or address
 * @param port from 1
 * @param database its name; the hub has it, or at least the schema {@code carillon} in it, for itself
 * @param user who the hub is there
 * @param password {@code null} when the database asks for none
 * @param encryption whether the way there is encrypted
 * @param rootCertificate PEM file with what the server's certificate must come from; {@code null} for what the JVM
 *     trusts
 * @param connections most connections for reading, at least 1; there are two more, for appending and for upkeep
 * @param connectTimeout longest wait for a connection
 */
public record PostgresOptions(
    String host,
    int port,
    String database,
    String user,
    @Nullable String password,
    Encryption encryption,
    @Nullable Path rootCertificate,
    int connections,
    Duration connectTimeout) {

  /** What libpq calls {@code sslmode}. */
  public enum Encryption {
    /** Never. */
    DISABLE,
    /** If the server can. */
    PREFER,
    /** Always, with whoever answers. */
    REQUIRE,
    /** Always, and the certificate has to be trusted. */
    VERIFY_CA,
    /** Always, and the certificate has to be trusted and made out to the host. */
    VERIFY_FULL
  }

  /** The database as messages may show it. */
  String shown() {
    return "postgresql://" + (host.indexOf(':') < 0 ? host : "[" + host + "]") + ":" + port + "/" + database;
  }

  @Override
  public String toString() {
    return shown();
  }
}
