package carillon.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vertx.core.json.JsonObject;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ConfigTextTest {

  @TempDir private Path directory;

  @Test
  void argument_inlineJson_isRead() {
    assertEquals(new JsonObject().put("a", 1), ConfigText.ofArgument("-conf", " {\"a\": 1}"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "a.yaml|a: 1",
        "a.yml|a: 1",
        "a|a: 1",
        "a.json|{\"a\":1}",
        "a.conf|{\"a\":1}",
        "b.yaml|{\"a\":1}"
      })
  void argument_file_isReadAsWhatItIs(String name, String text) throws Exception {
    assertEquals(new JsonObject().put("a", 1), ConfigText.ofArgument("-conf", file(name, text)));
  }

  @Test
  void argument_fileWithByteOrderMark_isRead() throws Exception {
    assertEquals(
        new JsonObject().put("a", 1), ConfigText.ofArgument("-conf", file("a.yaml", "\uFEFFa: 1")));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{",
        "{\"a\": 1",
        "{\"a\": 1}}",
        "{\"a\": 1} x",
        "[]",
        "[{\"a\": 1}]",
        "{\"a\": 1, \"a\": 2}",
        "{\"b\": {\"a\": 1, \"a\": 1}}",
        "{a: 1}",
        "{\"a\": 01}",
        "",
        " ",
        "/no/such/file.yaml",
        "a\0b"
      })
  void argument_brokenOrMissing_isOneProblem(String argument) {
    assertOneLine(argument);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "# nothing",
        "just text",
        "- a\n- b",
        "5",
        "a: 1\na: 2",
        "g:\n  a: 1\n  a: 1",
        "a: [1",
        "a: b: c",
        "a: 1\n---\nb: 2",
        "1: a",
        "true: a",
        "a: &x [*x]",
        "a: &x [1]\nb: *x",
        "a: !!java.net.URL [http://x]",
        "a: !x y",
        "\ta: 1",
        "a: \u0007",
        "{\"a\": 1",
        "a: !!timestamp 2026-01-01"
      })
  void file_brokenOrNotAGroup_isOneProblem(String text) throws Exception {
    assertOneLine(file("broken.yaml", text));
  }

  @Test
  void file_nameSaysJson_isNotReadAsYaml() throws Exception {
    assertOneLine(file("a.json", "a: 1"));
  }

  @Test
  void file_directoryTooLargeOrNotUtf8_isOneProblem() throws Exception {
    assertOneLine(directory.toString());
    assertOneLine(file("large.yaml", "a: " + "x".repeat(1 << 20)));
    Files.write(directory.resolve("latin"), "a: \u00e4".getBytes(StandardCharsets.ISO_8859_1));
    assertOneLine(directory.resolve("latin").toString());
  }

  @Test
  void file_nestedWithoutEnd_isOneProblem() throws Exception {
    assertOneLine("{\"a\":".repeat(5_000));
    assertOneLine(file("deep.yaml", "a: " + "[".repeat(5_000)));
  }

  @Test
  void problem_brokenText_saysWhereWithoutQuotingValues() throws Exception {
    String yaml = assertOneLine(file("a.yaml", "log:\n  url: hunter2: x"));
    assertTrue(yaml.contains("a.yaml: line 2, column 15: not valid YAML"), yaml);
    assertFalse(yaml.contains("hunter2"), yaml);
    assertTrue(
        assertOneLine("{\n\"url\": hunter2}")
            .matches("-conf: line 2, column \\d+: not valid JSON"));
    assertTrue(
        assertOneLine("{\"a\": 1,\n\"a\": 2}")
            .matches("-conf: line 2, column \\d+: Duplicate field 'a'"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "0123",
        "0x10",
        "0o17",
        "12:30",
        "yes",
        "on",
        "2026-01-01",
        ".inf",
        ".nan",
        "1_000",
        "+1",
        "<<"
      })
  void yaml_whatOlderYamlGuessesAt_isText(String text) throws Exception {
    assertEquals(text, ConfigText.ofArgument("-conf", file("a.yaml", "a: " + text)).getValue("a"));
  }

  @Test
  void yaml_coreTypes_areTyped() throws Exception {
    var read =
        ConfigText.ofArgument(
            "-conf",
            file("a.yaml", "a: 0\nb: -12\nc: 1.5\nd: true\ne: ~\nf:\ng: '7'\nh: [{i: false}]"));
    assertEquals(
        "{\"a\":0,\"b\":-12,\"c\":1.5,\"d\":true,\"e\":null,\"f\":null,\"g\":\"7\",\"h\":[{\"i\":false}]}",
        read.encode());
  }

  private static String assertOneLine(String argument) {
    var refused =
        assertThrows(InvalidConfigException.class, () -> ConfigText.ofArgument("-conf", argument));
    assertEquals(1, refused.problems().size());
    String problem = refused.problems().get(0);
    assertTrue(
        problem.length() < 400 && problem.chars().noneMatch(Character::isISOControl), problem);
    return problem;
  }

  private String file(String name, String text) throws Exception {
    return Files.writeString(directory.resolve(name), text).toString();
  }
}
