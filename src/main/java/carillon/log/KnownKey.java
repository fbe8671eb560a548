package carillon.log;

/**
 * What the log remembers of a draft that came with a key. Immutable.
 *
 * @param offset of the event that was stored under the key
 * @param content of that draft
 */
record KnownKey(long offset, ContentDigest content) {}
