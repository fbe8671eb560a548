package carillon;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import carillon.harness.Eventually;
import carillon.harness.Http;
import carillon.harness.HubProcess;
import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.BooleanSupplier;
import java.util.logging.Level;
import java.util.logging.Logger;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.openqa.selenium.By;
import org.openqa.selenium.JavascriptExecutor;
import org.openqa.selenium.WebElement;
import org.openqa.selenium.chrome.ChromeDriver;
import org.openqa.selenium.chrome.ChromeDriverService;
import org.openqa.selenium.chrome.ChromeOptions;
import org.openqa.selenium.logging.LogEntry;
import org.openqa.selenium.logging.LogType;
import org.openqa.selenium.logging.LoggingPreferences;

/**
 * The page at {@code /} in a real browser, against a real hub. Needs {@code chromium} and {@code chromedriver} on the
 * path.
 */
class PageIT {

  private static final Duration SOON = Duration.ofSeconds(15);

  /**
   * Held, because a logger that nobody holds forgets its level: warnings about a protocol version that is not used
   * here.
   */
  private static final Logger SELENIUM_LOG = Logger.getLogger("org.openqa.selenium");

  private static ChromeDriver browser;

  private HubProcess hub;

  @BeforeAll
  static void openBrowser() {
    SELENIUM_LOG.setLevel(Level.SEVERE);
    var logs = new LoggingPreferences();
    logs.enable(LogType.BROWSER, Level.ALL);
    var options = new ChromeOptions();
    options.setBinary(onPath("chromium"));
    options.addArguments(
        "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--window-size=1280,900");
    options.setCapability("goog:loggingPrefs", logs);
    var service =
        new ChromeDriverService.Builder().usingDriverExecutable(onPath("chromedriver")).usingAnyFreePort().build();
    browser = new ChromeDriver(service, options);
    browser.manage().timeouts().pageLoadTimeout(SOON).scriptTimeout(SOON);
  }

  @AfterAll
  static void closeBrowser() {
    if (browser != null) {
      browser.quit();
    }
  }

  @BeforeEach
  void openPage() {
    hub = HubProcess.setup().start();
    browser.get(hub.uri() + "/");
    browser.manage().logs().get(LogType.BROWSER); // what former pages said is theirs
  }

  @AfterEach
  void stopHub() {
    browser.get("about:blank");
    hub.close();
  }

  @Test
  void opened_ticksArrive_movesTheClock() {
    Set<String> times = new LinkedHashSet<>();
    await("three different times on the clock", () -> {
      String time = text("clock-time");
      return time.matches("\\d\\d:\\d\\d:\\d\\d") && times.add(time) && times.size() >= 3;
    });
    assertEquals("live", text("connection-state"));
    assertTrue(browser.findElements(By.cssSelector("#clock-marks .arrived")).size() >= 3, "the ring shows the ticks");
    assertEquals(List.of(), complaints());
  }

  @Test
  void publishForm_submitted_showsIdAndEvent() {
    awaitLive();
    type("publish-topic", "builds/carillon #1?");
    type("publish-type", "greeting");
    type("publish-data", "from the page\n  second line");
    browser.findElement(By.cssSelector("#publish-form button[type=submit]")).click();
    await("the id as the outcome", () -> text("publish-outcome").matches("201 · [0-9a-f]{12}-\\d+"));
    await("the event in the feed", () -> feedHas("builds/carillon #1?", "from the page\n  second line"));
    assertEquals("greeting", browser.findElement(By.cssSelector("#feed .type")).getText());
    assertEquals(1, browser.findElements(By.cssSelector("#feed > li")).size());
    assertEquals(List.of(), complaints());
  }

  @Test
  void publishForm_reservedTopic_showsTheRefusal() {
    awaitLive();
    type("publish-topic", "hub/mine");
    browser.findElement(By.cssSelector("#publish-form button[type=submit]")).click();
    await("a refusal as the outcome", () -> text("publish-outcome").matches("(?s)4\\d\\d · .+"));
  }

  @Test
  void opened_eventFromElsewhere_appearsInTheFeed() {
    awaitLive();
    assertEquals(201, Http.post(hub.uri(), "/events/news", "from a shell").status());
    await("the event in the feed", () -> feedHas("news", "from a shell"));
  }

  /** EventSource hands typed events to listeners of that very type, and a page cannot know all types beforehand. */
  @Test
  void opened_eventOfATypeNeverSeen_appearsInTheFeed() {
    awaitLive();
    assertEquals(201, Http.post(hub.uri(), "/events/news?type=never-seen", "typed").status());
    await("the event in the feed", () -> feedHas("news", "typed"));
    assertEquals("never-seen", browser.findElement(By.cssSelector("#feed .type")).getText());
  }

