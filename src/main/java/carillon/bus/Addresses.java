package carillon.bus;

import carillon.event.Selector;

/**
 * Every address the hub uses. What begins with {@code carillon.local.} never leaves its node: such messages are
 * published and consumed locally only. The others are open to every verticle of the cluster, and no consumer per client
 * is ever registered there, because each costs an entry in the state that all nodes share.
 */
public final class Addresses {

  /**
   * For other verticles, anywhere in the cluster: request with a JSON object as in {@code POST /events}; the reply is a
   * JSON object with {@code id} (unless it is transient), {@code topics}, {@code duplicate}, or a failure with the HTTP
   * status as its code and the problem's code as its message, where there is more to say followed by a colon and that.
   */
  public static final String PUBLISH = "carillon.publish";

  /**
   * What the log has committed, from every node to every node, and for other verticles to listen to: a {@link
   * Committed}, or a {@link Reached} where a group was too much for the bus. Whoever listens elsewhere than in the hub
   * registers {@link BusCodecs} first. Messages may be lost, come twice, late or in another order; who must not miss
   * one follows {@code GET /events}. With a log that is one node's alone they do not leave that node.
   */
  public static final String CLUSTER_COMMITTED = "carillon.committed";

  /** The same for events of topics without history: a {@link Passing}. */
  public static final String CLUSTER_TRANSIENT = "carillon.transient";

  /** Inside a node: the hub looks at once whether its settings have changed. The body means nothing. */
  public static final String RELOAD = "carillon.local.reload";

  /** Inside a node: drafts on their way to the publisher; the reply is their outcomes. */
  public static final String DRAFTS = "carillon.local.drafts";

  /** Inside a node: groups that its publisher has had committed, for its tail. */
  public static final String COMMITTED = "carillon.local.committed";

  /** Inside a node: ticks and events of topics without history, for the tail. */
  public static final String TRANSIENT = "carillon.local.transient";

  /** Inside a node: what it says of itself, a {@link Transient} for its publisher to tell every node. */
  public static final String STATUS = "carillon.local.status";

  /** Inside a node: encoded frames, from the tail to the view of every loop. */
  public static final String FRAMES = "carillon.local.frames";

  /** Inside a node: a new view asks the tail for the recent frames. */
  public static final String SNAPSHOT = "carillon.local.snapshot";

  /** Inside a node: whether the log can be reached, from the tail to the view of every loop. */
  public static final String LOG_REACH = "carillon.local.log-reach";

  private Addresses() {}

  /** Inside one loop of a node: answers as soon as the loop has done what was sent to it before. */
  public static String pace(int view) {
    return "carillon.local.pace." + view;
  }

  /** Inside one loop of a node: how many subscriptions it has that select the topic in the body. */
  public static String audience(int view) {
    return "carillon.local.audience." + view;
  }

  /** Inside one loop of a node: rings when there are new frames for {@code selector}. */
  public static String bell(int view, Selector selector) {
    return "carillon.local.bell." + view + '.' + selector;
  }
}
