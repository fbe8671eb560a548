package carillon.bench;

import carillon.harness.Http;
import carillon.harness.HubProcess;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * What a scrape costs: the processor time of a hub under the same load, with one scrape each second and with none, in
 * turns. What counting itself costs cannot be switched off, and is the business of {@code StreamCountsBenchmark}; its
 * nanoseconds are to be held against the processor time of a delivery, which is shown here.
 */
final class ScrapeCost {

  private static final int SUBSCRIBERS = 1_000;
  private static final double EVENTS_PER_SECOND = 25;
  private static final int PAIRS = 6;
  private static final Duration WARM = Duration.ofSeconds(10);
  private static final Duration SHORTLY_WARM = Duration.ofSeconds(1);
  private static final Duration MEASURED = Duration.ofSeconds(6);

  private ScrapeCost() {}

  static void measure(StartUp.Figures figures, String... jvmOptions) throws InterruptedException {
    try (HubProcess hub = HubProcess.setup().jvmOptions(jvmOptions).start()) {
      String path = "/events/durable/%d";
      var server = new LoadOptions.Server(hub.uri(), path, path, List.of(), List.of(hub.pid()));
      var options =
          new LoadOptions(server, 1, LoadOptions.Subscribing.of(SUBSCRIBERS), LoadOptions.Publishing.of(128));
      var quiet = new ArrayList<StageResult>();
      var scraped = new ArrayList<StageResult>();
      try (Load load = Load.open(options)) {
        var unused = load.run(Stage.of("warm", new Pace.Rate(2 * EVENTS_PER_SECOND), WARM, SHORTLY_WARM));
        Scraper warming = Scraper.of(hub.uri());
        TimeUnit.NANOSECONDS.sleep(WARM.toNanos() / 2); // scraping has to be warm as well
        warming.end();
        for (int i = 0; i < PAIRS; i++) {
          quiet.add(stage(load));
          Scraper scraper = Scraper.of(hub.uri());
          scraped.add(stage(load));
          scraper.end();
        }
      }
      double without = median(quiet);
      double with = median(scraped);
      figures.add("CPU per delivery at 25,000/s, without a scrape, µs", without);
      figures.add("… with a scrape each second, µs", with);
      figures.add("… more, %", 100 * (with / without - 1));
      figures.add("… lowest and highest of the same without, %", 100 * (spread(quiet) - 1));
    }
  }

  private static StageResult stage(Load load) {
    return load.run(Stage.of("scrape", new Pace.Rate(EVENTS_PER_SECOND), SHORTLY_WARM, MEASURED));
  }

  private static double median(List<StageResult> results) {
    return results.stream()
        .map(StageResult::cpuMicrosPerDelivery)
        .sorted()
        .skip((PAIRS - 1) / 2)
        .limit(2 - PAIRS % 2)
        .mapToDouble(micros -> micros)
        .average()
        .orElseThrow();
  }

  private static double spread(List<StageResult> results) {
    double lowest = results.stream().mapToDouble(StageResult::cpuMicrosPerDelivery).min().orElseThrow();
    double highest = results.stream().mapToDouble(StageResult::cpuMicrosPerDelivery).max().orElseThrow();
    return highest / lowest;
  }

  /** Scrapes once a second, until it is to end. */
  private static final class Scraper {

    private final CountDownLatch closing = new CountDownLatch(1);
    private final AtomicInteger failed = new AtomicInteger();
    private final Thread thread;

    static Scraper of(URI hub) {
      var scraper = new Scraper(hub);
      scraper.thread.start();
      return scraper;
    }

    private Scraper(URI hub) {
      thread =
          new Thread(
              () -> {
                try {
                  do {
                    if (Http.get(hub, "/metrics").status() != 200) {
                      failed.incrementAndGet();
                    }
                  } while (!closing.await(1, TimeUnit.SECONDS));
                } catch (InterruptedException e) {
                  failed.incrementAndGet();
                }
              },
              "scraper");
      thread.setDaemon(true);
    }

    void end() throws InterruptedException {
      closing.countDown();
      thread.join();
      if (failed.get() > 0) {
        throw new IllegalStateException("no scrape");
      }
    }
  }
}
