package carillon.log;

import static carillon.log.EventLog.Reading.EVERYTHING;
import static carillon.log.Logs.WIDE;
import static carillon.log.Logs.await;
import static carillon.log.Logs.data;
import static carillon.log.Logs.draft;
import static carillon.log.Logs.failure;
import static carillon.log.Logs.keyed;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import carillon.event.Draft;
import carillon.event.Event;
import carillon.event.Selectors;
import carillon.log.LogException.Reason;
import carillon.log.Stored.Verdict;
import com.hazelcast.cluster.impl.MemberImpl;
import com.hazelcast.config.TcpIpConfig;
import com.hazelcast.core.HazelcastInstance;
import com.hazelcast.instance.impl.HazelcastInstanceProxy;
import com.hazelcast.instance.impl.Node;
import com.hazelcast.internal.cluster.impl.ClusterServiceImpl;
import com.hazelcast.spi.impl.PartitionSpecificRunnable;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/**
 * The grid engine on several nodes, each with a Hazelcast of its own in this process, connected over loopback; and what
 * becomes of the log when nodes die, hang, or lose sight of each other.
 */
final class GridClusterTest {

  private static final Selectors ALL = Selectors.of("**");
  private static final GridOptions WIDE_OPTIONS = new GridOptions(1_000_000, 1 << 28, 1, 2);
  private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(60);

  private final Map<HazelcastInstance, List<EventLog>> nodes = new LinkedHashMap<>();

  @AfterEach
  void endAll() {
    nodes.values().forEach(logs -> logs.forEach(log -> await(log.close())));
    nodes.keySet().forEach(node -> node.getLifecycleService().terminate());
  }

  private HazelcastInstance node() {
    HazelcastInstance node =
        nodes.keySet().stream()
            .filter(other -> other.getLifecycleService().isRunning())
            .findFirst()
            .map(Grids::joining)
            .orElseGet(Grids::first);
    nodes.put(node, new ArrayList<>());
    return node;
  }

  private List<HazelcastInstance> nodes(int count) {
    List<HazelcastInstance> started = IntStream.range(0, count).mapToObj(i -> node()).toList();
    awaitSafe(started.get(0), count);
    return started;
  }

  private GridLog open(HazelcastInstance node) {
    return open(node, WIDE_OPTIONS, GridLog.APPEND_MS);
  }

  private GridLog open(HazelcastInstance node, GridOptions options, long appendMillis) {
    GridLog log =
        await(
            GridLog.open(
                node, "test", 16, options, List.of(), SteadyClock.system(), new Random(), appendMillis));
    nodes.getOrDefault(node, new ArrayList<>()).add(log);
    return log;
  }

  private static void awaitSafe(HazelcastInstance node, int count) {
    eventually(
        "cluster of " + count,
        () -> node.getCluster().getMembers().size() == count
            && node.getPartitionService().getPartition(GridKey.CHARTER).getOwner() != null // assigns partitions
            && node.getPartitionService().isClusterSafe());
  }

