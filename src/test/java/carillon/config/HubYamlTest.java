package carillon.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vertx.core.json.JsonObject;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/**
 * {@code conf/hub.yaml} is documentation that runs: it must say what holds without it, and leave
 * nothing out.
 */
class HubYamlTest {

  private static final Path FILE = Path.of("conf", "hub.yaml");

  /**
   * The # of a setting; prose has a blank after it, and items of a list that is described have
   * three.
   */
  private static final Pattern COMMENTED_OUT =
      Pattern.compile("(?m)(?<=^ {0,8})#(?=(- |  )?[a-zA-Z]+: )");

  @Test
  void file_asItStands_equalsTheDefaults() {
    assertEquals(HubOptionsReader.read(new JsonObject()), HubOptionsReader.read(file()));
  }

  @Test
  void file_withWhatIsCommentedOut_namesEverySettingAndNoOther() throws Exception {
    String active =
        COMMENTED_OUT
            .matcher(Files.readString(FILE))
            .replaceAll("")
            .replace("topics: []", "topics:");
    JsonObject all = ConfigText.yaml(FILE.toString(), active.getBytes(StandardCharsets.UTF_8));
    assertEquals(
        new TreeSet<>(Settings.BY_KEY.keySet()), new TreeSet<>(Layers.ofTree(all).fieldNames()));
    HubOptions options = HubOptionsReader.read(all);
    assertEquals(1, options.clocks().size());
    assertTrue(options.clocks().get(0).format() != null && options.clocks().get(0).type() != null);
    assertTrue(options.topics().get(0).latestOnly());
  }

  @Test
  void file_everySetting_standsUnderACommentWithItsBounds() throws Exception {
    String[] lines = Files.readString(FILE).split("\n");
    for (int i = 1; i < lines.length; i++) {
      if (lines[i].matches("  #?[a-zA-Z]+: .*")) {
        assertTrue(
            lines[i - 1].startsWith("  # "), "no comment above line " + (i + 1) + ": " + lines[i]);
      }
    }
  }

  /** The head of the file says of which settings a change waits. */
  @Test
  void file_listOfWhatNeedsARestart_isThatOfTheTable() throws Exception {
    String text = Files.readString(FILE).replace("\n#", "");
    String sentence = "Only these take effect after a restart: ";
    int from = text.indexOf(sentence) + sentence.length();
    var named = new TreeSet<>(List.of(text.substring(from, text.indexOf(". ", from)).split(",? +")));
    var expected = new TreeSet<String>();
    for (Setting<?> setting : Settings.ALL) {
      String group = setting.key().replaceFirst("\\..*", ".*");
      boolean isWhole =
          Settings.ALL.stream().noneMatch(one -> one.isReloadable() && one.key().startsWith(group.replace("*", "")));
      if (!setting.isReloadable()) {
        expected.add(isWhole && setting.key().contains(".") && !group.equals("reload.*") ? group : setting.key());
      }
    }
    assertEquals(expected, named);
  }

  private static JsonObject file() {
    return ConfigText.ofArgument("-conf", FILE.toString());
  }
}
