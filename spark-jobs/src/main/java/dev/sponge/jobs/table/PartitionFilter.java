package dev.sponge.jobs.table;

import io.delta.kernel.expressions.And;
import io.delta.kernel.expressions.Column;
import io.delta.kernel.expressions.Literal;
import io.delta.kernel.expressions.Predicate;
import java.util.Optional;

/**
 * Conditions on partition columns: files of other partitions are not opened.
 *
 * @param predicate what must hold; empty reads all
 */
record PartitionFilter(Optional<Predicate> predicate) {
  static final PartitionFilter ALL = new PartitionFilter(Optional.empty());

  PartitionFilter equal(String column, String value) {
    return and(new Predicate("=", new Column(column), Literal.ofString(value)));
  }

  PartitionFilter equal(String column, int value) {
    return and(new Predicate("=", new Column(column), Literal.ofInt(value)));
  }

  /** Both ends included. */
  PartitionFilter between(String column, int from, int to) {
    return and(new Predicate(">=", new Column(column), Literal.ofInt(from)))
        .and(new Predicate("<=", new Column(column), Literal.ofInt(to)));
  }

  private PartitionFilter and(Predicate other) {
    return new PartitionFilter(
        Optional.of(predicate.<Predicate>map(first -> new And(first, other)).orElse(other)));
  }
}
