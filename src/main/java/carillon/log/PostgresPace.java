package carillon.log;

import java.time.Duration;

/**
 * How often and how long; tests are faster. Immutable.
 *
 * @param look how often the head is asked for while nothing is appended here
 * @param sweep how often retention looks for something to do
 * @param size how often the database is asked how much room the log takes
 * @param answer longest wait for the database in the middle of something, before the connection is given up
 */
record PostgresPace(Duration look, Duration sweep, Duration size, Duration answer) {

  /**
   * Other nodes' events are noticed within the first even if the bus loses every message. The third is what a look at
   * the size of some files a node costs next to nothing at. The last is more than what a group may wait for another
   * node's, which is half of it.
   */
  static final PostgresPace NORMAL =
      new PostgresPace(Duration.ofMillis(250), Duration.ofMillis(500), Duration.ofSeconds(10), Duration.ofSeconds(10));
}
