package carillon.http;

import carillon.event.EventId;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.util.AsciiString;
import io.vertx.core.buffer.Buffer;
import java.nio.charset.StandardCharsets;

/**
 * The answer to a plain publish as HTTP/1.1 puts it on the wire, to the byte what the ordinary way sends. Confined to
 * one thread.
 *
 * <pre>
 *   HTTP/1.1 201 Created
 *   content-type: text/plain; charset=utf-8
 *   content-length: 17
 *   cache-control: no-store
 *
 *   00c4f1a90b7e-1042
 * </pre>
 */
final class AnswerBytes {

  private static final AsciiString REST_OF_HEAD = new AsciiString("\r\ncache-control: no-store\r\n\r\n");

  /** What every answer carries: a cache must not serve to one origin what another one got. */
  private final String common;

  private final AsciiString created;
  private final AsciiString duplicate;
  private final AsciiString passedOn;

  private long epoch;
  private AsciiString epochText = AsciiString.EMPTY_STRING;

  /**
   * @param strict whose field stands first in every answer
   * @param cors the rule whose fields stand behind it, to requests without an origin
   */
  AnswerBytes(StrictTransport strict, Cors cors) {
    this.common = strict.line() + (cors.isOpen() ? "" : "vary: Origin\r\n");
    this.created = head(201);
    this.duplicate = head(200);
    this.passedOn = head(202);
  }

  /** Appends {@code answer} to {@code out}; in {@code format} if it is no problem. */
  void append(ByteBuf out, PublishAnswer answer, String format) {
    if (answer.problem() != null) {
      appendProblem(out, answer.problem());
    } else if (format.equals(BatchAnswer.TEXT)) {
      appendText(out, answer);
    } else {
      Buffer body = answer.json().toBuffer();
      appendAscii(out, statusLine(answer.status()) + common + "content-type: " + format + "\r\ncontent-length: ");
      appendNumber(out, body.length());
      append(out, REST_OF_HEAD);
      out.writeBytes(body.getBytes());
    }
  }

  private void appendText(ByteBuf out, PublishAnswer answer) {
    append(out, answer.status() == 201 ? created : answer.status() == 200 ? duplicate : passedOn);
    EventId id = answer.id();
    if (id == null) {
      out.writeByte('0');
      append(out, REST_OF_HEAD);
      return;
    }
    if (id.epoch() != epoch) {
      epoch = id.epoch();
      epochText = new AsciiString(EventId.epochText(epoch) + '-');
    }
    appendNumber(out, epochText.length() + digits(id.offset()));
    append(out, REST_OF_HEAD);
    append(out, epochText);
    appendNumber(out, id.offset());
  }

  private void appendProblem(ByteBuf out, Problem problem) {
    Buffer body = problem.toJson().toBuffer();
    var head = new StringBuilder(statusLine(problem.status())).append(common);
    problem.headers().forEach((name, value) -> head.append(name).append(": ").append(value).append("\r\n"));
    head.append("content-type: ").append(Problem.CONTENT_TYPE).append("\r\ncontent-length: ").append(body.length());
    head.append("\r\ncache-control: no-store\r\nx-content-type-options: nosniff\r\n\r\n");
    appendAscii(out, head);
    out.writeBytes(body.getBytes());
  }

  private AsciiString head(int status) {
    return new AsciiString(
        statusLine(status) + common + "content-type: text/plain; charset=utf-8\r\ncontent-length: ");
  }

  private static String statusLine(int status) {
    return "HTTP/1.1 " + HttpResponseStatus.valueOf(status) + "\r\n";
  }

  private static void append(ByteBuf out, AsciiString text) {
    ByteBufUtil.copy(text, out);
  }

  private static void appendAscii(ByteBuf out, CharSequence text) {
    out.writeCharSequence(text, StandardCharsets.US_ASCII);
  }

  /** Decimal digits of {@code number}, which is not negative. */
  private static int digits(long number) {
    int digits = 1;
    for (long rest = number / 10; rest > 0; rest /= 10) {
      digits++;
    }
    return digits;
  }

  private static void appendNumber(ByteBuf out, long number) {
    int digits = digits(number);
    int end = out.ensureWritable(digits).writerIndex() + digits;
    long rest = number;
    for (int at = end - 1; at >= end - digits; at--) {
      out.setByte(at, '0' + (int) (rest % 10));
      rest /= 10;
    }
    out.writerIndex(end);
  }
}
