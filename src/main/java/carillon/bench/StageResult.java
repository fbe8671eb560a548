package carillon.bench;

import io.vertx.core.json.JsonObject;

/**
 * What a stage came to. Immutable. Times are in milliseconds.
 *
 * @param name of the stage
 * @param seconds that counted
 * @param subscribers open streams at its end
 * @param published events in that time
 * @param acknowledged events
 * @param deliveries events that arrived, all subscribers together
 * @param latencyP50 from when the event was due to be published until it was read
 * @param latencyP99 the same
 * @param latencyMax the same
 * @param answerP50 from a request until its answer
 * @param answerP99 the same
 * @param serverCpuSeconds what the server's processes used
 * @param ownCpuSeconds what the load itself used
 * @param foreignCores processors that others kept busy; when it is high, measure again
 * @param residentBytesBefore memory of the server when the stage began
 * @param residentBytesMax the most in between
 * @param late turns in which a message was due and its connection took none
 * @param faults what must not have happened; all 0 when all is well
 */
public record StageResult(
    String name,
    double seconds,
    int subscribers,
    long published,
    long acknowledged,
    long deliveries,
    double latencyP50,
    double latencyP99,
    double latencyMax,
    double answerP50,
    double answerP99,
    double serverCpuSeconds,
    double ownCpuSeconds,
    double foreignCores,
    long residentBytesBefore,
    long residentBytesMax,
    long late,
    Faults faults) {

  /**
   * What must not have happened.
   *
   * @param missing numbers that were passed over
   * @param doubled events that came a second time
   * @param reordered events that came after a later one
   * @param gaps that the hub told of
   * @param undelivered what was owed in the end and did not come
   * @param refused answers other than 2xx
   * @param lost connections that broke
   * @param stalls times when nothing had arrived for so long that what was owed was given up
   */
  public record Faults(
      long missing, long doubled, long reordered, long gaps, long undelivered, long refused, long lost, long stalls) {

    /** Whether all is well. */
    public boolean isNone() {
      return (missing | doubled | reordered | gaps | undelivered | refused | lost | stalls) == 0;
    }

    JsonObject toJson() {
      return new JsonObject().put("missing", missing).put("doubled", doubled).put("reordered", reordered)
          .put("gaps", gaps).put("undelivered", undelivered).put("refused", refused).put("lost", lost)
          .put("stalls", stalls);
    }
  }

  /** With so many more that were owed and did not come. */
  StageResult undelivered(long more) {
    var all = new Faults(faults.missing, faults.doubled, faults.reordered, faults.gaps, faults.undelivered + more,
        faults.refused, faults.lost, faults.stalls);
    return new StageResult(name, seconds, subscribers, published, acknowledged, deliveries, latencyP50, latencyP99,
        latencyMax, answerP50, answerP99, serverCpuSeconds, ownCpuSeconds, foreignCores, residentBytesBefore,
        residentBytesMax, late, all);
  }

  /** Events that arrived, per second. */
  public double deliveriesPerSecond() {
    return deliveries / seconds;
  }

  /** Events that were acknowledged, per second. */
  public double acknowledgedPerSecond() {
    return acknowledged / seconds;
  }

  /** Processor time of the server for each delivery, in microseconds; 0 when nothing was delivered. */
  public double cpuMicrosPerDelivery() {
    return deliveries == 0 ? 0 : serverCpuSeconds * 1e6 / deliveries;
  }

  /** All of it. */
  public JsonObject toJson() {
    return new JsonObject()
        .put("stage", name)
        .put("seconds", rounded(seconds))
        .put("subscribers", subscribers)
        .put("published", published)
        .put("acknowledged", acknowledged)
        .put("acknowledgedPerSecond", Math.round(acknowledgedPerSecond()))
        .put("deliveries", deliveries)
        .put("deliveriesPerSecond", Math.round(deliveriesPerSecond()))
        .put("latencyMs", times(latencyP50, latencyP99, latencyMax))
        .put("answerMs", new JsonObject().put("p50", rounded(answerP50)).put("p99", rounded(answerP99)))
        .put("serverCpuSeconds", rounded(serverCpuSeconds))
        .put("cpuMicrosPerDelivery", rounded(cpuMicrosPerDelivery()))
        .put("ownCpuSeconds", rounded(ownCpuSeconds))
        .put("foreignCores", rounded(foreignCores))
        .put("residentBytesBefore", residentBytesBefore)
        .put("residentBytesMax", residentBytesMax)
        .put("late", late)
        .put("faults", faults.toJson());
  }

  static JsonObject times(double p50, double p99, double max) {
    return new JsonObject().put("p50", rounded(p50)).put("p99", rounded(p99)).put("max", rounded(max));
  }

  static double rounded(double value) {
    return Math.round(value * 1_000) / 1_000.0;
  }
}
