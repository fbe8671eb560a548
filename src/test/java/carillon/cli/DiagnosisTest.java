package carillon.cli;

import static carillon.cli.Finding.Verdict.FAIL;
import static carillon.cli.Finding.Verdict.OK;
import static carillon.cli.Finding.Verdict.SKIPPED;
import static carillon.cli.Finding.Verdict.WARN;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import carillon.cli.Diagnosis.Opening;
import java.net.http.HttpClient.Version;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class DiagnosisTest {

  private static final Duration PATIENCE = Duration.ofSeconds(5);
  private static final Instant NOW = Instant.parse("2026-01-31T12:00:00Z");

  @Test
  void stream_flowing_isFine() {
    assertEquals(OK, Diagnosis.stream(opening(200, "", true), PATIENCE).verdict());
  }

  @Test
  void stream_headAndNothingElse_isBuffered() {
    Finding finding = Diagnosis.stream(opening(200, "", false), PATIENCE);
    assertEquals(FAIL, finding.verdict());
    assertTrue(finding.advice().contains("proxy_buffering off"), finding.advice());
  }

  @Test
  void stream_refused_asksForAToken() {
    Finding finding = Diagnosis.stream(opening(403, "", false), PATIENCE);
    assertEquals(FAIL, finding.verdict());
    assertTrue(finding.advice().contains("--token-file"), finding.advice());
  }

  @Test
  void stream_somethingElse_asksForTheUrl() {
    var page = new Opening("", 200, "text/html", "", Version.HTTP_1_1, Duration.ZERO, Optional.empty(), "");
    assertTrue(Diagnosis.stream(page, PATIENCE).advice().contains("the URL of a hub"));
    assertTrue(Diagnosis.stream(opening(502, "", false), PATIENCE).advice().contains("does not reach the hub"));
  }

  @Test
  void compression_browserGetsNothing_isTheFault() {
    Opening plain = opening(200, "", true);
    assertEquals(OK, Diagnosis.compression(plain, plain).verdict());
    assertEquals(WARN, Diagnosis.compression(plain, opening(200, "gzip", true)).verdict());
    assertEquals(FAIL, Diagnosis.compression(plain, opening(200, "gzip", false)).verdict());
    assertEquals(FAIL, Diagnosis.compression(plain, Opening.failed("no answer")).verdict());
    Opening none = Opening.failed("no answer");
    assertEquals(SKIPPED, Diagnosis.compression(none, none).verdict());
  }

  @Test
  void http_version_isJudgedByWhatBrowsersDoWithIt() {
    assertEquals(OK, Diagnosis.http(Version.HTTP_2, true, false).verdict());
    assertEquals(WARN, Diagnosis.http(Version.HTTP_1_1, true, false).verdict());
    assertEquals(WARN, Diagnosis.http(Version.HTTP_1_1, false, true).verdict());
    assertEquals(OK, Diagnosis.http(Version.HTTP_1_1, false, false).verdict());
  }

  @Test
  void tls_certificate_isJudgedByItsEndAndByTrust() {
    Optional<String> none = Optional.empty();
    assertEquals(OK, Diagnosis.tls(NOW.plus(Duration.ofDays(15)), none, "TLSv1.3", NOW).verdict());
    assertEquals(WARN, Diagnosis.tls(NOW.plus(Duration.ofDays(13)), none, "TLSv1.3", NOW).verdict());
    assertEquals(FAIL, Diagnosis.tls(NOW, none, "TLSv1.3", NOW).verdict());
    Finding distrusted = Diagnosis.tls(NOW.plus(Duration.ofDays(99)), Optional.of("PKIX"), "TLSv1.3", NOW);
    assertEquals(FAIL, distrusted.verdict());
    assertTrue(distrusted.advice().contains("--ca"), distrusted.advice());
  }

  @Test
  void events_missingOrLate_areTold() {
    Duration soon = Duration.ofMillis(3);
    assertEquals(OK, Diagnosis.events(List.of(soon, soon, soon), 3, PATIENCE).verdict());
    assertEquals(WARN, Diagnosis.events(List.of(soon, Duration.ofSeconds(2), soon), 3, PATIENCE).verdict());
    assertEquals(FAIL, Diagnosis.events(List.of(soon, soon), 3, PATIENCE).verdict());
  }

  @Test
  void resume_anythingButTheRest_isAFault() {
    Optional<String> none = Optional.empty();
    List<String> rest = List.of("2", "3");
    assertEquals(OK, Diagnosis.resume(rest, List.of("2", "3"), none).verdict());
    assertEquals(FAIL, Diagnosis.resume(rest, List.of("1", "2"), none).verdict());
    assertEquals(FAIL, Diagnosis.resume(rest, List.of("3", "2"), none).verdict());
    assertEquals(FAIL, Diagnosis.resume(rest, List.of("2"), none).verdict());
    assertEquals(FAIL, Diagnosis.resume(rest, List.of(), Optional.of("{}")).verdict());
  }

  @Test
  void clock_bothDirections_haveTheSameBounds() {
    for (int sign : new int[] {1, -1}) {
      assertEquals(OK, Diagnosis.clock(Duration.ofMillis(1_900L * sign)).verdict());
      assertEquals(WARN, Diagnosis.clock(Duration.ofMillis(2_100L * sign)).verdict());
      assertEquals(FAIL, Diagnosis.clock(Duration.ofSeconds(31L * sign)).verdict());
    }
  }

  @Test
  void cors_originAndHeader_areBothNeeded() {
    String origin = "https://example.org";
    assertEquals(OK, Diagnosis.cors(204, origin, "*", "Last-Event-ID, content-type").verdict());
    assertEquals(OK, Diagnosis.cors(204, origin, origin, "last-event-id").verdict());
    assertEquals(WARN, Diagnosis.cors(204, origin, "", "last-event-id").verdict());
    assertEquals(WARN, Diagnosis.cors(204, origin, "*", "content-type").verdict());
    assertEquals(WARN, Diagnosis.cors(405, origin, "*", "last-event-id").verdict());
  }

  @Test
  void heartbeat_cutComesBeforeMissing() {
    Optional<Duration> some = Optional.of(Duration.ofSeconds(15));
    assertEquals(OK, Diagnosis.heartbeat(some, Optional.empty(), PATIENCE).verdict());
    assertEquals(FAIL, Diagnosis.heartbeat(Optional.empty(), Optional.empty(), PATIENCE).verdict());
    Finding cut = Diagnosis.heartbeat(some, Optional.of(Duration.ofSeconds(60)), PATIENCE);
    assertEquals(FAIL, cut.verdict());
    assertTrue(cut.advice().contains("proxy_read_timeout"), cut.advice());
  }

  private static Opening opening(int status, String encoding, boolean flows) {
    return new Opening(
        "", status, status == 200 ? "text/event-stream" : "application/problem+json", encoding, Version.HTTP_2,
        Duration.ofMillis(3), flows ? Optional.of(Duration.ofMillis(4)) : Optional.empty(), status + " refused");
  }
}
