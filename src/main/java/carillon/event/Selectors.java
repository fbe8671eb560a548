package carillon.event;

import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * All that one subscription wants: 1 to {@value #COUNT_MAX} selectors, sorted, none twice, so that equal wishes are
 * equal values. Immutable.
 */
public final class Selectors {

  /** Most selectors of one subscription. */
  public static final int COUNT_MAX = 64;

  private final List<Selector> sorted;
  private final Set<String> exact;
  private final List<Selector> wildcards;

  private Selectors(List<Selector> sorted) {
    this.sorted = sorted;
    // Every open stream may have selectors of its own: a set of one text takes 24 bytes here, and 176 as a hash set.
    this.exact = sorted.stream().filter(Selector::isExact).map(Selector::text).collect(Collectors.toUnmodifiableSet());
    this.wildcards = sorted.stream().filter(selector -> !selector.isExact()).toList();
  }

  /** @throws InvalidValueException if there is none, or more than {@value #COUNT_MAX} different ones */
  public static Selectors of(Collection<Selector> selectors) {
    List<Selector> sorted = selectors.stream().distinct().sorted().toList();
    if (sorted.isEmpty() || sorted.size() > COUNT_MAX) {
      throw new InvalidValueException("topic", "1 to " + COUNT_MAX + " selectors", Integer.toString(sorted.size()));
    }
    return new Selectors(sorted);
  }

  /** {@link #of(Collection)} for texts. */
  public static Selectors of(String... texts) {
    return of(List.of(texts).stream().map(Selector::new).toList());
  }

  /** The selectors, sorted by their text. */
  public List<Selector> list() {
    return sorted;
  }

  /** Whether events of more than one topic can come, so that a subscriber may need to be told which. */
  public boolean isMany() {
    return sorted.size() > 1 || !wildcards.isEmpty();
  }

  /** Whether at least one of {@code topics} is wanted. */
  public boolean matches(List<Topic> topics) {
    for (int i = 0; i < topics.size(); i++) {
      if (matches(topics.get(i))) {
        return true;
      }
    }
    return false;
  }

  /** Whether {@code topic} is wanted. */
  public boolean matches(Topic topic) {
    if (exact.contains(topic.name())) {
      return true;
    }
    for (int i = 0; i < wildcards.size(); i++) {
      if (wildcards.get(i).matches(topic)) {
        return true;
      }
    }
    return false;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Selectors that && sorted.equals(that.sorted);
  }

  @Override
  public int hashCode() {
    return sorted.hashCode();
  }

  @Override
  public String toString() {
    return sorted.toString();
  }
}
