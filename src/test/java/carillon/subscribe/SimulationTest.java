package carillon.subscribe;

import static org.junit.jupiter.api.Assertions.fail;

import org.junit.jupiter.api.Test;

/**
 * Thousands of short lives of a hub in which everything goes wrong that may: one node, or several that share a log,
 * hear each other over a bus that drops, repeats, delays and reorders, freeze and go on, know of the log only what they
 * last saw, and find that it has begun anew. To run one again, with its whole trace:
 * {@code -Dsimulation.seed=<seed>}; more of them: {@code -Dsimulation.seeds=<count>}.
 *
 * <p>Held at every step: nothing is seen before its commit; each subscriber is sent each event it selected beyond its
 * start once and in order, or was told of the gap that covers it; a gap is told before anything else, with an id behind
 * it, never without a loss and never twice to a client that knows the id behind the first (where retention takes the
 * oldest first, and the log knows the topics of what it took: elsewhere a page may say too much); no id a client is
 * given lies beyond something it was not sent; transient frames come at most once, in the order of their positions,
 * none from before the stream, and each from there on while the recent frames reach back to it; nothing is written to a
 * full outlet. And at the end, when nothing goes wrong any more: everybody has everything, knows the newest id, and
 * hears the next tick.
 *
 * <p>Tried and caught, each by breaking the code once: the cursor not moved after a send; moved to the last event only;
 * moved past a page that was refused; a cursor ahead of the tail not waited for; falling out of the recent frames
 * unnoticed; what retention removed ignored; all of it forgiven, or none, or for ever; a gap told for what lies before
 * the cursor; a gap told again and again; the cursor after a gap not moved, moved one too far, not given to the client;
 * a live start not given to the client; a full outlet written to; two reads at once; an interest settled without its
 * base; begun anew with what was pending; an answer shared with the wrong asker; a frame noted twice; a piece that
 * claims more than it holds; a reach of one too far; the cursor of a forgotten position guessed; {@code positionOf} one
 * off either way; the floor not raised when a frame is dropped; no empty position when frames begin anew; the tail
 * delivering after a hole, repeating, delivering while it reads, forgetting what it heard, not reading again, ignoring
 * a loss; {@code *} covering the hub's own topics; a page written twice; a refused page written; a page used beyond
 * where the stream joined; a stream that joins behind what passed meanwhile, or is sent logged events up to its cursor
 * there, or skips more than those. Of several nodes: a group that comes early delivered; news of how far the log is
 * ignored, or read twice; heads not compared; a client from another node called ahead, or of another epoch, before the
 * log was asked; a page of one epoch taken for one of another, by the tail or by a stream; streams that outlive their
 * epoch, or begin in one that the tail does not show; a view that is not told of a new one; an id of the new epoch that
 * leaves something of it out; a transient message that comes twice taken twice; a loss told again because the node
 * heard of it before it heard of what came before. Of shared pages: a part that begins one too early, or whose bytes
 * are not its own; a page that answers one who stands behind it; an old page for one who is to be forgiven what is gone
 * by now; a read begun while the same one is under way. Of sleeping and waking: a sweep that does not spare what has
 * news; sleepers beside others who are awake forgotten, or all of them; those who are awake not asked, or asked although
 * they have left, or lost when another one leaves.
 */
class SimulationTest {

  private static final int SEEDS = Integer.getInteger("simulation.seeds", 3_000);
  private static final int TRACE_LINES_MAX = 60;

  @Test
  void anything_goesWrong_everySubscriberIsServedOrTold() {
    Long only = Long.getLong("simulation.seed");
    if (only != null) {
      run(only, Integer.MAX_VALUE);
      return;
    }
    for (long seed = 0; seed < SEEDS; seed++) {
      run(seed, TRACE_LINES_MAX);
    }
  }

  private static void run(long seed, int traceLinesMax) {
    try {
      new Simulation(seed, false).run();
    } catch (AssertionError | RuntimeException e) {
      var again = new Simulation(seed, true);
      try {
        again.run();
      } catch (AssertionError | RuntimeException same) {
        fail("seed " + seed + ": " + same + System.lineSeparator() + again.trace(traceLinesMax), same);
      }
      fail("seed " + seed + " fails only sometimes", e);
    }
  }
}
