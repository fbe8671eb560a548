package carillon.cli;

import carillon.event.InvalidValueException;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;

/** All commands, and how one is run. Any thread. */
public final class Commands {

  /** Apart from the commands themselves: whoever starts a hub does not load them. */
  private static final List<String> NAMES = List.of("publish", "subscribe", "token", "bench", "doctor");

  private static final Set<String> HELP = Set.of("--help", "-help", "-h");

  private Commands() {}

  /** The words that are commands, in the order in which they are shown. */
  public static List<String> names() {
    return NAMES;
  }

  /** One line for each command, indented, with line ends. */
  public static String summaries() {
    return all().stream()
        .map(command -> "  " + command.name() + " ".repeat(12 - command.name().length()) + command.summary() + "\n")
        .collect(Collectors.joining());
  }

  private static List<Command> all() {
    return List.of(
        new PublishCommand(), new SubscribeCommand(), new TokenCommand(), new LoadCommand(), new DoctorCommand());
  }

  /**
   * Runs the command that the first word names; blocks until it has ended.
   *
   * @param words at least one, the first out of {@link #names}
   * @return the exit code of the process
   */
  public static int run(List<String> words, Terminal terminal) {
    Command command = all().stream().filter(each -> each.name().equals(words.get(0))).findFirst().orElseThrow();
    List<String> behind = words.subList(1, words.size());
    if (behind.stream().anyMatch(HELP::contains)) {
      terminal.out().print(command.usage());
      return ExitCode.OK;
    }
    String prefix = "carillon " + command.name() + ": ";
    try {
      return command.run(Arguments.parse(command.options(), command.flags(), behind), terminal);
    } catch (WrongArgumentsException e) {
      e.problems().forEach(problem -> terminal.err().println(prefix + problem));
      terminal.err().println(prefix + "see " + command.name() + " --help");
      return ExitCode.USAGE;
    } catch (FailedException e) {
      terminal.err().println(prefix + e.getMessage());
      return e.exitCode();
    } catch (InvalidValueException e) {
      terminal.err().println(prefix + Objects.requireNonNullElse(e.getMessage(), e.what()));
      return ExitCode.USAGE;
    } finally {
      terminal.out().flush();
    }
  }
}
