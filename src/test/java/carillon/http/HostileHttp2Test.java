package carillon.http;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http2.DefaultHttp2HeadersDecoder;
import io.netty.handler.codec.http2.Http2Exception;
import java.io.DataInputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/**
 * HTTP/2 frames that no client would send: each ends its stream or its connection, or is refused; nothing of it is
 * stored, and the stream and the connection of others do not notice. RFC 9113 says which is wrong in what way.
 *
 * <p>Seen to fail with as many resets as {@code http.http2ResetsMax} allows.
 */
class HostileHttp2Test {

  private static final int PATIENCE_MILLIS = 30_000;
  private static final String PREFACE = hex("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n") + frame(4, 0, 0, "");
  private static final int END_STREAM = 1;
  private static final int END_HEADERS = 4;
  private static final int PRIORITY = 32;

  /** {@code :method POST, :scheme http} of the static table; path and authority in full. */
  private static final String GOOD = "8386" + "04" + text("/events/a") + "01" + text("h");

  @Test
  void frames_ofTheTable_areRefusedAndHarmNobody() throws Exception {
    try (HostileHub hub = HostileHub.open()) {
      assertEquals("answer 201", observe(hub, post(GOOD, "78")), "a good one is good, or this would prove nothing");
      assertEquals(1, hub.heard().size());
      var wrong = new ArrayList<String>();
      for (var row : table().entrySet()) {
        String observed = observe(hub, row.getValue());
        if (observed.startsWith("answer 2") || observed.startsWith("answer 5") || observed.equals("nothing")) {
          wrong.add(row.getKey() + ": " + observed);
        }
        if (!hub.heard().isEmpty()) {
          wrong.add(row.getKey() + ": published");
        }
      }
      assertEquals(List.of(), wrong);
    }
  }

  private static Map<String, String> table() {
    var rows = new LinkedHashMap<String, String>();
    Map<String, String> heads = new LinkedHashMap<>();
    heads.put("transfer-encoding", GOOD + field("transfer-encoding", "chunked"));
    heads.put("connection", GOOD + field("connection", "close"));
    heads.put("upgrade", GOOD + field("upgrade", "h2c"));
    heads.put("te that is no trailers", GOOD + field("te", "gzip"));
    heads.put("a name in capitals", GOOD + field("X-Type", "t"));
    heads.put("a name with a space", GOOD + field("x type", "t"));
    heads.put("a name with a colon", GOOD + field("x:type", "t"));
    heads.put("a name with a line end", GOOD + field("x\r\nevil", "t"));
    heads.put("an empty name", GOOD + field("", "t"));
    heads.put("a value with a line end", GOOD + field("x-type", "t\r\nevil: 1"));
    heads.put("a value with NUL", GOOD + field("x-type", "t\0"));
    heads.put("a pseudo-header behind", "8386" + field("a", "b") + "04" + text("/events/a"));
    heads.put("an unknown pseudo-header", GOOD + field(":evil", "1"));
    heads.put("a pseudo-header of answers", GOOD + field(":status", "200"));
    heads.put("no path", "8386" + "01" + text("h"));
    heads.put("two paths", GOOD + "04" + text("/events/b"));
    heads.put("an empty path", "8386" + "04" + text("") + "01" + text("h"));
    heads.put("no method", "86" + "04" + text("/events/a") + "01" + text("h"));
    heads.put("two methods", "83" + GOOD);
    heads.put("no scheme", "83" + "04" + text("/events/a") + "01" + text("h"));
    heads.put("a length that is not kept", GOOD + field("content-length", "5"));
    heads.put("two lengths", GOOD + field("content-length", "1") + field("content-length", "2"));
    heads.put("a length with a sign", GOOD + field("content-length", "-1"));
    heads.put("a topic up and out", "8386" + "04" + text("/events/a/../b") + "01" + text("h"));
    heads.put("a topic with NUL", "8386" + "04" + text("/events/a%00") + "01" + text("h"));
    heads.put("index 0", GOOD + "80");
    heads.put("an index of nothing", GOOD + "ff7f");
    heads.put("an index without end", GOOD + "ff" + "ff".repeat(12));
    heads.put("a table too large", "3fe1ffff7f" + GOOD);
    heads.put("text that ends early", GOOD + "00" + "0161" + "05" + "61");
    heads.put("Huffman padding", GOOD + "00" + "0161" + "84ffffffff");
    heads.forEach((name, block) -> rows.put(name, post(block, "78")));
    String head = frame(1, END_HEADERS, 1, GOOD);
    rows.put("a head too long", frame(1, 0, 1, GOOD) + continuations(40, field("x", "y".repeat(1_000)), END_HEADERS));
    rows.put("continuations without end", frame(1, 0, 1, GOOD) + continuations(3_000, field("x", "y"), 0));
    rows.put("empty continuations without end", frame(1, 0, 1, GOOD) + continuations(3_000, "", 0));
    rows.put("a continuation of nothing", frame(9, END_HEADERS, 1, ""));
    rows.put("data within a head", frame(1, 0, 1, GOOD) + frame(0, 0, 1, "78"));
    rows.put("data on the connection", frame(0, END_STREAM, 0, "78"));
    rows.put("data on a stream that is not open", frame(0, END_STREAM, 5, "78"));
    rows.put("data padded beyond itself", head + frame(0, 8 | END_STREAM, 1, "ff78"));
    rows.put("a head on the connection", frame(1, END_HEADERS, 0, GOOD));
    rows.put("a head on an even stream", frame(1, END_HEADERS, 2, GOOD));
    rows.put("a head padded beyond itself", frame(1, 8 | END_HEADERS, 1, "ff" + GOOD));
    rows.put("a reset of nothing", frame(3, 0, 7, "00000000"));
    rows.put("a reset too short", head + frame(3, 0, 1, "0000"));
    rows.put("a window of nothing", frame(8, 0, 0, "00000000"));
    rows.put("a window beyond all bounds", frame(8, 0, 0, "7fffffff") + frame(8, 0, 0, "7fffffff"));
    rows.put("settings of odd length", frame(4, 0, 0, "0001"));
    rows.put("settings on a stream", frame(4, 0, 1, ""));
    rows.put("settings that push twice", frame(4, 0, 0, "000200000002"));
    rows.put("settings with a window too large", frame(4, 0, 0, "0004ffffffff"));
    rows.put("settings with frames too small", frame(4, 0, 0, "000500000001"));
    rows.put("a ping of seven", frame(6, 0, 0, "00".repeat(7)));
    rows.put("a ping on a stream", frame(6, 0, 1, "00".repeat(8)));
    rows.put("a push", head + frame(5, END_HEADERS, 1, "00000002" + GOOD));
    rows.put("a stream that waits for itself", frame(1, END_HEADERS | 32, 1, "00000001" + "10" + GOOD));
    rows.put("a frame too large", "7fffff" + "00" + "00" + "00000001" + "78".repeat(100));
    rows.put("pings without end", frame(6, 0, 0, "00".repeat(8)).repeat(20_000) + frame(0, 0, 0, "78"));
    rows.put("settings without end", frame(4, 0, 0, "").repeat(20_000) + frame(0, 0, 0, "78"));
    rows.put("empty data without end", head + frame(0, 0, 1, "").repeat(20_000));
    rows.put("resets without end", resets(2_100));
    return rows;
  }

