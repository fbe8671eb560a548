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
 * table, {@code Settings}; the names in the environment, what {@code conf/hub.yaml} has to say and its JSON Schema
 * follow from it, and tests hold the files to it. What is in force is replaced as a whole or not at all: a
 * {@link carillon.config.Revision} of good settings, in which those that need a restart stay as they are.
 *
 * <p><b>Threads.</b> Any; the records and the table are immutable. {@link carillon.config.ConfigSources} and
 * {@link carillon.config.ConfigText} block on files, so they are for the launcher and for workers.
 *
 * <p><b>When things go wrong.</b> {@link carillon.config.InvalidConfigException} lists every problem with its key and
 * what was expected; the launcher prints them and exits with 2, a hub that runs logs them and goes on. Text
 * that cannot be read at all is one problem, with file, line and column.
 *
 * <p>Read {@link carillon.config.HubOptions} first, then {@code Settings}. The order of the sources stands at
 * {@link carillon.config.ConfigSources}; YAML follows the core schema of YAML 1.2, section 10.3.
 */
@NullMarked
package carillon.config;

import org.jspecify.annotations.NullMarked;
