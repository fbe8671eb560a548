package carillon.config;

import java.time.Duration;

/**
 * What a node says of itself. Immutable.
 *
 * @param period how often; zero is never
 * @param name by which people know the node; empty stands for its host and port
 */
public record StatusOptions(Duration period, String name) {}
