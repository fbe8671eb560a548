/**
 * What an operator sees of a running hub: its log lines.
 *
 * <p>log records of all packages → <b>ops</b> → standard error
 *
 * <p><b>Invariants.</b> A record is one line, whatever a client has put into its text: control characters are escaped, so
 * that no line can be forged. Lines come until the process ends, those of a clean stop included.
 *
 * <p><b>Threads.</b> Any: handlers of {@code java.util.logging} are called wherever somebody logs.
 *
 * <p><b>When things go wrong.</b> A hub that somebody else's program starts leaves that program's logging alone.
 *
 * <p>Read {@link carillon.ops.Logging} first.
 */
@NullMarked
package carillon.ops;

import org.jspecify.annotations.NullMarked;
