package carillon.fault;

import static org.junit.jupiter.api.Assertions.assertEquals;

import carillon.event.EventId;
import carillon.event.Selectors;
import carillon.event.Topic;
import carillon.fault.Publication.Answer;
import carillon.harness.Eventually;
import carillon.harness.Http;
import carillon.harness.HubCluster;
import carillon.harness.Swarm;
import java.io.UncheckedIOException;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.function.Supplier;

/**
 * Publishers and followers who are busy with a cluster while something is done to it; in the end, what everybody was
 * told is held against what everybody saw. Many of them may be busy with one cluster, one after the other. Confined to
 * one thread.
 */
final class ClusterLoad implements AutoCloseable {

  private static final Duration PATIENCE = Duration.ofMinutes(2);
  private static final int PUBLICATIONS_MAX = 2_000_000;
  private static final int SHOWN = 20;

  private static final List<String> SELECTORS =
      List.of("**", "news/**", "news/*", "*", "prices/*", "*/b", "builds/**", "news", "prices/a", "z\u00fcrich/see");

  private final HubCluster cluster;
  private final long seed;
  private final SplittableRandom random;
  private final World world;
  private final ExecutorService threads = Executors.newCachedThreadPool();
  private final Swarm swarm = Swarm.of(1, 0);
  private final List<Follower> followers = new ArrayList<>();
  private final List<Publisher> publishers = new ArrayList<>();
  private final List<Future<?>> running = new ArrayList<>();
  private final List<Publication> marks = new ArrayList<>();

  /** On a cluster that is whole; what was published before is not this one's affair. */
  ClusterLoad(HubCluster cluster, long seed) {
    this.cluster = cluster;
    this.seed = seed;
    this.random = new SplittableRandom(seed);
    SplittableRandom choices = random.split();
    Http.Response begun = Http.post(cluster.node(0).uri(), "/events/whole", "whole: " + seed);
    assertEquals(201, begun.status(), () -> begun.text() + cluster.evidence());
    this.world = new World(() -> anyOf(choices), begun.text());
    marks.add(new Publication("whole", List.of(new Topic("whole")), "whole: " + seed));
    marks.get(0).attempted(0, world.tick(), Answer.acknowledged(EventId.parse(begun.text()).orElseThrow()));
    awaitShown(marks.get(0));
  }

  private URI anyOf(SplittableRandom choices) {
    synchronized (choices) {
      return cluster.anyOf(choices);
    }
  }

  /** Any node, another each time; any thread. */
  Supplier<URI> anywhere() {
    return world::hub;
  }

  /** One node, wherever it listens; any thread. */
  Supplier<URI> at(int node) {
    return () -> cluster.node(node).uri();
  }

  /** Adds publishers, who begin at once. */
  void publish(int count, Supplier<URI> where) {
    for (int i = 0; i < count; i++) {
      publishers.add(new Publisher(world, where, name(publishers.size()), random.nextLong(), PUBLICATIONS_MAX));
      running.add(threads.submit(publishers.get(publishers.size() - 1)));
    }
  }

  /** Of which each publisher makes its keys, so nobody else on this cluster may have it. */
  private String name(int number) {
    return "p" + number + "-" + Long.toHexString(seed);
  }

  /** Adds followers of all kinds of topics, some from the beginning and some from now on. */
  void follow(int count, Supplier<URI> where) {
    for (int i = 0; i < count; i++) {
      var texts = new String[1 + random.nextInt(3)];
      for (int j = 0; j < texts.length; j++) {
        texts[j] = SELECTORS.get(random.nextInt(SELECTORS.size()));
      }
      follow(new Follower(world, where, "f" + followers.size(), Selectors.of(texts), random.nextBoolean()));
    }
  }

  /** Adds one who follows everything from the beginning. */
  Follower followEverything(Supplier<URI> where) {
    return follow(new Follower(world, where, "f" + followers.size(), Selectors.of("**"), true));
  }

  private Follower follow(Follower follower) {
    followers.add(follower);
    var unused = swarm.add(follower, "");
    return follower;
  }

  /** All followers. */
  List<Follower> followers() {
    return List.copyOf(followers);
  }

  /** How many events somebody has been told are stored. */
  long acknowledgements() {
    return world.acknowledgements();
  }

  /** Until so many more have been told so. */
  void awaitAcknowledgements(int count) {
    long wanted = world.acknowledgements() + count;
    Eventually.await(
        count + " acknowledgements",
        PATIENCE,
        () -> world.acknowledgements() >= wanted || running.stream().anyMatch(Future::isDone),
        cluster::evidence);
  }

  /** Until so many more requests have been answered 503. */
  void awaitRefusals(int count) {
    long wanted = world.unavailables() + count;
    Eventually.await(
        count + " refusals",
        PATIENCE,
        () -> world.unavailables() >= wanted || running.stream().anyMatch(Future::isDone),
        cluster::evidence);
  }

  /** Until all followers have streams, and have had for a while: then each has seen an id. */
  void awaitFollowers() {
    await("streams for all", follower -> follower.reached() >= 0);
  }

