/**
 * The hub on the web: drafts come in by POST, events go out as streams, and every refusal says what to do about it.
 *
 * <p>services → <b>http</b> → {@link carillon.publish.PublishPort}; subscribe → <b>http</b> → browsers, services
 *
 * <p><b>Invariants.</b> Text from a client becomes a value of {@code event} or a {@link carillon.http.Problem} before
 * anything is done with it; no input makes a 500. What a request may occupy is bounded before it is read. One answer
 * for each request, in the order the requests of a connection came, and nothing is answered 2xx before its
 * {@link carillon.publish.Outcome}.
 *
 * <p><b>Two ways of a publish.</b> What a client sends on one connection without waiting for answers is taken by its
 * {@link carillon.http.PublishLane} before the server sees it, so that all of it is committed together; the lane knows
 * plain publishes and nothing else. Everything else, and everything wrong, goes the ordinary way through server, router
 * and {@link carillon.http.PublishHandler}. Which way a request goes cannot be told from its answer.
 *
 * <p><b>What one may take.</b> A connection is counted and watched from its very beginning: {@link
 * carillon.http.Acceptor} shows it before the server knows of it, {@link carillon.http.HeadWatches} closes it if no
 * request comes of it. {@link carillon.http.Limits} counts connections and streams, {@link carillon.http.Toll} the
 * events of who publishes; a client is who shows a token, or its {@link carillon.http.ClientAddress}, which only a
 * configured proxy may say for it.
 *
 * <p><b>At the door.</b> With a certificate the server speaks TLS 1.2 and 1.3, and {@link carillon.http.TlsVerticle}
 * takes a renewed one while it runs. {@link carillon.http.TransferCoding} and {@link carillon.http.CertainHead} stand
 * before the router and let nothing in that a proxy may have read otherwise. {@link carillon.http.OperatorPages} has
 * health and metrics, unless those have a port of their own, which has the same guards
 * ({@link carillon.http.GuardedServer}).
 *
 * <p><b>Threads.</b> Handlers are confined to the event loop of their verticle. The classes that read text and decide
 * are immutable or plain values without a thread. What is counted for all loops of a node is in
 * {@link carillon.http.Limits}, which any thread may use; nothing of it is touched when an event is delivered.
 *
 * <p><b>When things go wrong.</b> Wrong requests get a problem body (RFC 9457) with a stable {@code code}; the table is
 * {@link carillon.http.ProblemCode}. A client that leaves in the middle of a body has published nothing. A bug is
 * logged once, with its stack, and answered with a 500 that shows none of it.
 *
 * <p>Read {@link carillon.http.PublishHandler} and {@link carillon.http.SubscribeHandler} first. HTTP
 * semantics follow RFC 9110, HTTP/1.1 framing RFC 9112, CORS the WHATWG Fetch standard.
 */
@NullMarked
package carillon.http;

import org.jspecify.annotations.NullMarked;
