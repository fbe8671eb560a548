package carillon.log;

import io.vertx.sqlclient.Tuple;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;

/**
 * A statement with names where its parameters go: {@code {after}} becomes {@code $1}, {@code $2} …, in the order in
 * which the names first appear. Immutable.
 *
 * @param sql as PostgreSQL reads it
 * @param names of the parameters, in their order
 */
record PostgresQuery(String sql, List<String> names) {

  private static final Pattern NAME = Pattern.compile("\\{([a-z_]+)}");

  /** Joins parts of a statement, which are constants of the code, never something that came from outside. */
  static PostgresQuery of(String... parts) {
    String text = String.join("\n", parts);
    List<String> names = NAME.matcher(text).results().map(found -> found.group(1)).distinct().toList();
    String sql = NAME.matcher(text).replaceAll((MatchResult found) -> "\\$" + (1 + names.indexOf(found.group(1))));
    return new PostgresQuery(sql, names);
  }

  /** @throws IllegalArgumentException if {@code values} does not hold exactly the names of this statement */
  Tuple bind(Map<String, Object> values) {
    if (values.size() != names.size() || !values.keySet().containsAll(names)) {
      throw new IllegalArgumentException("parameters: expected " + names + ", got " + values.keySet());
    }
    var tuple = new ArrayList<Object>(names.size());
    names.forEach(name -> tuple.add(values.get(name)));
    return Tuple.tuple(tuple);
  }
}
