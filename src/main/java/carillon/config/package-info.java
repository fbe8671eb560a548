/**
 * How the hub is set up: {@code conf/hub.yaml} and what overrides it, as records that are checked as a whole before
 * anything starts.
 *
 * <p>file, {@code -conf}, environment, system properties → <b>config</b> → {@link carillon.config.HubOptions} → every
 * verticle
 *
 * <p><b>Invariants.</b> Options that were read are valid, relations between settings included. Unknown names are
 * problems, wherever they stand: a typo must not switch something off. All problems are listed at once, each begins
 * with its key, and none shows the value of a name that is not ours. A setting's name, bounds and default stand in one
 * table, {@code Settings}; the names in the environment and what {@code conf/hub.yaml} has to say follow from it, and a
 * test holds the file to it.
 *
 * <p><b>Threads.</b> Any; the records and the table are immutable. {@link carillon.config.ConfigText#ofArgument} blocks
 * on a file, so it is for the launcher alone.
 *
 * <p><b>When things go wrong.</b> {@link carillon.config.InvalidConfigException} lists every problem with its key and
 * what was expected; the launcher prints them and exits with 2. Text that cannot be read at all is one problem, with
 * file, line and column.
 *
 * <p>Read {@link carillon.config.HubOptions} first, then {@code Settings}. The order of the sources stands at
 * {@link carillon.config.ConfigLoader}; YAML follows the core schema of YAML 1.2, section 10.3.
 */
@NullMarked
package carillon.config;

import org.jspecify.annotations.NullMarked;
