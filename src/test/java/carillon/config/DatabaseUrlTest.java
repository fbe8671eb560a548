package carillon.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Where a database is, read from a URL. */
final class DatabaseUrlTest {

  @Test
  void parse_everythingSaid_isTaken() {
    assertEquals(
        new DatabaseUrl("db_1.example", 5433, "the hub", "m:e", "a+b@c/d?", "verify-full", Path.of("/etc/ca 1.pem")),
        DatabaseUrl.parse(
            "postgresql://m%3Ae:a+b%40c%2Fd%3F@db_1.example:5433/the%20hub?sslmode=verify-full&sslrootcert=/etc/ca%201.pem"));
  }

  @Test
  void parse_onlyWhatIsNeeded_hasDefaults() {
    assertEquals(
        new DatabaseUrl("localhost", 5432, "hub", "me", null, "prefer", null),
        DatabaseUrl.parse("postgres://me@localhost/hub"));
    assertEquals("::1", DatabaseUrl.parse("postgresql://me@[::1]:5432/hub").host());
    assertEquals("", DatabaseUrl.parse("postgresql://me:@localhost/hub").password());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "", "s3cret", "postgresql://", "postgresql://db/hub", "postgresql://me:s3cret@db", "postgresql://me:s3cret@/hub",
        "http://me:s3cret@db/hub", "jdbc:postgresql://me:s3cret@db/hub", "postgresql://me:s3cret@db:0/hub",
        "postgresql://me:s3cret@db:65536/hub", "postgresql://me:s3cret@a,b/hub", "postgresql://me:s3@cret@db/hub",
        "postgresql://me:s3cret@db/hub?sslmode=no", "postgresql://me:s3cret@db/hub?password=s3cret",
        "postgresql://me:s3cret%@db/hub", "postgresql://me:s3cret@db/hub#s3cret"
      })
  void parse_anythingElse_isRefused(String text) {
    assertThrows(IllegalArgumentException.class, () -> DatabaseUrl.parse(text));
  }
}
