package carillon.harness;

import java.io.File;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.logging.Level;
import java.util.logging.Logger;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.openqa.selenium.By;
import org.openqa.selenium.WebElement;
import org.openqa.selenium.WindowType;
import org.openqa.selenium.chrome.ChromeDriver;
import org.openqa.selenium.chrome.ChromeDriverService;
import org.openqa.selenium.chrome.ChromeOptions;
import org.openqa.selenium.logging.LogEntry;
import org.openqa.selenium.logging.LogType;
import org.openqa.selenium.logging.LoggingPreferences;

/**
 * A headless Chromium that does what a person and the person's tabs do. Needs {@code chromium} and {@code chromedriver}
 * on the path. Confined to the thread of the test.
 */
public final class Browser implements AutoCloseable {

  /** Chromium on a machine with other things to do. */
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  /**
   * Held, because a logger that nobody holds forgets its level: warnings about a protocol version that is not used
   * here.
   */
  private static final Logger SELENIUM_LOG = Logger.getLogger("org.openqa.selenium");

  private final ChromeDriver driver;

  private Browser(ChromeDriver driver) {
    this.driver = driver;
  }

  /** Starts one, with one empty tab. */
  public static Browser start() {
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
    var driver = new ChromeDriver(service, options);
    driver.manage().timeouts().pageLoadTimeout(PATIENCE).scriptTimeout(PATIENCE);
    return new Browser(driver);
  }

  /** Loads a page into the tab in front, and forgets what former pages complained of. */
  public void open(URI hub, String target) {
    driver.get(hub + target);
    var unused = complaints();
  }

  /** Loads the page in front again. */
  public void reload() {
    driver.navigate().refresh();
  }

  /** Opens a tab with a page and comes to it. Returns its name for {@link #to}. */
  public String openTab(URI hub, String target) {
    driver.switchTo().newWindow(WindowType.TAB);
    driver.get(hub + target);
    return tab();
  }

  /** The name of the tab in front. */
  public String tab() {
    return driver.getWindowHandle();
  }

  /** Brings a tab to the front. */
  public void to(String tab) {
    driver.switchTo().window(tab);
  }

  /** Tells the page in front that the network is back, so that it does not wait for its next attempt. */
  public void comeOnline() {
    var unused = script("dispatchEvent(new Event('online'))");
  }

  /** Stops everything in the tab in front, as browsers do to tabs that nobody looks at, or lets it go on. */
  public void freeze(boolean isFrozen) {
    var unused =
        driver.executeCdpCommand("Page.setWebLifecycleState", Map.of("state", isFrozen ? "frozen" : "active"));
  }

  /** Closes a tab as a person does. Go {@link #to} another one then. */
  public void closeTab(String tab) {
    to(tab);
    driver.close();
  }

  /** Closes all tabs but one, which is emptied. */
  public void closeTabs() {
    List<String> tabs = new ArrayList<>(driver.getWindowHandles());
    for (String tab : tabs.subList(1, tabs.size())) {
      closeTab(tab);
    }
    to(tabs.get(0));
    driver.get("about:blank");
  }

  /** Runs the body of a function in the page in front; what it returns, as text. A promise is awaited. */
  public String script(String body, @Nullable Object... arguments) {
    return String.valueOf(driver.executeScript(body, arguments));
  }

  /** What the element with this id says. */
  public String text(String id) {
    return script("return document.getElementById(arguments[0])?.textContent", id);
  }

  /** Presses what a CSS selector finds first. */
  public void click(String selector) {
    driver.findElement(By.cssSelector(selector)).click();
  }

  /** Types into the field with this id instead of what is there. */
  public void type(String id, String text) {
    WebElement field = driver.findElement(By.id(id));
    field.clear();
    field.sendKeys(text);
  }

  /** How many elements a CSS selector finds. */
  public int count(String selector) {
    return driver.findElements(By.cssSelector(selector)).size();
  }

  /** The title of the page in front. */
  public String title() {
    return String.valueOf(driver.getTitle());
  }

  /**
   * What the browser's console complained of since it was last asked: a broken content security policy, a script's
   * exception, a missing file.
   */
  public List<String> complaints() {
    return driver.manage().logs().get(LogType.BROWSER).getAll().stream().map(LogEntry::getMessage).toList();
  }

  @Override
  public void close() {
    driver.quit();
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
