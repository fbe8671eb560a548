package carillon.cli;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What a follower makes of a stream: which events are shown, what the person is told, and where to go on after a break.
 * It decides, and {@link SubscribeCommand} does. Confined to one thread.
 *
 * <p><b>Invariant.</b> The cursor moves when an event has been handed out, so whoever comes back with it gets what
 * follows the last one shown: none twice, none left out.
 */
final class Following {

  private final Optional<String> type;
  private final long countMax;
  private final Backoff backoff;
  private String cursor = "";
  private long shown;
  private long gaps;
  private SseReader reader = new SseReader();

  /**
   * @param type the only one to show; empty for all
   * @param countMax after so many it is enough
   */
  Following(Optional<String> type, long countMax, Backoff backoff) {
    this.type = type;
    this.countMax = countMax;
    this.backoff = backoff;
  }

  /**
   * What to do about some bytes.
   *
   * @param lines to print, each an event as JSON
   * @param remarks for the person
   */
  record Heard(List<String> lines, List<String> remarks) {}

  /** A stream has begun. */
  void opened() {
    reader = new SseReader();
  }

  /** Takes what has come; nothing more once {@link #isEnough}. */
  Heard feed(byte[] bytes) {
    var lines = new ArrayList<String>();
    var remarks = new ArrayList<String>();
    for (SseReader.Block block : reader.feed(bytes)) {
      if (isEnough()) {
        break;
      }
      switch (block.kind()) {
        case COMMENT -> backoff.succeeded();
        case RETRY -> backoff.begin(Duration.ofMillis(Long.parseLong(block.text())));
        case ID -> cursor = block.lastEventId();
        case EVENT -> event(block, lines, remarks);
      }
    }
    return new Heard(lines, remarks);
  }

  private void event(SseReader.Block block, List<String> lines, List<String> remarks) {
    backoff.succeeded();
    if (block.type().startsWith("hub.")) {
      gaps += block.type().equals("hub.gap") ? 1 : 0;
      remarks.add(block.type() + " " + ProblemText.plain(block.text()));
    } else if (type.isEmpty() || type.get().equals(block.type())) {
      lines.add(block.text());
      shown++;
    }
    if (!block.lastEventId().isEmpty()) {
      cursor = block.lastEventId();
    }
  }

  /** Whether as many have been shown as were wanted. */
  boolean isEnough() {
    return shown >= countMax;
  }

  /** The id to come back with; empty before there is one. */
  String cursor() {
    return cursor;
  }

  /** How many events were shown. */
  long shown() {
    return shown;
  }

  /** How often history was missing. */
  long gaps() {
    return gaps;
  }
}
