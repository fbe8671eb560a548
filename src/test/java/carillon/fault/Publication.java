package carillon.fault;

import carillon.event.EventId;
import carillon.event.Topic;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * One event that a publisher wanted to be stored, and what it was told, attempt by attempt. Its data is like no
 * other's, so that it can be recognized wherever it appears. Confined to the publisher's thread until that has ended.
 */
final class Publication {

  private final String publisher;
  private final List<Topic> topics;
  private final String data;
  private final List<Attempt> attempts = new ArrayList<>(1);

  Publication(String publisher, List<Topic> topics, String data) {
    this.publisher = publisher;
    this.topics = List.copyOf(topics);
    this.data = data;
  }

  /**
   * What a publisher was told.
   *
   * @param kind by which it knows what to do
   * @param id of the event, if it is acknowledged
   */
  record Answer(Kind kind, Optional<EventId> id) {

    enum Kind {
      /** Stored. */
      ACKNOWLEDGED,
      /** Definitely not stored. */
      REFUSED,
      /** Stored or not. */
      UNKNOWN
    }

    static final Answer REFUSED = new Answer(Kind.REFUSED, Optional.empty());
    static final Answer UNKNOWN = new Answer(Kind.UNKNOWN, Optional.empty());

    static Answer acknowledged(EventId id) {
      return new Answer(Kind.ACKNOWLEDGED, Optional.of(id));
    }
  }

  /**
   * One request, or one item of one.
   *
   * @param connection of the publisher, counted from 0
   * @param sentAt when it was sent, by the clock of the test: a number for each thing that happens
   */
  record Attempt(int connection, long sentAt, Answer answer) {}

  void attempted(int connection, long sentAt, Answer answer) {
    attempts.add(new Attempt(connection, sentAt, answer));
  }

  String publisher() {
    return publisher;
  }

  List<Topic> topics() {
    return topics;
  }

  String data() {
    return data;
  }

  List<Attempt> attempts() {
    return attempts;
  }

  /** Whether somebody was told that it is stored. */
  boolean isAcknowledged() {
    return attempts.stream().anyMatch(attempt -> attempt.answer().kind() == Answer.Kind.ACKNOWLEDGED);
  }

  /** Whether it must never appear. */
  boolean isRefused() {
    return attempts.stream().allMatch(attempt -> attempt.answer().kind() == Answer.Kind.REFUSED);
  }

  @Override
  public String toString() {
    return publisher + "'s \"" + data.substring(0, Math.min(40, data.length())) + "\" " + topics + " "
        + attempts.stream().map(attempt -> attempt.answer().id().map(EventId::toString)
            .orElse(attempt.answer().kind().toString())).toList();
  }
}