  @Test
  void opened_eventsFromBefore_areInTheFeed() {
    Http.post(hub.uri(), "/events/news", "before the page");
    browser.navigate().refresh();
    await("the earlier event in the feed", () -> feedHas("news", "before the page"));
  }

  @Test
  void opened_hostilePayload_isText() {
    awaitLive();
    String hostile = "<img src=x onerror=\"document.title='pwned'\"><script>document.title='pwned'</script>";
    assertEquals(201, Http.post(hub.uri(), "/events/news", hostile).status());
    assertEquals(201, Http.post(hub.uri(), "/events/%3Cimg%20src=x%20onerror=alert(1)%3E", "topic").status());
    await("the markup as text", () -> feedHas("news", hostile) && feedHas("<img src=x onerror=alert(1)>", "topic"));
    assertEquals(0, browser.findElements(By.cssSelector("#feed img, #feed script")).size());
    assertEquals("Carillon", browser.getTitle());
    assertEquals(List.of(), complaints());
  }

  @Test
  void live_hubKilledAndStartedAgain_comesBackByItself() {
    Http.post(hub.uri(), "/events/news", "in the first life");
    awaitLive();
    await("the first event", () -> feedHas("news", "in the first life"));
    int port = hub.port();
    hub.kill();
    await("the loss to be shown", () -> text("connection-state").equals("reconnecting"));
    hub.close();
    hub = HubProcess.setup().port(port).start();
    await("the connection to be live again", () -> text("connection-state").equals("live"));
    String stopped = text("clock-time");
    await("the clock to go on", () -> !text("clock-time").equals(stopped));
    Http.post(hub.uri(), "/events/news", "in the second life");
    await("an event of the new hub", () -> feedHas("news", "in the second life"));
  }

  @Test
  void follow_selectorsTyped_showsOnlyWhatTheySelect() {
    awaitLive();
    type("follow-selectors", "prices/* news");
    browser.findElement(By.cssSelector("#follow-form button")).click();
    awaitLive();
    Http.post(hub.uri(), "/events/other", "not wanted");
    Http.post(hub.uri(), "/events/prices/eur", "1.08");
    await("the wanted event", () -> feedHas("prices/eur", "1.08"));
    assertEquals(1, browser.findElements(By.cssSelector("#feed > li")).size());
  }

  @Test
  void follow_selectorsThatAreNone_saysWhyAndStops() {
    awaitLive();
    type("follow-selectors", "a//b");
    browser.findElement(By.cssSelector("#follow-form button")).click();
    await("the refusal", () -> text("connection-state").startsWith("refused: "));
  }

  private void awaitLive() {
    await(
        "a live connection and a tick",
        () -> text("connection-state").equals("live") && !text("clock-time").startsWith("-"));
  }

  private void await(String what, BooleanSupplier condition) {
    Eventually.await(what, SOON, condition, this::evidence);
  }

  /** What the page shows and what was complained of, for the message of a failure. */
  private String evidence() {
    String connection = text("connection-state") + " " + text("connection-detail");
    return "  page: " + connection + " | " + text("publish-outcome") + " | " + text("feed") + System.lineSeparator()
        + "  console: " + complaints() + hub.evidence();
  }

  private static String text(String id) {
    return script("return document.getElementById(arguments[0]).textContent", id);
  }

  private static boolean feedHas(String topic, String data) {
    return Boolean.parseBoolean(script(
        """
        return String([...document.querySelectorAll('#feed > li')].some((row) =>
          row.querySelector('.topic')?.textContent === arguments[0]
              && row.querySelector('pre')?.textContent === arguments[1]))
        """,
        topic,
        data));
  }

  private static String script(String text, Object... arguments) {
    return String.valueOf(((JavascriptExecutor) browser).executeScript(text, arguments));
  }

  private static void type(String id, String text) {
    WebElement field = browser.findElement(By.id(id));
    field.clear();
    field.sendKeys(text);
  }

  /**
   * What the browser's console complained about: a broken content security policy, a script's exception, a missing
   * file.
   */
  private static List<String> complaints() {
    return browser.manage().logs().get(LogType.BROWSER).getAll().stream().map(LogEntry::getMessage).toList();
  }

  private static File onPath(String program) {
    return Stream.of(System.getenv("PATH").split(File.pathSeparator))
        .map(directory -> Path.of(directory, program))
        .filter(Files::isExecutable)
        .findFirst()
        .orElseThrow(
            () ->
                new AssertionError(
                    "this test needs '" + program + "' on the PATH (Debian: apt install chromium chromium-driver)"))
        .toFile();
  }
}
