package carillon.config;

import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Where a PostgreSQL database is and who the hub is there, as libpq spells it (PostgreSQL documentation, "Connection
 * URIs"). Immutable. It holds a secret, so neither {@link #toString()} nor any refusal shows it.
 *
 * @param host name or address, without brackets
 * @param port 1 to 65535
 * @param database its name
 * @param user who the hub is there
 * @param password {@code null} if none is given
 * @param sslMode one of {@link #SSL_MODES}
 * @param sslRootCertificate a PEM file, {@code null} if none is given
 */
public record DatabaseUrl(
    String host,
    int port,
    String database,
    String user,
    @Nullable String password,
    String sslMode,
    @Nullable Path sslRootCertificate) {

  /** What {@code sslmode} may say, from no encryption at all to that with a certificate for this very host. */
  public static final List<String> SSL_MODES = List.of("disable", "prefer", "require", "verify-ca", "verify-full");

  private static final int PORT = 5_432;
  private static final int PORT_MAX = 65_535;

  private static final Pattern URL =
      Pattern.compile(
          "postgres(?:ql)?://"
              + "(?<user>[^:@/?#]+)(?::(?<password>[^@/?#]*))?@"
              + "(?:\\[(?<address>[0-9a-fA-F:.]+)]|(?<host>[A-Za-z0-9._-]+))(?::(?<port>[1-9][0-9]{0,4}))?"
              + "/(?<database>[^/?#]+)"
              + "(?:\\?(?<parameters>[^#]*))?");

  /**
   * Reads {@code text}; user, password and database are percent-encoded.
   *
   * @throws IllegalArgumentException if it is no such URL; the message does not repeat it
   */
  static DatabaseUrl parse(String text) {
    Matcher url = URL.matcher(text);
    if (!url.matches()) {
      throw new IllegalArgumentException("no URL of a database");
    }
    int port = Optional.ofNullable(url.group("port")).map(Integer::parseInt).orElse(PORT);
    if (port > PORT_MAX) {
      throw new IllegalArgumentException("no port");
    }
    String sslMode = "prefer";
    Path certificate = null;
    String parameters = url.group("parameters");
    for (String parameter : parameters == null ? new String[0] : parameters.split("&", -1)) {
      if (parameter.startsWith("sslmode=") && SSL_MODES.contains(parameter.substring(8))) {
        sslMode = parameter.substring(8);
      } else if (parameter.startsWith("sslrootcert=")) {
        certificate = Path.of(decoded(parameter.substring(12)));
      } else {
        throw new IllegalArgumentException("unknown parameter");
      }
    }
    String password = url.group("password");
    String address = url.group("address");
    return new DatabaseUrl(
        address == null ? url.group("host") : address,
        port,
        decoded(url.group("database")),
        decoded(url.group("user")),
        password == null ? null : decoded(password),
        sslMode,
        certificate);
  }

  private static String decoded(String text) {
    return URLDecoder.decode(text.replace("+", "%2B"), StandardCharsets.UTF_8);
  }

  @Override
  public String toString() {
    return "postgresql://" + host + ":" + port + "/" + database;
  }
}
