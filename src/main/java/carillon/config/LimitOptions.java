package carillon.config;

import java.time.Duration;
import java.util.List;

/**
 * What one client may take, and all of them together. Immutable.
 *
 * @param proxies whose word about where a request comes from is taken
 * @param forwardedHeader whether proxies say it in {@code Forwarded}; else in {@code X-Forwarded-For}
 * @param connectionsMax most connections, and most streams; 0: as many as the system's descriptors allow
 * @param connectionsPerAddressMax most streams, and nearly most connections, of one address that is not this machine;
 *     0: any number
 * @param streamsPerPrincipalMax most streams of one who is known; 0: any number
 * @param headTimeout how long the head of a request may take
 * @param bodyTimeout how long the body of a request may take
 * @param http2StreamsMax requests and streams at a time on one HTTP/2 connection
 * @param http2ResetsMax streams that a client may reset on one HTTP/2 connection within half a minute
 * @param publishRate events per second of one who is known, or of one address that is not this machine; 0: any number
 * @param publishBurst events that may come at once before the rate tells
 * @param unsentBytesMax most bytes that all streams hold unsent; 0: half of the largest heap
 */
public record LimitOptions(
    List<IpNetwork> proxies,
    boolean forwardedHeader,
    int connectionsMax,
    int connectionsPerAddressMax,
    int streamsPerPrincipalMax,
    Duration headTimeout,
    Duration bodyTimeout,
    int http2StreamsMax,
    int http2ResetsMax,
    int publishRate,
    int publishBurst,
    long unsentBytesMax) {

  /** Copies the list. */
  public LimitOptions {
    proxies = List.copyOf(proxies);
  }

  /** Whether what is said by {@code address} about where a request comes from is taken. */
  public boolean isProxy(IpAddress address) {
    for (IpNetwork network : proxies) {
      if (network.contains(address)) {
        return true;
      }
    }
    return false;
  }
}
