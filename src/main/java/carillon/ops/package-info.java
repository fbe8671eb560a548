/**
 * What an operator sees of a running hub: its log lines, its health, its figures.
 *
 * <p>log records of all packages → <b>ops</b> → standard error; {@link carillon.meter.Readings} → <b>ops</b> → who
 * scrapes; checks of the root → <b>ops</b> → who probes
 *
 * <p><b>Invariants.</b> A record is one line, whatever a client has put into its text: control characters are escaped,
 * so that no line can be forged. Lines come until the process ends, those of a clean stop included. What is told of
 * health says which part is down and nothing of what it said, for strangers may ask. A port of their own is guarded
 * like the one of the clients: the root brings the server.
 *
 * <p><b>Threads.</b> Logging: any, for handlers of {@code java.util.logging} are called wherever somebody logs.
 * {@link carillon.ops.OperatorVerticle}: one event loop; requests may come from those of other servers. The text of a
 * scrape is written on a worker, because it asks the system.
 *
 * <p><b>When things go wrong.</b> A hub that somebody else's program starts leaves that program's logging alone. A
 * check that does not answer within two seconds is down.
 *
 * <p>Read {@link carillon.ops.Logging} and {@link carillon.ops.OperatorVerticle} first.
 */
@NullMarked
package carillon.ops;

import org.jspecify.annotations.NullMarked;
