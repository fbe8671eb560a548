/**
 * What is true: the durable, ordered history of the hub, and the engines that keep it.
 *
 * <p>publish → {@link carillon.log.EventLog#append append} → <b>log</b> → {@link carillon.log.EventLog#read read} →
 * tail, subscribe, http
 *
 * <p><b>Engines.</b> {@link carillon.log.SqliteLog} keeps the history in one file, and is the default of a single node;
 * {@link carillon.log.PostgresLog} keeps it in a database that the nodes of a cluster share; {@link
 * carillon.log.GridLog} keeps a bounded one in the memory of a cluster's nodes, and is the default there; {@link
 * carillon.log.MemoryLog} keeps a bounded one in this process. What every engine decides the same way is decided once,
 * in plain classes: {@link carillon.log.Admission} (new, duplicate or conflict), {@link carillon.log.PageBuilder} (what
 * fits, what is missing), {@link carillon.log.Merged} (several topics, one order).
 *
 * <p><b>Invariants.</b> An event exists once {@code append} has completed, and is then found by every later read until
 * retention removes it. Offsets are 1, 2, 3 … without a hole, within one epoch; they are never reused. A page never
 * leaves something out silently: it says up to where it is complete and what retention has removed. Only whoever
 * catches up gets less by its own wish, where the rule of a topic says that a newer event makes older ones worthless.
 *
 * <p><b>Threads.</b> Every method may be called from any thread and returns at once; stages complete on whatever thread
 * the engine likes. Callers hop back onto their own context.
 *
 * <p><b>When things go wrong.</b> A stage fails with {@link carillon.log.LogException}, which says whether the group is
 * certainly not stored or in doubt. A log that cannot be opened says why with {@link carillon.log.LogOpenException}. An
 * engine that cannot be sure of its own state answers nothing until it has re-read itself.
 *
 * <p>Read {@link carillon.log.EventLog} first: it is written for whoever implements it. Of the sqlite engine read
 * {@link carillon.log.SqliteStore} for what is written and when, {@link carillon.log.SqliteLifecycle} for what becomes
 * of it after a failure, {@link carillon.log.SqliteIndexer} for what finds it again, {@link carillon.log.SqliteReader}
 * for how; of the postgresql engine {@link carillon.log.PostgresSchema} for what is written and under which lock,
 * {@link carillon.log.PostgresReads} for how it is found again, {@link carillon.log.PostgresDatabase} for what is known
 * when the way there is cut; of the grid {@link carillon.log.GridReplication} for what becomes of a group, {@link
 * carillon.log.GridExchange} for what makes it safe. Sources: the SQLite documentation on WAL mode, "How To Corrupt An
 * SQLite Database File", and result codes; the PostgreSQL documentation on message flow, explicit locking and
 * reliability.
 */
@NullMarked
package carillon.log;

import org.jspecify.annotations.NullMarked;
