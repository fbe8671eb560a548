package carillon.bench;

import io.vertx.core.json.JsonObject;

/**
 * What a storm came to. Immutable. Times are in milliseconds.
 *
 * @param name for the report
 * @param subscribers that came back
 * @param behind events that each lacked
 * @param seconds from the first connection until the last event
 * @param deliveries events that arrived in that time
 * @param caughtUpP50 from a subscriber's connection until it had everything
 * @param caughtUpP99 the same
 * @param serverCpuSeconds what the server's processes used
 * @param ownCpuSeconds what the load itself used
 * @param residentBytesMax the most that the server held
 * @param faults what must not have happened
 */
public record StormResult(
    String name,
    int subscribers,
    int behind,
    double seconds,
    long deliveries,
    double caughtUpP50,
    double caughtUpP99,
    double serverCpuSeconds,
    double ownCpuSeconds,
    long residentBytesMax,
    StageResult.Faults faults) {

  /** Events that arrived, per second. */
  public double deliveriesPerSecond() {
    return deliveries / seconds;
  }

  /** All of it. */
  public JsonObject toJson() {
    return new JsonObject()
        .put("stage", name)
        .put("subscribers", subscribers)
        .put("behind", behind)
        .put("seconds", StageResult.rounded(seconds))
        .put("deliveries", deliveries)
        .put("deliveriesPerSecond", Math.round(deliveriesPerSecond()))
        .put("caughtUpMs", new JsonObject().put("p50", StageResult.rounded(caughtUpP50))
            .put("p99", StageResult.rounded(caughtUpP99)))
        .put("serverCpuSeconds", StageResult.rounded(serverCpuSeconds))
        .put("ownCpuSeconds", StageResult.rounded(ownCpuSeconds))
        .put("residentBytesMax", residentBytesMax)
        .put("faults", faults.toJson());
  }
}
