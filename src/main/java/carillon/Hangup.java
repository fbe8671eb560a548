package carillon;

import java.lang.reflect.Proxy;

/**
 * SIGHUP, by which operators ask a process to read its settings again. Any thread.
 *
 * <p>Without this the JVM ends on it. The JDK has signals in its module {@code jdk.unsupported}, which every JDK brings
 * and no compiler lets pass without a warning; hence by name. Where there is no such signal, nothing happens.
 */
final class Hangup {

  private Hangup() {}

  /** Has {@code action} run, on a thread of the JVM, whenever the process gets the signal. */
  static void handle(Runnable action) {
    try {
      Class<?> signal = Class.forName("sun.misc.Signal");
      Class<?> handler = Class.forName("sun.misc.SignalHandler");
      Object acting =
          Proxy.newProxyInstance(
              handler.getClassLoader(),
              new Class<?>[] {handler},
              (proxy, method, arguments) -> {
                if (method.getName().equals("handle")) {
                  action.run();
                }
                return null; // nobody compares or prints it
              });
      Object hangup = signal.getConstructor(String.class).newInstance("HUP");
      signal.getMethod("handle", signal, handler).invoke(null, hangup, acting);
    } catch (ReflectiveOperationException e) {
      // no such signal here, or the JVM was told to leave signals alone
    }
  }
}
