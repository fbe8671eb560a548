package carillon.subscribe;

import carillon.event.GapReason;

/** What a subscription decided to do next. Every case answers {@link #fold}. Immutable. */
sealed interface Step {

  /** Answers with the function for the case at hand. */
  <T> T fold(Cases<T> cases);

  /** One function for each case. */
  interface Cases<T> {
    /** Nothing until something happens: a bell, the outlet, a page. */
    T rest();

    /**
     * Write what follows {@code position} among the recent frames, then {@link Subscription#sent}. What is transient
     * had passed up to {@code joined}.
     */
    T send(long position, long joined);

    /**
     * Write the transient frames after {@code position} up to {@code end}, then {@link Subscription#sent}. What is
     * logged there is not wanted.
     */
    T sendTransient(long position, long end);

    /** Read the log after {@code offset}, then {@link Subscription#read} or {@link Subscription#readFailed}. */
    T read(long offset);

    /** Tell that history is missing, then {@link Subscription#told}. */
    T tell(GapReason reason, String requested);
  }

  /** See {@link Cases#rest}. */
  record Rest() implements Step {
    static final Rest REST = new Rest();

    @Override
    public <T> T fold(Cases<T> cases) {
      return cases.rest();
    }
  }

  /** See {@link Cases#send}. */
  record Send(long position, long joined) implements Step {
    @Override
    public <T> T fold(Cases<T> cases) {
      return cases.send(position, joined);
    }
  }

  /** See {@link Cases#sendTransient}. */
  record SendTransient(long position, long end) implements Step {
    @Override
    public <T> T fold(Cases<T> cases) {
      return cases.sendTransient(position, end);
    }
  }

  /** See {@link Cases#read}. */
  record Read(long offset) implements Step {
    @Override
    public <T> T fold(Cases<T> cases) {
      return cases.read(offset);
    }
  }

  /** See {@link Cases#tell}. */
  record Tell(GapReason reason, String requested) implements Step {
    @Override
    public <T> T fold(Cases<T> cases) {
      return cases.tell(reason, requested);
    }
  }
}
