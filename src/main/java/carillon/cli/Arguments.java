package carillon.cli;

import carillon.event.Durations;
import carillon.event.InvalidValueException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The words behind a command, understood: {@code --name value} or {@code --name=value}, flags, and the rest in its
 * order. A lone {@code -} is no option, and behind {@code --} there are none. Confined to one thread.
 *
 * <p>Problems are gathered, not thrown: whoever has asked for all it needs calls {@link #requireNoProblems}, and the
 * person hears of every one at once.
 */
final class Arguments {

  /*
   * picocli would do this too, with its annotations read by reflection, colours and completion, for 400 KB of jar and
   * some 100 ms of each call. What five commands need of it is this class.
   */

  private final Map<String, List<String>> values = new LinkedHashMap<>();
  private final List<String> rest = new ArrayList<>();
  private final List<String> problems = new ArrayList<>();

  private Arguments() {}

  /** Reads {@code words}; never fails. */
  static Arguments parse(Set<String> options, Set<String> flags, List<String> words) {
    var arguments = new Arguments();
    for (int i = 0; i < words.size(); i++) {
      String word = words.get(i);
      if (word.equals("--")) {
        arguments.rest.addAll(words.subList(i + 1, words.size()));
        break;
      }
      if (!word.startsWith("-") || word.equals("-")) {
        arguments.rest.add(word);
        continue;
      }
      int equals = word.indexOf('=');
      String spelled = equals < 0 ? word : word.substring(0, equals);
      String name = spelled.startsWith("--") ? spelled.substring(2) : spelled;
      if (flags.contains(name) && equals < 0) {
        arguments.add(name, "");
      } else if (!options.contains(name)) {
        arguments.problems.add("unknown option " + InvalidValueException.shown(spelled));
      } else if (equals >= 0) {
        arguments.add(name, word.substring(equals + 1));
      } else if (i + 1 < words.size()) {
        arguments.add(name, words.get(++i));
      } else {
        arguments.problems.add(spelled + " needs a value");
      }
    }
    return arguments;
  }

  private void add(String name, String value) {
    values.computeIfAbsent(name, unused -> new ArrayList<>()).add(value);
  }

  /** Whether an option or flag is there. */
  boolean has(String name) {
    return values.containsKey(name);
  }

  /** The value of an option that may be there once. */
  Optional<String> value(String name) {
    List<String> all = values.getOrDefault(name, List.of());
    if (all.size() > 1) {
      problem("--" + name + " is there twice");
    }
    return all.isEmpty() ? Optional.empty() : Optional.of(all.get(0));
  }

  /** The values of an option that may be repeated. */
  List<String> values(String name) {
    return List.copyOf(values.getOrDefault(name, List.of()));
  }

  /** A duration such as {@code 10s}, if the option is there and is one from {@code min} to {@code max}. */
  Optional<Duration> duration(String name, Duration min, Duration max) {
    Optional<String> text = value(name);
    if (text.isEmpty()) {
      return Optional.empty();
    }
    Optional<Duration> duration =
        Durations.parse(text.get()).filter(each -> each.compareTo(min) >= 0 && each.compareTo(max) <= 0);
    if (duration.isEmpty()) {
      problem(
          "--" + name + ": expected a duration such as 500ms, 10s or 5m, from " + shown(min) + " to " + shown(max)
              + ", got " + InvalidValueException.shown(text.get()));
    }
    return duration;
  }

  private static String shown(Duration duration) {
    return duration.toMillisPart() > 0 ? duration.toMillis() + "ms" : duration.toSeconds() + "s";
  }

  /** A whole number from {@code min} to {@code max}, if the option is there. */
  Optional<Long> number(String name, long min, long max) {
    Optional<String> text = value(name);
    if (text.isEmpty()) {
      return Optional.empty();
    }
    try {
      long number = Long.parseLong(text.get());
      if (number >= min && number <= max) {
        return Optional.of(number);
      }
    } catch (NumberFormatException e) {
      // said below
    }
    problem(
        "--" + name + ": expected a whole number from " + min + " to " + max + ", got "
            + InvalidValueException.shown(text.get()));
    return Optional.empty();
  }

  /** The words that are no options, in their order. */
  List<String> rest() {
    return List.copyOf(rest);
  }

  /** Notes a problem; safe to print. */
  void problem(String problem) {
    problems.add(problem);
  }

  /** @throws WrongArgumentsException if there are any */
  void requireNoProblems() {
    if (!problems.isEmpty()) {
      throw new WrongArgumentsException(problems);
    }
  }
}
