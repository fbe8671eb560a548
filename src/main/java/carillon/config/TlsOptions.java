package carillon.config;

import java.nio.file.Path;
import java.time.Duration;

/**
 * TLS on the public port. Immutable.
 *
 * @param certificate PEM file of the certificate and those that lead to it, its own first
 * @param key PEM file of its private key
 * @param refresh how often both files are looked at
 */
public record TlsOptions(Path certificate, Path key, Duration refresh) {}