  private static void eventually(String what, BooleanSupplier condition) {
    long deadline = System.nanoTime() + PATIENCE_NANOS;
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() - deadline > 0) {
        fail("never came: " + what);
      }
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(5));
    }
  }

  private static HazelcastInstance owner(HazelcastInstance any, List<HazelcastInstance> all) {
    var owner = any.getPartitionService().getPartition(GridKey.CHARTER).getOwner();
    return all.stream().filter(node -> node.getCluster().getLocalMember().equals(owner)).findFirst().orElseThrow();
  }

  private static Appended append(EventLog log, Draft... drafts) {
    return await(log.append(List.of(drafts), Instant.now()));
  }

  private static List<Event> all(EventLog log) {
    await(log.refreshHead());
    return Logs.readAll(log, 0, ALL, WIDE);
  }

  @Test
  void page_reachesTheEnd_hasWhatAnotherNodeHasAcknowledged() {
    List<HazelcastInstance> nodes = nodes(2);
    GridLog a = open(nodes.get(0));
    GridLog b = open(nodes.get(1));
    for (int i = 1; i <= 50; i++) {
      append(i % 2 == 0 ? a : b, draft("t", "" + i));
      assertEquals(i, await((i % 2 == 0 ? b : a).read(0, ALL, WIDE, EVERYTHING)).events().size());
    }
  }

  @Test
  void twoNodes_eachAppends_bothHaveTheSame() {
    List<HazelcastInstance> nodes = nodes(2);
    GridLog a = open(nodes.get(0));
    GridLog b = open(nodes.get(1));
    assertEquals(a.epoch(), b.epoch());
    append(a, draft("t", "1"), keyed("k", "t", "2"));
    Appended fromB = append(b, keyed("k", "t", "2"), draft("t", "3"), keyed("k", "t", "other"));
    assertEquals(
        List.of(Verdict.DUPLICATE, Verdict.NEW, Verdict.CONFLICT),
        fromB.outcomes().stream().map(Stored::verdict).toList());
    assertEquals(List.of(2L, 3L, 2L), fromB.outcomes().stream().map(stored -> stored.id().offset()).toList());
    assertEquals(3, await(a.refreshHead()));
    assertEquals(all(a), all(b));
    assertEquals(List.of("1", "2", "3"), data(await(a.read(0, ALL, WIDE, EVERYTHING))));
  }

  @Test
  void overwritten_lateNode_hasTheSameIdsAndTheSameKeyWindow() {
    var small = new GridOptions(160, 1 << 20, 1, 2); // ten events in each of sixteen segments
    List<HazelcastInstance> nodes = nodes(2);
    GridLog a = open(nodes.get(0), small, GridLog.APPEND_MS);
    append(a, keyed("early", "t", "first"), draft("t", "second"));
    GridLog b = open(nodes.get(1), small, GridLog.APPEND_MS);
    for (int i = 0; i < 200; i++) {
      append(i % 2 == 0 ? a : b, draft("t", i + "a"), keyed("key" + i, "t", i + "b"), draft("t", i + "c"));
    }
    awaitSafe(nodes.get(0), 2);
    GridLog c = open(node(), small, GridLog.APPEND_MS);
    assertEquals(602, await(c.refreshHead()));
    assertEquals(a.epoch(), c.epoch());
    assertTrue(c.oldest() > 400 && c.oldest() < 500, "kept from " + c.oldest());
    Page page = await(c.read(0, ALL, WIDE, EVERYTHING));
    assertEquals(c.oldest() - 1, page.removedUpTo(), "what is gone is told");
    List<Event> ofA = all(a);
    assertEquals(ofA.subList(ofA.size() - page.events().size(), ofA.size()), page.events());
    Appended again = append(c, keyed("early", "t", "first"), keyed("key3", "t", "other"), keyed("new", "t", "x"));
    assertEquals(
        List.of(Verdict.DUPLICATE, Verdict.CONFLICT, Verdict.NEW),
        again.outcomes().stream().map(Stored::verdict).toList());
    assertEquals(1, again.outcomes().get(0).id().offset(), "its event and its segment are long gone");
    assertEquals(again.events(), all(a).subList(all(a).size() - 1, all(a).size()));
    assertEquals(603, await(b.refreshHead()));
  }

  /** Three publishers, and in the middle the owner of the log dies. */
  @Test
  void ownerDies_underLoad_losesAndRepeatsNothing() throws Exception {
    List<HazelcastInstance> nodes = nodes(3);
    HazelcastInstance owner = owner(nodes.get(0), nodes);
    List<HazelcastInstance> others = nodes.stream().filter(node -> !node.equals(owner)).toList();
    var acked = new ArrayList<CompletableFuture<Map<String, Long>>>();
    var stop = new AtomicBoolean();
    List<GridLog> logs = nodes.stream().map(this::open).toList();
    for (int i = 0; i < 3; i++) {
      int publisher = i;
      acked.add(
          CompletableFuture.supplyAsync(
              () -> publish(logs.get(publisher), "p" + publisher, stop), work -> new Thread(work).start()));
    }
    eventually("load", () -> logs.stream().allMatch(log -> log.head() > 300));
    owner.getLifecycleService().terminate();
    long atDeath = logs.get(nodes.indexOf(others.get(0))).head();
    eventually(
        "load after it",
        () -> others.stream().allMatch(node -> logs.get(nodes.indexOf(node)).head() > atDeath + 300));
    stop.set(true);
    var expected = new HashMap<String, Long>();
    for (CompletableFuture<Map<String, Long>> one : acked) {
      expected.putAll(one.get(60, TimeUnit.SECONDS));
    }
    List<Event> events = all(logs.get(nodes.indexOf(others.get(0))));
    assertEquals(events, all(logs.get(nodes.indexOf(others.get(1)))));
    var seen = new HashMap<String, Long>();
    var lastOf = new HashMap<String, Integer>();
    long offset = 0;
    for (Event event : events) {
      assertEquals(++offset, event.offset(), "no hole");
      String text = event.data().toString();
      assertEquals(null, seen.put(text, event.offset()), () -> text + " is there twice");
      String publisher = text.substring(0, text.indexOf('-'));
      int count = Integer.parseInt(text.substring(text.indexOf('-') + 1));
      assertTrue(lastOf.getOrDefault(publisher, -1) < count, () -> text + " is out of order");
      lastOf.put(publisher, count);
    }
    expected.forEach((text, at) -> assertEquals(at, seen.get(text), () -> text + " was acknowledged"));
    assertTrue(expected.size() > 600, "acknowledged " + expected.size());
  }

  /** Publishes until told to stop or the node is gone; what is in doubt may be stored, and is not published again. */
  private static Map<String, Long> publish(EventLog log, String name, AtomicBoolean stop) {
    var acked = new HashMap<String, Long>();
    for (int i = 0; !stop.get(); i++) {
      String text = name + "-" + i;
      try {
        Appended appended = log.append(List.of(draft("t", text)), Instant.now()).toCompletableFuture()
            .get(60, TimeUnit.SECONDS);
        acked.put(text, appended.outcomes().get(0).id().offset());
      } catch (ExecutionException e) {
        Reason reason = assertInstanceOf(LogException.class, e.getCause()).reason();
        if (reason != Reason.IN_DOUBT) {
          return acked; // this one was killed
        }
      } catch (Exception e) {
        fail(e);
      }
    }
    return acked;
  }

  @Test
  void oneOfTwoLeft_refusesToStore_readsOn_andGoesOnWhenAnotherComes() {
    List<HazelcastInstance> nodes = nodes(2);
    GridLog a = open(nodes.get(0));
    GridLog b = open(nodes.get(1));
    append(b, draft("t", "1"));
    append(a, draft("t", "2"));
    nodes.get(1).getLifecycleService().terminate();
    eventually("alone", () -> nodes.get(0).getCluster().getMembers().size() == 1);
    assertEquals(Reason.UNAVAILABLE, failure(a.append(List.of(draft("t", "refused")), Instant.now())));
    assertEquals(Reason.UNAVAILABLE, failure(a.refreshHead()));
    assertEquals(List.of("1", "2"), data(await(a.read(0, ALL, WIDE, EVERYTHING))));
    HazelcastInstance another = node();
    awaitSafe(another, 2);
    GridLog c = open(another);
    assertEquals(a.epoch(), c.epoch());
    append(c, draft("t", "3"));
    append(a, draft("t", "4"));
    assertEquals(List.of("1", "2", "3", "4"), all(c).stream().map(event -> event.data().toString()).toList());
    assertEquals(all(a), all(c));
  }

  @Test
  void allOthersDie_andTheirLogWithThem_beginsAnewUnderAnotherEpoch() {
    List<HazelcastInstance> nodes = nodes(3);
    List<HazelcastInstance> holders =
        nodes.stream().filter(GridClusterTest::holdsTheLog).toList();
    assertEquals(2, holders.size(), "owner and backup");
    HazelcastInstance third = nodes.stream().filter(node -> !holders.contains(node)).findFirst().orElseThrow();
    GridLog log = open(third);
    long epoch = log.epoch();
    append(log, draft("t", "1"));
    holders.forEach(node -> node.getLifecycleService().terminate());
    eventually("alone", () -> third.getCluster().getMembers().size() == 1);
    assertEquals(epoch, log.epoch(), "a node by itself begins nothing");
    assertEquals(List.of("1"), data(await(log.read(0, ALL, WIDE, EVERYTHING))));
    awaitSafe(node(), 2);
    append(log, draft("t", "2"));
    assertNotEquals(epoch, log.epoch());
    assertEquals(1, log.head());
    assertEquals(List.of("2"), data(await(log.read(0, ALL, WIDE, EVERYTHING))));
  }

  @Test
  void backupHangs_outcomeIsInDoubt_nobodySeesItBeforeItIsSafe_thenOnce() {
    List<HazelcastInstance> nodes = nodes(2);
    HazelcastInstance owner = owner(nodes.get(0), nodes);
    HazelcastInstance backup = nodes.get(1 - nodes.indexOf(owner));
    GridLog log = open(owner, WIDE_OPTIONS, 1_500);
    append(log, draft("t", "1"));
    var release = new CountDownLatch(1);
    hang(backup, release);
    try {
      assertEquals(Reason.IN_DOUBT, failure(log.append(List.of(keyed("k", "t", "2"), draft("t", "3")), Instant.now())));
      assertEquals(1, log.head());
      assertEquals(List.of("1"), data(await(log.read(0, ALL, WIDE, EVERYTHING))));
    } finally {
      release.countDown();
    }
    eventually("what was in doubt", () -> log.head() >= 3);
    Appended again = append(log, keyed("k", "t", "2"), draft("t", "4"));
    assertEquals(Verdict.DUPLICATE, again.outcomes().get(0).verdict());
    assertEquals(List.of("1", "2", "3", "4"), data(await(log.read(0, ALL, WIDE, EVERYTHING))));
  }

  /** Stops the thread of the log's partition on one node, as if the node hung. */
  private static void hang(HazelcastInstance node, CountDownLatch release) {
    var hung = new CountDownLatch(1);
    int partition = node.getPartitionService().getPartition(GridKey.CHARTER).getPartitionId();
    inside(node)
        .getNodeEngine()
        .getOperationService()
        .execute(
            new PartitionSpecificRunnable() {
              @Override
              public int getPartitionId() {
                return partition;
              }

              @Override
              public void run() {
                hung.countDown();
                try {
                  assertTrue(release.await(60, TimeUnit.SECONDS));
                } catch (InterruptedException e) {
                  Thread.currentThread().interrupt();
                }
              }
            });
    eventually("hung", () -> hung.getCount() == 0);
  }

  @Test
  void split_smallerPartRefuses_andComesBackWithNothingOfItsOwn() {
    List<HazelcastInstance> nodes = nodes(3);
    HazelcastInstance master = nodes.get(0); // the oldest: who it thinks is gone, is gone for all others
    HazelcastInstance owner = owner(master, nodes);
    HazelcastInstance cutOff = owner.equals(master) ? nodes.get(1) : owner;
    List<HazelcastInstance> others = nodes.stream().filter(node -> !node.equals(cutOff)).toList();
    GridLog small = open(cutOff);
    List<GridLog> large = others.stream().map(this::open).toList();
    append(small, draft("t", "1"));
    others.forEach(other -> tcpIp(cutOff).addMember(Grids.address(other)));
    suspect(master, cutOff);
    eventually(
        "the larger part", () -> others.stream().allMatch(other -> other.getCluster().getMembers().size() == 2));
    others.forEach(other -> suspect(cutOff, other));
    eventually("the smaller part", () -> cutOff.getCluster().getMembers().size() == 1);
    assertEquals(1, GridNodes.copies(cutOff, 1), "whatever the table of partitions says");
    assertEquals(Reason.UNAVAILABLE, failure(small.append(List.of(draft("t", "refused")), Instant.now())));
    append(large.get(0), draft("t", "2"));
    append(large.get(1), draft("t", "3"));
    assertEquals(List.of("1"), data(await(small.read(0, ALL, WIDE, EVERYTHING))));
    inside(cutOff).getJoiner().searchForOtherClusters();
    eventually("merged", () -> cutOff.getCluster().getMembers().size() == 3);
    append(small, draft("t", "4"));
    for (GridLog log : List.of(small, large.get(0), large.get(1))) {
      assertEquals(List.of("1", "2", "3", "4"), all(log).stream().map(event -> event.data().toString()).toList());
    }
    assertEquals(1, new HashSet<>(List.of(small.epoch(), large.get(0).epoch(), large.get(1).epoch())).size());
  }

  private static TcpIpConfig tcpIp(HazelcastInstance node) {
    return inside(node).getConfig().getNetworkConfig().getJoin().getTcpIpConfig();
  }

  private static void suspect(HazelcastInstance one, HazelcastInstance other) {
    ClusterServiceImpl cluster = inside(one).getClusterService();
    MemberImpl suspected = cluster.getMember(other.getLocalEndpoint().getUuid());
    if (suspected != null) { // it may be gone by now, because it was told
      cluster.suspectMember(suspected, "test", true);
    }
  }

  private static Node inside(HazelcastInstance node) {
    return ((HazelcastInstanceProxy) node).getOriginal().node;
  }

  private static boolean holdsTheLog(HazelcastInstance node) {
    int partition = node.getPartitionService().getPartition(GridKey.CHARTER).getPartitionId();
    var replicas = inside(node).getPartitionService().getPartition(partition);
    var address = inside(node).getThisAddress();
    return address.equals(replicas.getReplicaAddress(0)) || address.equals(replicas.getReplicaAddress(1));
  }
}