  private static String post(String block, String data) {
    return frame(1, END_HEADERS, 1, block) + frame(0, END_STREAM, 1, data);
  }

  private static String continuations(int count, String block, int lastFlags) {
    return frame(9, 0, 1, block).repeat(count) + frame(9, lastFlags, 1, block);
  }

  private static String resets(int count) {
    var frames = new StringBuilder();
    for (int i = 0; i < count; i++) {
      frames.append(frame(1, END_HEADERS, 2 * i + 1, GOOD)).append(frame(3, 0, 2 * i + 1, "00000008"));
    }
    return frames.toString();
  }

  // RFC 9113, section 4.1, and RFC 7541, section 6.2.2, in hexadecimal.

  private static String frame(int type, int flags, int stream, String payload) {
    HexFormat digits = HexFormat.of();
    return digits.toHexDigits(payload.length() / 2, 6)
        + digits.toHexDigits((byte) type)
        + digits.toHexDigits((byte) flags)
        + digits.toHexDigits(stream)
        + payload;
  }

  private static String field(String name, String value) {
    return "00" + text(name) + text(value);
  }

  private static String text(String text) {
    int length = text.length();
    String size =
        length < 127
            ? HexFormat.of().toHexDigits((byte) length)
            : "7f" + HexFormat.of().toHexDigits((byte) ((length - 127) % 128 | 128))
                + HexFormat.of().toHexDigits((byte) ((length - 127) / 128));
    return size + hex(text);
  }

  private static String hex(String text) {
    return HexFormat.of().formatHex(text.getBytes(ISO_8859_1));
  }

  /** What the hub does first that says something: an answer, a reset, or the end of the connection. */
  private static String observe(HostileHub hub, String frames) throws IOException {
    try (var socket = new Socket(InetAddress.getLoopbackAddress(), hub.port())) {
      socket.setSoTimeout(PATIENCE_MILLIS);
      try {
        socket.getOutputStream().write(HexFormat.of().parseHex(PREFACE + frames));
      } catch (IOException closedMeanwhile) {
        return "closed";
      }
      return reaction(new DataInputStream(socket.getInputStream()));
    }
  }

  private static String reaction(DataInputStream in) {
    try {
      while (true) {
        int length = in.readUnsignedShort() << 8 | in.readUnsignedByte();
        int type = in.readUnsignedByte();
        int flags = in.readUnsignedByte();
        in.readInt();
        byte[] payload = in.readNBytes(length);
        if (type == 1) {
          int from = (flags & PRIORITY) == 0 ? 0 : 5; // what is deprecated of it is sent all the same
          return "answer " + status(Arrays.copyOfRange(payload, from, length));
        } else if (type == 3) {
          return "reset";
        } else if (type == 7) {
          return "end";
        } // settings, pings and windows say nothing
      }
    } catch (SocketTimeoutException e) {
      return "nothing";
    } catch (IOException e) {
      return "closed";
    }
  }

  private static String status(byte[] block) throws IOException {
    try {
      var headers = new DefaultHttp2HeadersDecoder().decodeHeaders(1, Unpooled.wrappedBuffer(block));
      return headers.status().toString();
    } catch (Http2Exception e) {
      throw new IOException(e);
    }
  }
}
