package dev.sponge.jobs.loop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sponge.jobs.provenance.Lineage;
import dev.sponge.jobs.provenance.Lineage.Ancestor;
import dev.sponge.jobs.table.Lakehouse;
import dev.sponge.rl.UserError;
import java.util.List;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;

class LineageTest {
  @Test
  void aPolicyIsTracedToVersion0ThroughItsReincarnation() {
    Lakehouse lake = TinyRun.reference().lakehouse();

    List<Ancestor> chain = Lineage.of(lake, TinyRun.RUN, OptionalInt.empty());

    assertThat(chain).hasSize(TinyRun.STEPS + 1);
    assertThat(chain).extracting(a -> a.policy().policyVersion()).containsExactly(0, 1, 2, 3, 4);
    assertThat(chain).extracting(a -> a.policy().baseVersion()).containsExactly(0, 0, 0, 0, 3);
    assertThat(chain.get(0).madeBy()).isNull();
    assertThat(chain.get(4).madeBy().step()).isEqualTo(3);
    assertThat(chain)
        .filteredOn(a -> a.reincarnation() != null)
        .singleElement()
        .satisfies(
            a -> {
              assertThat(a.policy().policyVersion()).isEqualTo(TinyRun.REINCARNATION);
              assertThat(Lineage.cells(a)).last().asString().startsWith("base of incarnation 1");
            });
    assertThat(Lineage.of(lake, TinyRun.RUN, OptionalInt.of(2))).isEqualTo(chain.subList(0, 3));
  }

  @Test
  void whatTheRunDoesNotHaveIsRefused() {
    Lakehouse lake = TinyRun.reference().lakehouse();
    assertThatThrownBy(() -> Lineage.of(lake, TinyRun.RUN, OptionalInt.of(9)))
        .isInstanceOf(UserError.class)
        .hasMessageContaining("has versions 0 to 4");
    assertThatThrownBy(() -> Lineage.of(lake, "nobody", OptionalInt.empty()))
        .isInstanceOf(UserError.class)
        .hasMessageContaining("Run \"nobody\" has no policy");
  }
}
