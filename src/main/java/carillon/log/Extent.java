package carillon.log;

import java.util.List;

/**
 * How far the history of a file reaches, and what of it the index knows. Immutable but for the memtables, which may grow
 * beyond the head.
 *
 * @param oldest offset of the oldest event that is kept, {@code head} + 1 when there is none
 * @param head everything up to here is committed
 * @param indexedUpTo everything up to here is in the index, or was removed from it; at most {@code head}
 * @param unindexed where what lies between is, oldest first
 */
record Extent(long oldest, long head, long indexedUpTo, List<Memtable> unindexed) {}
