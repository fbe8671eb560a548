package carillon.http;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SameSiteTest {

  private final SameSite open = new SameSite(List.of("*"));
  private final SameSite listed = new SameSite(List.of("https://app.example"));

  @ParameterizedTest
  @CsvSource(
      nullValues = "-",
      value = {
        "same-origin, -,                        hub.example,      true",
        "same-origin, https://hub.example,      hub.example,      true",
        "none,        -,                        hub.example,      true",
        "same-site,   https://x.hub.example,    hub.example,      false",
        "cross-site,  https://evil.example,     hub.example,      false",
        "cross-site,  https://hub.example,      hub.example,      false",
        "'',          https://hub.example,      hub.example,      false",
        "-,           https://hub.example,      hub.example,      true",
        "-,           https://hub.example,      hub.example:443,  true",
        "-,           http://hub.example:80,    hub.example,      true",
        "-,           http://hub.example:8080,  HUB.example:8080, true",
        "-,           http://hub.example:8081,  hub.example:8080, false",
        "-,           https://evil.example,     hub.example,      false",
        "-,           https://hub.example.evil, hub.example,      false",
        "-,           https://hub.example@evil, hub.example,      false",
        "-,           null,                     null,             false",
        "-,           'https://[',              hub.example,      false",
        "-,           https://hub.example,      -,                false",
        "-,           -,                        hub.example,      false",
      })
  void cookie_isOurs_onlyFromOurPages(String site, String origin, String authority, boolean isOurs) {
    assertEquals(isOurs, open.isOurs(site, origin, authority));
    assertEquals(isOurs, listed.isOurs(site, origin, authority));
  }

  @ParameterizedTest
  @CsvSource({"cross-site, https://app.example, true", "cross-site, https://app.example.evil, false"})
  void configuredOrigin_isTrusted(String site, String origin, boolean isOurs) {
    assertEquals(isOurs, listed.isOurs(site, origin, "hub.example"));
    assertEquals(false, open.isOurs(site, origin, "hub.example"));
  }
}
