package dev.sponge.jobs.table;

import io.delta.kernel.expressions.And;
import io.delta.kernel.expressions.Column;
import io.delta.kernel.expressions.Literal;
import io.delta.kernel.expressions.Predicate;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Conditions on partition columns: files of other partitions are not opened.
 *
 * @param conditions which must all hold; none reads all
 */
record PartitionFilter(List<Condition> conditions) {
  static final PartitionFilter ALL = new PartitionFilter(List.of());

  sealed interface Condition permits Text, Range {
    Predicate predicate();

    /**
     * @param value as the log has it
     */
    boolean passes(String value);

    String column();
  }

  private record Text(String column, String value) implements Condition {
    @Override
    public Predicate predicate() {
      return new Predicate("=", new Column(column), Literal.ofString(value));
    }

    @Override
    public boolean passes(String other) {
      return value.equals(other);
    }
  }

  /** Both ends included. */
  private record Range(String column, int from, int to) implements Condition {
    @Override
    public Predicate predicate() {
      return new And(
          new Predicate(">=", new Column(column), Literal.ofInt(from)),
          new Predicate("<=", new Column(column), Literal.ofInt(to)));
    }

    @Override
    public boolean passes(String other) {
      int value = Integer.parseInt(other);
      return from <= value && value <= to;
    }
  }

  PartitionFilter equal(String column, String value) {
    return and(new Text(column, value));
  }

  PartitionFilter equal(String column, int value) {
    return and(new Range(column, value, value));
  }

  /** Both ends included. */
  PartitionFilter between(String column, int from, int to) {
    return and(new Range(column, from, to));
  }

  private PartitionFilter and(Condition other) {
    return new PartitionFilter(Stream.concat(conditions.stream(), Stream.of(other)).toList());
  }

  /** The same for Kernel; empty reads all. */
  Optional<Predicate> predicate() {
    return conditions.stream().map(Condition::predicate).reduce(And::new);
  }

  /** Whether a file passes whose partition values the log gives as {@code values}. */
  boolean passes(Map<String, String> values) {
    return conditions.stream().allMatch(c -> c.passes(values.get(c.column())));
  }
}
