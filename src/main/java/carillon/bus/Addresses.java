package carillon.bus;

import carillon.event.Selector;

/** Every address the hub uses. */
public final class Addresses {

  /**
   * For other verticles, anywhere in the cluster: request with a JSON object as in {@code POST /events}; the reply is a
   * JSON object with {@code id} (unless it is transient), {@code topics}, {@code duplicate}, or a failure with the HTTP
   * status as its code and the problem's code as its message, where there is more to say followed by a colon and that.
   */
  public static final String PUBLISH = "carillon.publish";

  /** Inside a node: drafts on their way to the publisher; the reply is their outcomes. */
  public static final String DRAFTS = "carillon.local.drafts";

  /** Groups that the log has committed, for the tail of every node. */
  public static final String COMMITTED = "carillon.committed";

  /** Inside a node: ticks and events of topics without history, for the tail. */
  public static final String TRANSIENT = "carillon.local.transient";

  /** Inside a node: encoded frames, from the tail to the view of every loop. */
  public static final String FRAMES = "carillon.local.frames";

  /** Inside a node: a new view asks the tail for the recent frames. */
  public static final String SNAPSHOT = "carillon.local.snapshot";

  private Addresses() {}

  /** Inside one loop of a node: rings when there are new frames for {@code selector}. */
  public static String bell(int view, Selector selector) {
    return "carillon.local.bell." + view + '.' + selector;
  }
}
