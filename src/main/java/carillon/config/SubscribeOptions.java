package carillon.config;

import java.time.Duration;

/**
 * How streams behave. Immutable.
 *
 * @param heartbeat longest silence on a stream
 * @param retry reconnection time that streams begin with
 * @param stuckTimeout a subscriber that takes nothing for this long is closed
 * @param writeBytesMax most bytes handed to a stream in one write
 * @param waitMax longest long poll
 * @param pollBytesMax an answer to a poll that has become so long is sent; the next one goes on where it ends
 * @param directOutlet whether streams over HTTP/1.1 are written below the HTTP encoder where that is possible
 * @param sendBufferBytes the kernel's send buffer for each connection; bounds what a slow subscriber can hold
 * @param logAwayMax how long streams are kept while a shared log gives no answer
 */
public record SubscribeOptions(
    Duration heartbeat,
    Duration retry,
    Duration stuckTimeout,
    int writeBytesMax,
    Duration waitMax,
    int pollBytesMax,
    boolean directOutlet,
    int sendBufferBytes,
    Duration logAwayMax) {}
