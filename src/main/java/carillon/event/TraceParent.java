package carillon.event;

import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Which trace a publish was part of, so that whoever receives the event can go on with it: a {@code traceparent} as in
 * W3C Trace Context, level 2, section 3.2. Immutable.
 *
 * <pre>
 *   00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01
 *   version  trace id                    parent id   flags
 * </pre>
 *
 * @param text of version 00
 */
public record TraceParent(String text) {

  /** The name of the field, wherever it is said. */
  public static final String NAME = "traceparent";

  private static final Pattern VERSION_0 = Pattern.compile("00-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f]{2}");
  private static final Pattern LATER =
      Pattern.compile("(?!ff)[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(?:-.*)?");
  private static final Pattern ZEROS = Pattern.compile("0+");

  /** What version 00 knows of the flags: sampled, and that the trace id is random. */
  private static final int FLAGS = 0x03;

  /** @throws InvalidValueException if it is none of version 00 */
  public TraceParent {
    Matcher matcher = VERSION_0.matcher(text);
    if (!matcher.matches() || isZero(matcher.group(1)) || isZero(matcher.group(2))) {
      throw new InvalidValueException(NAME, "version 00 of W3C Trace Context", text);
    }
  }

  /**
   * Reads what was sent. What is invalid is ignored, as the standard has it, and so is what is said more than once; of
   * a later version what this one knows is kept.
   */
  public static Optional<TraceParent> of(List<String> said) {
    if (said.size() != 1) {
      return Optional.empty();
    }
    String text = said.get(0);
    Matcher matcher = LATER.matcher(text);
    if (!matcher.matches() || isZero(matcher.group(1)) || isZero(matcher.group(2))) {
      return Optional.empty();
    }
    if (text.startsWith("00")) {
      return VERSION_0.matcher(text).matches() ? Optional.of(new TraceParent(text)) : Optional.empty();
    }
    int flags = Integer.parseInt(matcher.group(3), 16) & FLAGS;
    return Optional.of(new TraceParent("00-" + matcher.group(1) + '-' + matcher.group(2) + "-0" + flags));
  }

  private static boolean isZero(String digits) {
    return ZEROS.matcher(digits).matches();
  }

  @Override
  public String toString() {
    return text;
  }
}