  private void await(String what, Predicate<Follower> condition) {
    Eventually.await(
        what,
        PATIENCE,
        () -> followers.stream().allMatch(condition) || !swarm.violations().isEmpty(),
        () ->
            followers.stream().filter(condition.negate()).map(each -> each + " at " + each.reached()).toList()
                + cluster.evidence());
    assertEquals(List.of(), swarm.violations(), cluster::evidence);
  }

  /**
   * Until every node stores, and shows what every other has stored: what survives the loss of one node at a time has
   * survived this one.
   */
  void awaitWhole() {
    for (int i = 0; i < cluster.size(); i++) {
      URI from = cluster.node(i).uri();
      var mark = new Publication("whole", List.of(new Topic("whole")), "whole: " + seed + " " + marks.size());
      marks.add(mark);
      Eventually.await(mark + " stored by node " + i, PATIENCE, () -> isStored(from, mark), cluster::evidence);
      awaitShown(mark);
    }
  }

  private void awaitShown(Publication mark) {
    for (int i = 0; i < cluster.size(); i++) {
      URI node = cluster.node(i).uri();
      Eventually.await(mark + " at node " + i, PATIENCE, () -> shows(node, mark), cluster::evidence);
    }
  }

  private boolean isStored(URI node, Publication mark) {
    long sentAt = world.tick();
    Answer answer = Answer.UNKNOWN;
    try {
      String key = mark.data().replace(' ', '_');
      Http.Response response = Http.post(node, "/events/whole?key=" + key, mark.data());
      answer =
          EventId.parse(response.text())
              .map(Answer::acknowledged)
              .orElse(response.status() == 503 ? Answer.REFUSED : Answer.UNKNOWN);
    } catch (UncheckedIOException e) {
      // nobody knows
    }
    mark.attempted(mark.attempts().size(), sentAt, answer);
    answer.id().ifPresent(world::acknowledged);
    return answer.id().isPresent();
  }

  /** Whether a node says that it stores nothing; what it is asked to is told apart by its data, like everything. */
  boolean isRefused(HubCluster.Node node) {
    var mark = new Publication("whole", List.of(new Topic("whole")), "whole: " + seed + " " + marks.size());
    marks.add(mark);
    return !isStored(node.uri(), mark) && mark.isRefused();
  }

  private static boolean shows(URI node, Publication mark) {
    try {
      return Http.get(node, "/events/whole?poll&since=last:5").text().contains('"' + mark.data() + '"');
    } catch (UncheckedIOException e) {
      return false;
    }
  }

  /** Has the publishers finish and the followers catch up on a cluster that is whole, and judges. */
  Verdict verify() throws Exception {
    awaitWhole();
    world.end();
    for (Future<?> publisher : running) {
      publisher.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
    }
    List<Publication> publications = new ArrayList<>();
    publishers.forEach(publisher -> publications.addAll(publisher.publications()));
    awaitWhole(); // whoever knows the ids of these marks has caught up
    publications.addAll(marks);
    await("all followers at " + world.newest(), follower -> follower.reached() >= world.newest());
    swarm.close();
    List<Following> followings = followers.stream().map(Follower::following).map(this::sinceItBegan).toList();
    var verdict = new Verdict(List.copyOf(publications), followings);
    System.out.println("    " + verdict);
    List<HistoryChecker.Violation> violations = HistoryChecker.check(publications, followings);
    String first =
        String.join(System.lineSeparator(), violations.stream().limit(SHOWN).map(Record::toString).toList());
    assertEquals(0, violations.size(), () -> "seed " + seed + System.lineSeparator() + first + cluster.evidence());
    return verdict;
  }

  /** A live stream of a node that is a moment behind begins with the last words of the load before. */
  private Following sinceItBegan(Following following) {
    EventId begun = EventId.parse(world.beginning()).orElseThrow();
    return new Following(
        following.name(),
        following.selectors(),
        following.streams().stream()
            .map(
                stream ->
                    new Following.Stream(
                        stream.resumedAfter(),
                        stream.openedAt(),
                        stream.firstId(),
                        stream.seen().stream().filter(event -> !isBefore(event, begun)).toList(),
                        stream.gaps()))
            .toList());
  }

  private static boolean isBefore(Following.Seen event, EventId begun) {
    return EventId.parse(event.id())
        .filter(id -> id.epoch() == begun.epoch() && id.offset() < begun.offset())
        .isPresent();
  }

  /** What was told and seen, without a violation. */
  record Verdict(List<Publication> publications, List<Following> followings) {

    long acknowledged() {
      return publications.stream().filter(Publication::isAcknowledged).count();
    }

    long refused() {
      return publications.stream().filter(Publication::isRefused).count();
    }

    @Override
    public String toString() {
      long streams = followings.stream().mapToLong(each -> each.streams().size()).sum();
      long seen =
          followings.stream().flatMap(each -> each.streams().stream()).mapToLong(each -> each.seen().size()).sum();
      return String.format(
          "%,d publications (%,d acknowledged, %,d refused), %,d seen on %,d streams of %,d followers",
          publications.size(), acknowledged(), refused(), seen, streams, followings.size());
    }
  }

  @Override
  public void close() {
    world.end();
    swarm.close();
    threads.shutdownNow();
  }
}
