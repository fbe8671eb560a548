package carillon.publish;

import static java.nio.charset.StandardCharsets.UTF_16BE;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import carillon.event.Draft;
import carillon.event.EventType;
import carillon.event.InvalidValueException;
import carillon.event.Key;
import carillon.event.Payload;
import carillon.event.Topic;
import java.io.ByteArrayOutputStream;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class DraftReaderTest {

  private static Draft read(String json) {
    return DraftReader.read(json.getBytes(UTF_8));
  }

  private static String dataOf(String json) {
    return read("{\"topic\":\"a\",\"data\":" + json + "}").data().toString();
  }

  private static InvalidValueException refused(String json) {
    return assertThrows(InvalidValueException.class, () -> read(json), json);
  }

  @Test
  void read_everyField_isTheDraft() {
    Draft draft = read(
        "{\"topic\": [\"a\", \"b/c\"], \"data\": \"hi\\n\\u00e9\", \"type\": \"greeting\","
            + " \"key\": \"k-1\", \"ttl\": 60, \"retry\": 1500}");
    assertEquals(
        new Draft(
            List.of(new Topic("a"), new Topic("b/c")),
            new EventType("greeting"),
            Payload.of("hi\né"),
            new Key("k-1"),
            Duration.ofSeconds(60),
            Duration.ofMillis(1500)),
        draft);
  }

  @Test
  void read_topicAlone_hasEmptyDataAndNoOptions() {
    Draft draft = read("{\"topics\":\"a\"}");
    assertEquals(Draft.of(new Topic("a"), Payload.of("")), draft);
  }

  @Test
  void read_nullOptions_areNotGiven() {
    Draft draft = read("{\"topic\":\"a\",\"type\":null,\"key\":null,\"ttl\":null,\"retry\":null}");
    assertEquals(Draft.of(new Topic("a"), Payload.of("")), draft);
  }

  @Test
  void read_private_isPrivateOnlyIfItIsTrue() {
    assertTrue(read("{\"topic\":\"a\",\"private\":true}").isPrivate());
    assertFalse(read("{\"topic\":\"a\",\"private\":false}").isPrivate());
    assertFalse(read("{\"topic\":\"a\",\"private\":null}").isPrivate());
    for (String other : List.of("1", "\"true\"", "{}", "[true]")) {
      assertEquals("private", refused("{\"topic\":\"a\",\"private\":" + other + "}").what());
    }
  }

  @Test
  void read_emptyType_isNoType() {
    assertNull(read("{\"topic\":\"a\",\"type\":\"\"}").type());
  }

  @Test
  void read_dataBeforeTopic_isTheSame() {
    assertEquals(read("{\"topic\":\"a\",\"data\":[1]}"), read(" {\"data\" : [ 1 ] , \"topic\" : \"a\" } "));
  }

  @ParameterizedTest
  @ValueSource(strings = {
    "0.1", "1e400", "-0", "123456789012345678901234567890", "1E+2", "0.10000000000000000555",
    "true", "false", "null", "[]", "{}", "[0.1,1e400,123456789012345678901234567890]",
    "{\"a\":{\"b\":[null,\"\\ud800 \\u0041\\\\\\\" x\"]}}", "[\"é 😀\"]", "[[],{},\"\"]"
  })
  void read_dataThatIsNoString_keepsItsText(String json) {
    assertEquals(json, dataOf(json));
    assertEquals(json, dataOf(" " + json + "\n"));
  }

  @Test
  void read_spacedOutData_losesOnlyTheSpaceBetweenTokens() {
    assertEquals(
        "{\"a b\":[1,2,\" \\\" , \\\\\"],\"c\":{}}",
        dataOf("\r\n{ \"a b\" :\t[ 1 , 2 ,\n\" \\\" , \\\\\" ] , \"c\" : { } }\n"));
  }

  @Test
  void read_numberOfManyDigits_keepsThemAll() {
    String digits = "7".repeat(100_000);
    assertEquals(digits, dataOf(digits));
  }

  @Test
  void read_bomBeforeTheObject_isIgnored() {
    assertEquals("[1]", read("\ufeff{\"topic\":\"a\",\"data\":[ 1 ]}").data().toString());
  }

  @Test
  void read_lineOfMany_seesOnlyItsOwn() {
    byte[] lines = "{\"topic\":\"a\"}\n{\"topic\":\"é\",\"data\":{ \"x\" : 1 }}\n{bad".getBytes(UTF_8);
    int first = new String(lines, UTF_8).indexOf('\n') + 1;
    int second = lines.length - "\n{bad".length();
    Draft draft = DraftReader.read(lines, first, second);
    assertEquals(List.of(new Topic("é")), draft.topics());
    assertEquals("{\"x\":1}", draft.data().toString());
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', value = {
    "60 | PT1M", "\"60\" | PT1M", "\"10m\" | PT10M", "\"250ms\" | PT0.25S", "\"7d\" | PT168H", "060 | null"
  })
  void read_ttl_isSecondsOrADuration(String json, String expected) {
    String draft = "{\"topic\":\"a\",\"ttl\":" + json + "}";
    if (expected.equals("null")) {
      refused(draft);
    } else {
      assertEquals(Duration.parse(expected), read(draft).ttl());
    }
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', value = {"0 | PT0S", "1500 | PT1.5S", "\"1500\" | PT1.5S", "\"2s\" | PT2S"})
  void read_retry_isMillisecondsOrADuration(String json, String expected) {
    assertEquals(Duration.parse(expected), read("{\"topic\":\"a\",\"retry\":" + json + "}").retry());
  }

  @ParameterizedTest
  @ValueSource(strings = {
    "1.5", "-1", "1e3", "\"\"", "\"soon\"", "\"1.5s\"", "\"10 m\"", "true", "[]", "{}",
    "0", "1000000000000", "99999999999999999999", "\"٣\""
  })
  void read_ttlThatIsNone_isRefusedByName(String json) {
    assertEquals("ttl", refused("{\"topic\":\"a\",\"ttl\":" + json + "}").what());
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', value = {
    "{\"topic\":\"a\",\"tll\":60} | json",
    "{} | topic",
    "{\"topic\":null} | topic",
    "{\"topic\":1} | topic",
    "{\"topic\":[]} | topic",
    "{\"topic\":[\"a\",1]} | topic",
    "{\"topic\":[[\"a\"]]} | topic",
    "{\"topic\":\"a/*\"} | topic",
    "{\"topic\":\"a\\nb\"} | topic",
    "{\"topic\":\"\\ud800\"} | topic",
    "{\"topic\":\"a\",\"topics\":\"b\"} | topic",
    "{\"topic\":\"a\",\"type\":1} | type",
    "{\"topic\":\"a\",\"type\":\"a\\r\"} | type",
    "{\"topic\":\"a\",\"key\":\"\"} | key",
    "{\"topic\":\"a\",\"key\":[]} | key",
    "{\"topic\":\"a\",\"key\":4711} | key",
    "{\"topic\":\"a\",\"retry\":86400001} | retry",
    "{\"topic\":\"a\",\"data\":\"\\udc00\"} | data",
    "[] | json",
    "[{\"topic\":\"a\"}] | json",
    "\"a\" | json",
    "null | json"
  })
  void read_badValue_isRefusedByName(String json, String what) {
    assertEquals(what, refused(json).what());
  }

  @ParameterizedTest
  @ValueSource(strings = {
    "", " ", "{", "{\"topic\"", "{\"topic\":", "{\"topic\":\"a\"", "{\"topic\":\"a", 
    "{\"topic\":\"a\"}}", "{\"topic\":\"a\"}{}", "{\"topic\":\"a\"} x",
    "{\"topic\":\"a\",}", "{'topic':'a'}", "{topic:\"a\"}", "{\"topic\":\"a\",\"topic\":\"b\"}",
    "{\"topic\":\"a\",\"data\":{\"x\":1,\"x\":2}}",
    "{\"topic\":\"a\",\"data\":NaN}", "{\"topic\":\"a\",\"data\":01}", "{\"topic\":\"a\",\"data\":+1}",
    "{\"topic\":\"a\",\"data\":1.}",
    "{\"topic\":\"a\",\"data\":[1,]}", "{\"topic\":\"a\",\"data\":/* */1}", "{\"topic\":\"a\",\"data\":\"a\tb\"}",
    "{\"topic\":\"a\",\"data\":\"\\x\"}",
    "{\"topic\":\"a\",\"data\":[1}", "{\"topic\":\"a\",\"data\":tru}", "{\"topic\":\"a\",\"data\":\"\u0000\"}",
    "nul", "-", "\ufeff"
  })
  void read_malformedText_isRefusedAsJson(String json) {
    assertEquals("json", refused(json).what());
  }

  @Test
  void read_malformedText_saysWhere() {
    String message = refused("{\"topic\":\"a\",\"data\":[1 2]}").getMessage();
    assertTrue(message.contains("at byte 2"), message);
  }

  @Test
  void read_unknownField_listsTheAllowedOnes() {
    String message = refused("{\"topic\":\"a\",\"<script>\\n\":1}").getMessage();
    assertEquals(
        "json: expected only the fields topic (or topics), data, type, key, ttl, retry and private,"
            + " got \"<script>\\u000a\"",
        message);
  }

  @Test
  void read_nestingAtTheBound_isRead_andOneMoreRefused() {
    int inData = DraftReader.DEPTH_MAX - 1;
    String deepest = "[".repeat(inData) + "]".repeat(inData);
    assertEquals(deepest, dataOf(deepest));
    assertEquals("json", refused("{\"topic\":\"a\",\"data\":[" + deepest + "]}").what());
    refused("{\"topic\":\"a\",\"data\":" + "[".repeat(1_000_000));
  }

  @Test
  void read_dataAtTheBound_isRead_andOneByteMoreIsTooLarge() {
    String largest = "x".repeat(Payload.BYTES_MAX);
    assertEquals(Payload.BYTES_MAX, dataOf('"' + largest + '"').length());
    InvalidValueException refused = refused("{\"topic\":\"a\",\"data\":\"x" + largest + "\"}");
    assertEquals("data", refused.what());
    assertTrue(refused.isTooLarge());
    assertTrue(refused("{\"topic\":\"a\",\"data\":[\"" + largest + "\"]}").isTooLarge());
  }

  @Test
  void read_bytesThatAreNoUtf8_areRefused() {
    // no first byte, an overlong '/', a surrogate, a cut-off character
    for (String hex : List.of("ff", "c0af", "eda080", "e282")) {
      byte[] bytes = HexFormat.of().parseHex(hex);
      var json = new ByteArrayOutputStream();
      json.writeBytes("{\"topic\":\"a\",\"data\":\"".getBytes(UTF_8));
      json.writeBytes(bytes);
      json.writeBytes("\"}".getBytes(UTF_8));
      assertThrows(InvalidValueException.class, () -> DraftReader.read(json.toByteArray()));
    }
    assertThrows(InvalidValueException.class, () -> DraftReader.read("{\"topic\":\"a\"}".getBytes(UTF_16BE)));
  }

  @Test
  void readAll_objects_areDraftsInOrder() {
    List<Draft> drafts = DraftReader.readAll("[{\"topic\":\"a\"}, {\"topic\":\"b\",\"data\":[ ]}\n]".getBytes(UTF_8));
    assertEquals(List.of(Draft.of(new Topic("a"), Payload.of("")), Draft.of(new Topic("b"), Payload.of("[]"))), drafts);
    assertEquals(List.of(), DraftReader.readAll("[]".getBytes(UTF_8)));
  }

  @Test
  void readAll_badItem_isNamedByItsPlace() {
    var refused = assertThrows(
        InvalidValueException.class, () -> DraftReader.readAll("[{\"topic\":\"a\"},{\"topic\":\"\"}]".getBytes(UTF_8)));
    assertEquals("topic", refused.what());
    assertEquals("[1]: topic: expected at least one character, got \"\"", refused.getMessage());
  }

  @ParameterizedTest
  @ValueSource(strings = {
    "{\"topic\":\"a\"}", "[{\"topic\":\"a\"}", "[{\"topic\":\"a\"},]", "[1]", "[[]]",
    "[{\"topic\":\"a\"}] []", "", "null"
  })
  void readAll_malformedText_isRefused(String json) {
    assertThrows(InvalidValueException.class, () -> DraftReader.readAll(json.getBytes(UTF_8)));
  }

  @Test
  void readAll_moreThanTheBound_isRefused() {
    String many = "[" + "{\"topic\":\"a\"},".repeat(DraftReader.ARRAY_MAX) + "{\"topic\":\"a\"}]";
    assertThrows(InvalidValueException.class, () -> DraftReader.readAll(many.getBytes(UTF_8)));
  }

  @Test
  void of_texts_meanWhatJsonMeans() {
    Draft fromTexts = DraftReader.of(List.of(new Topic("a")), "t", Payload.of("d"), "k", "60", "1500", false);
    assertEquals(
        read("{\"topic\":\"a\",\"type\":\"t\",\"data\":\"d\",\"key\":\"k\",\"ttl\":60,\"retry\":1500}"), fromTexts);
    Draft kept = DraftReader.of(List.of(new Topic("a")), null, Payload.of(""), null, "10m", null, false);
    assertEquals(Duration.ofMinutes(10), kept.ttl());
  }

  /** Breaks a good draft at random places: whatever comes out, it is a draft or an {@link InvalidValueException}. */
  @Test
  void read_randomDamage_isADraftOrRefused() {
    long seed = System.nanoTime();
    var random = new Random(seed);
    String sample =
        "[{\"topic\":[\"a\",\"é\"],\"data\":{\"x\":[1.5e3,\"\\u0041\\\\\",null]},\"type\":\"t\","
            + "\"ttl\":\"10m\",\"retry\":5}]";
    byte[] good = sample.getBytes(UTF_8);
    for (int round = 0; round < 8_000; round++) {
      byte[] bad = good.clone();
      for (int i = random.nextInt(3); i >= 0; i--) {
        int any = random.nextBoolean() ? random.nextInt(256) : "{}[]\",:\\0 1".charAt(random.nextInt(11));
        bad[random.nextInt(bad.length)] = (byte) any;
      }
      int from = random.nextInt(2);
      int to = bad.length - random.nextInt(3);
      try {
        DraftReader.read(bad, from, to);
      } catch (InvalidValueException expected) {
        // refused, as it should
      } catch (RuntimeException e) {
        throw new AssertionError("seed " + seed + ", round " + round + ": " + new String(bad, UTF_8), e);
      }
      try {
        DraftReader.readAll(bad);
      } catch (InvalidValueException expected) {
        // refused, as it should
      } catch (RuntimeException e) {
        throw new AssertionError("seed " + seed + ", round " + round + ": " + new String(bad, UTF_8), e);
      }
    }
  }
}
