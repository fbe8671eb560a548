/**
 * What a person or a script at a terminal can do with a hub: publish, follow, make tokens, load it, and find out why it
 * does not work from where they are.
 *
 * <p>words of a command line → <b>cli</b> → HTTP to any hub → results on standard output, everything said to a person
 * on standard error, and an exit code for scripts
 *
 * <p><b>Invariants.</b> Whatever is on standard output can be read by a program, and nothing else is there. A command
 * that reports success has the hub's word for it: what is unknown is asked again under the same key, and what stays
 * unknown is said to be. No command shows a token or a key that it did not make itself, and none takes one from its
 * arguments, which everybody on the machine can read. The commands use nothing of the hub but its interface and its
 * values, so that they work against another version and through any proxy.
 *
 * <p><b>Threads.</b> A command runs on the thread that calls it and returns its exit code. Beside it are the threads of
 * the platform's HTTP client, which only hand over bytes ({@link carillon.cli.Inflow}), and one that reads standard
 * input where its lines are published as they come.
 *
 * <p><b>When things go wrong.</b> Wrong arguments are all listed, with 2. What a hub refuses is 1, with the words of
 * its problem. A hub that is not reached, or whose answer is lost, is tried again with growing, random pauses as long
 * as the command was told to, and is 3 then. Nothing waits without a bound but what follows a stream or standard input.
 *
 * <p>Read {@link carillon.cli.Commands} first, then {@link carillon.cli.Following} and {@link carillon.cli.Diagnosis},
 * which decide what to say and do next without doing it. Sources: WHATWG HTML 9.2 for event streams, RFC 7515 to 7519
 * for tokens, RFC 9457 for problems.
 */
@NullMarked
package carillon.cli;

import org.jspecify.annotations.NullMarked;
