package carillon.publish;

import carillon.event.Draft;
import carillon.meter.Readings;
import io.vertx.core.Future;
import java.util.List;

/**
 * Where drafts are handed in. Confined to the event loop of the verticle that made it; order of calls is order in the
 * log.
 *
 * <p>What may be handed in without an answer is bounded; beyond the bound drafts are refused as {@link
 * Refusal#OVERLOADED} at once. Whoever has more than that hands it in piece by piece, each when the one before is
 * answered.
 */
public interface PublishPort {

  /**
   * Whether more than half of what may be handed in without an answer is. Whoever can wait for an answer before handing
   * in more does so now, and leaves the rest of the room to those who have nothing in it yet.
   */
  boolean isBusy();

  /** Hands in one draft. The future never fails: every end is an outcome. */
  Future<Outcome> publish(Draft draft);

  /**
   * Hands in several drafts, committed in this order; one outcome for each, in order. The future never fails.
   *
   * <p>A batch that goes beyond the bound is refused as a whole. It is not one unit otherwise: a log that fails in the
   * middle has stored the first of it and not the rest, and the outcomes say so.
   */
  Future<List<Outcome>> publishAll(List<Draft> drafts);

  /** Adds what became of the drafts that never reached the publisher. */
  default void measure(Readings readings) {}
}
