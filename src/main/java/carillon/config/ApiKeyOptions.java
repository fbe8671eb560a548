package carillon.config;

import carillon.event.Grants;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * One API key and what its holder may do. The key itself is nowhere. Immutable.
 *
 * @param name of the holder, for logs; 1 to 80 letters, digits, and {@code . _ @ -}
 * @param sha256 of the key's UTF-8, as 64 hexadecimal digits in lower case
 * @param grants what the holder may do
 * @param expires when it stops; {@code null}: never
 */
public record ApiKeyOptions(String name, String sha256, Grants grants, @Nullable Instant expires) {}
