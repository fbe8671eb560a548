package carillon.config;

import java.util.Optional;

/**
 * Where operators are answered. Immutable.
 *
 * @param port of their own, 0 to 65535; 0 lets the system choose; empty for none
 * @param host address to listen on
 */
public record OpsOptions(Optional<Integer> port, String host) {}
