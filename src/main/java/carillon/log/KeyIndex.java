package carillon.log;

import carillon.event.Key;
import java.util.function.LongPredicate;
import java.util.random.RandomGenerator;

/**
 * Where each remembered key is: from a hash of the key to the offset its row has in the file. Confined to the log
 * thread.
 *
 * <p>A key on disk under its own index would cost a page of writes for every event that carries one; here keys are
 * appended in order of offset, which costs next to nothing, and found through memory, 22 to 43 bytes for each. The hash
 * is seeded, so that nobody can make keys collide; if two do, both offsets are tried.
 */
final class KeyIndex {

  /*
   * Open addressing with linear probing: hashes[i] belongs to offsets[i]; offset 0 is an empty slot. The table is at
   * most 3/4 full. Removal moves later entries of the run back (Knuth, TAOCP 6.4, algorithm R), so there are no
   * tombstones.
   */

  private static final int CAPACITY_MIN = 1 << 10;

  private final long seed;
  private long[] hashes = new long[CAPACITY_MIN];
  private long[] offsets = new long[CAPACITY_MIN];
  private int size;

  KeyIndex(RandomGenerator random) {
    this.seed = random.nextLong();
  }

  /** How many keys are in it. */
  int size() {
    return size;
  }

  /** Adds a key that is not in it. */
  void add(Key key, long offset) {
    if (size >= hashes.length / 4 * 3) {
      grow();
    }
    put(hash(key), offset);
    size++;
  }

  /**
   * The offset of {@code key}, 0 when it is not known. {@code isKeyAt} tells whether the row at an offset holds this
   * very key.
   */
  long find(Key key, LongPredicate isKeyAt) {
    long hash = hash(key);
    for (int i = slot(hash); offsets[i] != 0; i = next(i)) {
      if (hashes[i] == hash && isKeyAt.test(offsets[i])) {
        return offsets[i];
      }
    }
    return 0;
  }

  /** Removes the key that was added with this offset. */
  void remove(Key key, long offset) {
    long hash = hash(key);
    for (int i = slot(hash); offsets[i] != 0; i = next(i)) {
      if (hashes[i] == hash && offsets[i] == offset) {
        removeSlot(i);
        size--;
        return;
      }
    }
  }

  private void removeSlot(int removed) {
    int gap = removed;
    for (int i = next(gap); offsets[i] != 0; i = next(i)) {
      int home = slot(hashes[i]);
      boolean homeBetween = gap <= i ? gap < home && home <= i : gap < home || home <= i;
      if (!homeBetween) {
        hashes[gap] = hashes[i];
        offsets[gap] = offsets[i];
        gap = i;
      }
    }
    offsets[gap] = 0;
  }

  private void grow() {
    long[] oldHashes = hashes;
    long[] oldOffsets = offsets;
    hashes = new long[oldHashes.length * 2];
    offsets = new long[oldHashes.length * 2];
    for (int i = 0; i < oldHashes.length; i++) {
      if (oldOffsets[i] != 0) {
        put(oldHashes[i], oldOffsets[i]);
      }
    }
  }

  private void put(long hash, long offset) {
    int i = slot(hash);
    while (offsets[i] != 0) {
      i = next(i);
    }
    hashes[i] = hash;
    offsets[i] = offset;
  }

  private int slot(long hash) {
    return (int) hash & (hashes.length - 1);
  }

  private int next(int slot) {
    return (slot + 1) & (hashes.length - 1);
  }

  /** A multiply-and-rotate hash, mixed at the end as in SplitMix64. */
  private long hash(Key key) {
    String text = key.text();
    long hash = seed;
    for (int i = 0; i < text.length(); i++) {
      hash = Long.rotateLeft((hash ^ text.charAt(i)) * 0x9e3779b97f4a7c15L, 29) ^ seed;
    }
    hash = (hash ^ (hash >>> 30)) * 0xbf58476d1ce4e5b9L;
    hash = (hash ^ (hash >>> 27)) * 0x94d049bb133111ebL;
    return hash ^ (hash >>> 31);
  }
}
