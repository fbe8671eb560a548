package carillon.config;

import carillon.event.TopicRule;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * Everything that can be set. Immutable.
 *
 * @param http the listener and its limits
 * @param tls TLS on that listener, if it has any
 * @param hsts how long browsers are told to come by TLS only; zero: they are told nothing
 * @param log the engine of the log
 * @param publish the publisher's bounds
 * @param clocks any number of clocks
 * @param tail the recent frames each node keeps
 * @param subscribe how streams behave
 * @param status what a node says of itself
 * @param logging the hub's own log lines
 * @param ops where operators are answered
 * @param auth who may do what
 * @param topics rules for topics, first match wins; a topic that no rule matches keeps its history without bounds of
 *     its own
 * @param limits what one client may take, and all of them together
 * @param reloadInterval how often the files of settings are looked at; zero: only when asked to
 */
public record HubOptions(
    HttpOptions http,
    Optional<TlsOptions> tls,
    Duration hsts,
    LogOptions log,
    PublishOptions publish,
    List<ClockOptions> clocks,
    TailOptions tail,
    SubscribeOptions subscribe,
    StatusOptions status,
    LoggingOptions logging,
    OpsOptions ops,
    AuthOptions auth,
    List<TopicRule> topics,
    LimitOptions limits,
    Duration reloadInterval) {

  /** Copies the lists. */
  public HubOptions {
    clocks = List.copyOf(clocks);
    topics = List.copyOf(topics);
  }
}
