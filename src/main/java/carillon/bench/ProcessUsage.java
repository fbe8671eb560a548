package carillon.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;

/**
 * What processes have used so far, as Linux counts it; all 0 elsewhere, and for processes that are gone. Immutable.
 *
 * @param cpuSeconds processor time of all their threads, in the kernel and outside of it
 * @param residentBytes memory they hold now
 */
record ProcessUsage(double cpuSeconds, long residentBytes) {

  /** The kernel counts processor time in hundredths of a second for whoever reads it here. */
  private static final double TICKS_PER_SECOND = 100;

  private static final ProcessUsage NOTHING = new ProcessUsage(0, 0);

  /** Of the processes with these ids together. */
  static ProcessUsage of(Collection<Long> pids) {
    return pids.stream().map(pid -> of(Long.toString(pid))).reduce(NOTHING, ProcessUsage::plus);
  }

  /** Of this process. */
  static ProcessUsage ofSelf() {
    return of("self");
  }

  /** Processor time of everything on this machine, in seconds. */
  static double machineCpuSeconds() {
    // cpu user nice system idle iowait irq softirq steal
    List<String> lines = lines(Path.of("/proc/stat"));
    if (lines.isEmpty()) {
      return 0;
    }
    String[] fields = lines.get(0).trim().split(" +", -1);
    long busy = 0;
    for (int i = 1; i < Math.min(fields.length, 8); i++) {
      busy += i == 4 || i == 5 ? 0 : Long.parseLong(fields[i]);
    }
    return busy / TICKS_PER_SECOND;
  }

  private static ProcessUsage of(String pid) {
    List<String> stat = lines(Path.of("/proc", pid, "stat"));
    if (stat.isEmpty()) {
      return NOTHING;
    }
    // The name of the process, in parentheses, may hold blanks; utime and stime are the 12th and 13th field after it.
    String[] fields = stat.get(0).substring(stat.get(0).lastIndexOf(')') + 2).split(" ", -1);
    double cpu = (Long.parseLong(fields[11]) + Long.parseLong(fields[12])) / TICKS_PER_SECOND;
    long resident =
        lines(Path.of("/proc", pid, "status")).stream()
            .filter(line -> line.startsWith("VmRSS:"))
            .mapToLong(line -> Long.parseLong(line.replaceAll("[^0-9]", "")) * 1024)
            .sum();
    return new ProcessUsage(cpu, resident);
  }

  private static List<String> lines(Path file) {
    try {
      return Files.readAllLines(file);
    } catch (IOException e) {
      return List.of();
    }
  }

  private ProcessUsage plus(ProcessUsage other) {
    return new ProcessUsage(cpuSeconds + other.cpuSeconds, residentBytes + other.residentBytes);
  }
}
