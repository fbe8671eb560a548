package carillon.tail;

import carillon.event.Selector;
import java.util.Arrays;
import java.util.Collections;
import org.jspecify.annotations.Nullable;

/**
 * The interests that follow one selector, in no order. Joining and leaving cost the same however many there are: when a
 * crowd of clients goes that share their selectors but not their questions, a list would be searched for each of them.
 * Confined to the event loop of its view.
 */
final class Followers {

  private final Selector selector;
  private @Nullable Interest[] interests = new Interest[1];
  private int size;

  Followers(Selector selector) {
    this.selector = selector;
  }

  int size() {
    return size;
  }

  boolean isEmpty() {
    return size == 0;
  }

  /** One of them, from 0 to {@link #size} - 1. */
  Interest get(int place) {
    Interest interest = interests[place];
    if (place >= size || interest == null) {
      throw new IndexOutOfBoundsException("follower " + place + " of " + size);
    }
    return interest;
  }

  /** Lets one join that follows the selector and has not joined. */
  void add(Interest interest) {
    if (size == interests.length) {
      interests = Arrays.copyOf(interests, size * 2);
    }
    interest.places[ordinal(interest)] = size;
    interests[size++] = interest;
  }

  /** Lets one leave that has joined; the last one takes its place. */
  void remove(Interest interest) {
    int place = interest.places[ordinal(interest)];
    if (get(place) != interest) {
      throw new IllegalArgumentException("does not follow " + selector);
    }
    Interest last = get(size - 1);
    last.places[ordinal(last)] = place;
    interests[place] = last;
    interests[--size] = null;
  }

  /** Which of its selectors this one is; they are sorted. */
  private int ordinal(Interest interest) {
    return Collections.binarySearch(interest.selectors.list(), selector);
  }
}
