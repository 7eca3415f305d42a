package dev.sponge.jobs.ledger;

import dev.sponge.jobs.table.Lease;
import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.UUID;

/**
 * A process that holds a lease, or held one.
 *
 * @param boot boot id and process namespace, so that a process id means the same; empty where the
 *     system does not tell
 * @param start what tells a process from a later one with the same id
 */
record Holder(String host, String boot, long pid, String start) {
  private static final Path BOOT_ID = Path.of("/proc/sys/kernel/random/boot_id");
  private static final Path NAMESPACE = Path.of("/proc/self/ns/pid");

  /** Fields of /proc/PID/stat behind the command, which may hold spaces and ends with ')'. */
  private static final int STATE_FIELD = 0;

  private static final int START_FIELD = 19;
  private static final String ZOMBIE = "Z";

  static Holder current() {
    long pid = ProcessHandle.current().pid();
    return new Holder(hostName(), bootName(), pid, startOf(pid));
  }

  static Holder of(Lease lease) {
    return new Holder(lease.host(), lease.boot(), lease.pid(), lease.processStart());
  }

  /** The first row of a lease of this process. */
  Lease lease(String runId, int number, int heartbeatSeconds, Instant now) {
    String name = UUID.randomUUID().toString();
    return new Lease(
        runId, number, Lease.ACQUIRED, name, host, boot, pid, start, heartbeatSeconds, now);
  }

  /** Whether this process can tell that the holder is gone: on the same boot of the same host. */
  boolean isGone() {
    Holder here = current();
    return host.equals(here.host()) && boot.equals(here.boot()) && !start.equals(startOf(pid));
  }

  private static String hostName() {
    try {
      return InetAddress.getLocalHost().getHostName();
    } catch (UnknownHostException e) {
      return "unknown";
    }
  }

  private static String bootName() {
    try {
      return Files.readString(BOOT_ID).strip() + " " + Files.readSymbolicLink(NAMESPACE);
    } catch (IOException | UnsupportedOperationException e) {
      return "";
    }
  }

  /** Empty for a process that has ended, or that has and waits for its parent to notice. */
  private static String startOf(long pid) {
    Path stat = Path.of("/proc/" + pid + "/stat");
    if (Files.exists(Path.of("/proc/self/stat"))) {
      try {
        String text = Files.readString(stat);
        String[] fields = text.substring(text.lastIndexOf(')') + 2).split(" ", -1);
        return fields[STATE_FIELD].equals(ZOMBIE) ? "" : fields[START_FIELD];
      } catch (IOException e) {
        return "";
      }
    }
    return ProcessHandle.of(pid)
        .filter(ProcessHandle::isAlive)
        .map(process -> process.info().startInstant().map(Instant::toString).orElse("unknown"))
        .orElse("");
  }
}
