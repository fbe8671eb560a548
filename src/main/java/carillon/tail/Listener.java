package carillon.tail;

import org.jspecify.annotations.Nullable;

/**
 * Somebody who asks a view: asleep until it is rung, awake as long as there is news. Called on the view's event loop.
 *
 * <p>A class, so that being awake costs no object of its own: there is one listener per open stream.
 */
public abstract class Listener {

  static final int ASLEEP = -1;

  // The view's to keep.
  @Nullable Interest interest;
  int place = ASLEEP;

  /** For whoever extends it. */
  protected Listener() {}

  /**
   * There may be something new: ask now. Also called in vain. May end any listener's following; begins none. What is
   * written may be held back until {@link #send}.
   */
  protected abstract void ask();

  /** Send what was written when asked; soon after that, whatever has become of the listener in between. */
  protected abstract void send();

  /** What is followed. Call between {@link TailView#follow} and {@link TailView#unfollow}. */
  protected final Interest interest() {
    if (interest == null) {
      throw new IllegalStateException("follows nothing");
    }
    return interest;
  }

  /** Whether {@link TailView#follow} was called and {@link TailView#unfollow} was not. */
  protected final boolean isFollowing() {
    return interest != null;
  }

  final boolean isAwake() {
    return place != ASLEEP;
  }
}
