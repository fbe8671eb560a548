package carillon.ops;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.logging.Formatter;
import java.util.logging.LogRecord;

/**
 * A record as one line of text. A failure's stack follows, indented, so that it cannot be taken for a record. Any thread.
 *
 * <pre>
 * 2026-01-31T12:00:00.123+0100 INFO    carillon.HubVerticle  carillon is listening on http://127.0.0.1:8080
 * </pre>
 */
public final class PlainFormatter extends Formatter {

  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss.SSSxx").withZone(ZoneId.systemDefault());

  /** For the JDK. */
  public PlainFormatter() {}

  @Override
  public String format(LogRecord record) {
    var line = new StringBuilder(160);
    TIME.formatTo(record.getInstant(), line);
    String level = record.getLevel().getName();
    line.append(' ').append(level).append(" ".repeat(Math.max(0, 7 - level.length())));
    line.append(' ').append(record.getLoggerName()).append("  ");
    appendEscaped(line, formatMessage(record));
    line.append('\n');
    if (record.getThrown() != null) {
      stackOf(record.getThrown())
          .lines()
          .forEach(
              frame -> {
                appendEscaped(line.append("    "), frame);
                line.append('\n');
              });
    }
    return line.toString();
  }

  static String stackOf(Throwable thrown) {
    var stack = new StringWriter();
    thrown.printStackTrace(new PrintWriter(stack));
    return stack.toString();
  }

  /** With each character that could end a line, or move a terminal's cursor, as its number. */
  private static void appendEscaped(StringBuilder line, String text) {
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      boolean isLineEnd = c == '\u2028' || c == '\u2029';
      if ((Character.isISOControl(c) && c != '\t') || isLineEnd) {
        line.append(String.format("\\u%04x", (int) c));
      } else {
        line.append(c);
      }
    }
  }
}
