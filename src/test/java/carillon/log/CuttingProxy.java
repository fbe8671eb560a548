package carillon.log;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicReference;

/**
 * Stands between the engine and its database and does, once, what networks do. It looks at what the engine sends: the
 * first byte of a write is the type of its first message (PostgreSQL documentation, "Message Formats").
 */
final class CuttingProxy implements AutoCloseable {

  /** What happens, once armed. */
  enum Fault {
    /** New connections are closed at once, and those that are open are closed too. */
    REFUSE(' ', false, false),
    /** Cut when a new connection introduces itself; that message alone has no type and begins with its length. */
    CUT_AT_STARTUP('\0', false, false),
    /** Cut when the statement is to be prepared, which the database does not hear of. */
    CUT_AT_PARSE('P', false, false),
    /** Cut when the group is sent, which the database does not hear of. */
    CUT_BEFORE_GROUP('B', false, false),
    /** Cut when the database has stored the group and says so. */
    CUT_BEFORE_ANSWER('B', true, false),
    /** Nothing arrives any more when the group is sent, and nobody is told. */
    SILENT_BEFORE_GROUP('B', false, true),
    /** The group arrives, its answer does not, and nobody is told. */
    SILENT_BEFORE_ANSWER('B', true, true);

    private final char message;
    private final boolean isForwarded;
    private final boolean isSilent;

    Fault(char message, boolean isForwarded, boolean isSilent) {
      this.message = message;
      this.isForwarded = isForwarded;
      this.isSilent = isSilent;
    }

    boolean isOfNewConnections() {
      return this == REFUSE || this == CUT_AT_STARTUP || this == CUT_AT_PARSE;
    }
  }

  private final ServerSocket listener;
  private final int target;
  private final AtomicReference<Fault> armed = new AtomicReference<>();
  private volatile boolean hasStruck;
  private final List<Socket> open = new CopyOnWriteArrayList<>();

  CuttingProxy(int target) {
    this.target = target;
    try {
      this.listener = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    start(this::accept);
  }

  int port() {
    return listener.getLocalPort();
  }

  void arm(Fault fault) {
    hasStruck = false;
    armed.set(fault);
    if (fault.isOfNewConnections()) {
      cutAll(); // it can only happen to a new connection
    }
  }

  /** Whether the fault has struck; it strikes once, but for refusals, which go on until it is disarmed. */
  boolean hasStruck() {
    return hasStruck;
  }

  void disarm() {
    armed.set(null);
  }

  @Override
  public void close() {
    close(listener);
    cutAll();
  }

  private void accept() {
    try {
      while (true) {
        Socket client = listener.accept();
        if (armed.get() == Fault.REFUSE) {
          hasStruck = true;
          close(client);
          continue;
        }
        var server = new Socket(InetAddress.getLoopbackAddress(), target);
        client.setTcpNoDelay(true);
        server.setTcpNoDelay(true);
        open.add(client);
        open.add(server);
        var silenced = new AtomicReference<Fault>();
        start(() -> forward(client, server, silenced));
        start(() -> answer(server, client, silenced));
      }
    } catch (IOException e) {
      // closed
    }
  }

  private void forward(Socket client, Socket server, AtomicReference<Fault> struck) {
    var chunk = new byte[1 << 16];
    try {
      InputStream in = client.getInputStream();
      OutputStream out = server.getOutputStream();
      for (int length = in.read(chunk); length >= 0; length = in.read(chunk)) {
        Fault fault = armed.get();
        if (fault != null && fault.message == chunk[0] && armed.compareAndSet(fault, null)) {
          struck.set(fault);
          hasStruck = true;
          if (!fault.isForwarded && !fault.isSilent) {
            break;
          }
        }
        if (struck.get() == null || struck.get().isForwarded) {
          out.write(chunk, 0, length);
        }
      }
    } catch (IOException e) {
      // the other one ends, too
    }
    close(client);
    close(server);
  }

  private void answer(Socket server, Socket client, AtomicReference<Fault> struck) {
    var chunk = new byte[1 << 16];
    try {
      InputStream in = server.getInputStream();
      OutputStream out = client.getOutputStream();
      for (int length = in.read(chunk); length >= 0; length = in.read(chunk)) {
        Fault fault = struck.get();
        if (fault != null && !fault.isSilent) {
          break;
        }
        if (fault == null) {
          out.write(chunk, 0, length);
        }
      }
    } catch (IOException e) {
      // the other one ends, too
    }
    close(server);
    close(client);
  }

  private void cutAll() {
    open.forEach(CuttingProxy::close);
    open.clear();
  }

  private static void start(Runnable work) {
    var thread = new Thread(work, "cutting-proxy");
    thread.setDaemon(true);
    thread.start();
  }

  private static void close(AutoCloseable closeable) {
    try {
      closeable.close();
    } catch (Exception e) {
      // it is as good as closed
    }
  }
}
