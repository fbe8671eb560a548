package carillon.bus;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Remembers how far each node has counted its messages, so that one that comes twice, or after a later one, is known.
 * Decides only. Confined to its owner.
 */
final class Origins {

  /** Nodes that are remembered; a cluster has fewer. Beyond it the one that was silent longest is forgotten. */
  static final int NODES_MAX = 1_024;

  private final long self;
  private final Map<Long, Long> counted = new LinkedHashMap<>(16, 0.75f, true);

  /** @param self the node whose own messages are no news to it */
  Origins(long self) {
    this.self = self;
  }

  /** Whether the message {@code number} of {@code node} is to be taken. */
  boolean isNews(long node, long number) {
    if (node == self || number <= counted.getOrDefault(node, 0L)) {
      return false;
    }
    counted.put(node, number);
    if (counted.size() > NODES_MAX) {
      counted.remove(counted.keySet().iterator().next());
    }
    return true;
  }
}
