package carillon.tail;

import carillon.event.Selector;
import carillon.event.Topic;
import com.google.errorprone.annotations.CanIgnoreReturnValue;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Finds the selectors that match a topic without looking at the others: exact ones by their text, wildcards by a walk
 * along the segments of the topic. Confined to the event loop of its view.
 */
final class SelectorIndex {

  /*
   * The wildcards news / * , news / ** and * / sport (written here with spaces) make this tree:
   *
   *        root
   *       /    \
   *    news     *            "*" is a child like any other, tried beside the one with the segment's own name;
   *    /  \      \           "**" ends a selector and is kept as `rest` of the node above it: it matches whatever
   *   *   [**]  sport        is left, at least one segment.
   */
  private final Map<String, Entry> exact = new HashMap<>();
  private final Node root = new Node();
  private int wildcards;

  /** One selector that somebody follows. */
  static final class Entry {
    final Selector selector;
    final String address;
    final Followers interests;
    boolean rings;

    Entry(Selector selector, String address) {
      this.selector = selector;
      this.address = address;
      this.interests = new Followers(selector);
    }
  }

  private static final class Node {
    final Map<String, Node> children = new HashMap<>();
    @Nullable Entry end;
    @Nullable Entry rest;

    boolean isEmpty() {
      return children.isEmpty() && end == null && rest == null;
    }
  }

  /** How many selectors are followed. */
  int size() {
    return exact.size() + wildcards;
  }

  /** Whether nothing is followed, and nothing is left of what was. */
  boolean isEmpty() {
    return size() == 0 && root.isEmpty();
  }

  /** The entry of {@code selector}, made with {@code address} if nobody follows it yet. */
  Entry add(Selector selector, String address) {
    if (selector.isExact()) {
      return exact.computeIfAbsent(selector.text(), text -> new Entry(selector, address));
    }
    Node node = root;
    String[] segments = selector.text().split("/", -1);
    boolean rest = segments[segments.length - 1].equals("**");
    for (int i = 0; i < segments.length - (rest ? 1 : 0); i++) {
      node = node.children.computeIfAbsent(segments[i], segment -> new Node());
    }
    Entry entry = rest ? node.rest : node.end;
    if (entry == null) {
      entry = new Entry(selector, address);
      wildcards++;
      if (rest) {
        node.rest = entry;
      } else {
        node.end = entry;
      }
    }
    return entry;
  }

  /** The entry of {@code selector}, if anybody follows it. */
  @Nullable Entry find(Selector selector) {
    if (selector.isExact()) {
      return exact.get(selector.text());
    }
    Node node = root;
    String[] segments = selector.text().split("/", -1);
    boolean rest = segments[segments.length - 1].equals("**");
    for (int i = 0; i < segments.length - (rest ? 1 : 0); i++) {
      node = node.children.get(segments[i]);
      if (node == null) {
        return null;
      }
    }
    return rest ? node.rest : node.end;
  }

  /** Forgets {@code selector}, and every node that only led to it. */
  void remove(Selector selector) {
    if (selector.isExact()) {
      exact.remove(selector.text());
    } else {
      remove(root, selector.text().split("/", -1), 0);
    }
  }

  private void remove(Node node, String[] segments, int depth) {
    if (depth == segments.length) {
      wildcards -= node.end == null ? 0 : 1;
      node.end = null;
    } else if (depth == segments.length - 1 && segments[depth].equals("**")) {
      wildcards -= node.rest == null ? 0 : 1;
      node.rest = null;
    } else {
      Node child = node.children.get(segments[depth]);
      if (child != null) {
        remove(child, segments, depth + 1);
        if (child.isEmpty()) {
          node.children.remove(segments[depth]);
        }
      }
    }
  }

  /**
   * Calls {@code match} once for each selector that matches {@code topic}.
   *
   * @return how many places were looked at: what it cost
   */
  @CanIgnoreReturnValue
  int match(Topic topic, Consumer<Entry> match) {
    Entry entry = exact.get(topic.name());
    if (entry != null) {
      match.accept(entry);
    }
    return wildcards == 0 ? 1 : 1 + match(root, topic.name(), 0, topic.isReserved(), match);
  }

  private static int match(Node node, String name, int start, boolean reserved, Consumer<Entry> match) {
    if (start > name.length()) {
      if (node.end != null) {
        match.accept(node.end);
      }
      return 1;
    }
    int looks = 1;
    int slash = name.indexOf('/', start);
    int end = slash < 0 ? name.length() : slash;
    if (!reserved) { // the hub's own topics must be named
      if (node.rest != null) {
        match.accept(node.rest);
      }
      Node any = node.children.get("*");
      if (any != null) {
        looks += match(any, name, end + 1, false, match);
      }
    }
    Node child = node.children.get(name.substring(start, end));
    return child == null ? looks : looks + match(child, name, end + 1, false, match);
  }
}
