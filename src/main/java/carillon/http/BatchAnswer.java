package carillon.http;

import io.vertx.core.buffer.Buffer;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * What a publisher is told about an array of drafts: one item in one line for each, in order. Any thread.
 *
 * <pre>
 *   all stored, some of them now     201
 *   all stored before                200   also for an empty array
 *   none kept                        202
 *   all refused for one reason       the problem itself
 *   anything else                    207   each item says its own
 * </pre>
 *
 * <p>207 is the one 2xx that does not mean stored: there is no status for "some", and of all of them it is the one that
 * makes a client look at the items (RFC 4918, section 13).
 */
final class BatchAnswer {

  static final String JSON = "application/json";
  static final String TEXT = "text/plain";

  /** What an answer can be, the default first. */
  static final List<String> FORMATS = List.of(JSON, BatchStream.NDJSON, TEXT);

  private BatchAnswer() {}

  /** The problem of all of them, if it is the same. */
  static Optional<Problem> commonProblem(List<PublishAnswer> answers) {
    if (answers.isEmpty()) {
      return Optional.empty();
    }
    Optional<Problem> first = Optional.ofNullable(answers.get(0).problem());
    return first.filter(problem -> answers.stream().allMatch(answer -> problem.equals(answer.problem())));
  }

  /** The status, unless there is a problem common to all. */
  static int status(List<PublishAnswer> answers) {
    Set<Integer> statuses = answers.stream().map(PublishAnswer::status).collect(Collectors.toSet());
    if (statuses.isEmpty()) {
      return 200;
    }
    boolean areAlike = statuses.size() == 1 && answers.get(0).problem() == null;
    if (areAlike) {
      return statuses.iterator().next();
    }
    return Set.of(200, 201).containsAll(statuses) ? 201 : 207;
  }

  /** The body. The JSON array has its items in lines as well, so that it can be read with the tools for lines. */
  static Buffer body(List<PublishAnswer> answers, String format) {
    boolean isArray = format.equals(JSON);
    Buffer body = Buffer.buffer(isArray ? "[" : "");
    for (int i = 0; i < answers.size(); i++) {
      PublishAnswer answer = answers.get(i);
      if (format.equals(TEXT)) {
        body.appendString(answer.text());
      } else {
        body.appendBuffer(answer.json().toBuffer());
      }
      body.appendString(i == answers.size() - 1 ? "" : isArray ? ",\n" : "\n");
    }
    return body.appendString(isArray ? "]" : "");
  }
}
