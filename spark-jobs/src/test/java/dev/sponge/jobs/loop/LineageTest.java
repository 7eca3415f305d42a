package dev.sponge.jobs.loop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
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
    assertThat(chain).allSatisfy(a -> assertThat(Lineage.cells(a)).hasSameSizeAs(Lineage.header()));
    assertThat(Lineage.engines(chain))
        .singleElement()
        .asString()
        .startsWith("5 of 5 policies by ")
        .contains("2 workers; float32")
        .endsWith("(versions 0 to 4)");
  }

  @Test
  void asJsonEveryPolicyNamesItsReferencesItsConfigAndTheTablesItsStepRead() {
    Lakehouse lake = TinyRun.reference().lakehouse();
    List<Ancestor> chain = Lineage.of(lake, TinyRun.RUN, OptionalInt.empty());

    JsonArray array = JsonParser.parseString(Lineage.json(chain)).getAsJsonArray();

    assertThat(array).hasSize(TinyRun.STEPS + 1);
    JsonObject bootstrapped = array.get(0).getAsJsonObject();
    assertThat(bootstrapped.get("parent_version").isJsonNull()).isTrue();
    assertThat(bootstrapped.has("table_versions_read")).isFalse();
    JsonObject last = array.get(4).getAsJsonObject();
    assertThat(last.get("parent_version").getAsInt()).isEqualTo(3);
    assertThat(last.get("base_version").getAsInt()).isEqualTo(TinyRun.REINCARNATION);
    assertThat(last.get("weights_sha256").getAsString())
        .isEqualTo(chain.get(4).policy().weightsSha256());
    assertThat(last.get("config_sha256").getAsString()).hasSize(64);
    // Table 0 is empty, and every step commits once.
    JsonObject versions = last.getAsJsonObject("table_versions_read");
    assertThat(versions.get("train_steps").getAsLong()).isEqualTo(3);
    assertThat(versions.get("policies").getAsLong()).isEqualTo(4);
    assertThat(versions.get("incarnations").getAsLong()).isEqualTo(1);
    assertThat(versions.keySet()).hasSize(12);
    JsonObject reborn = array.get(TinyRun.REINCARNATION).getAsJsonObject();
    assertThat(reborn.get("base_of_incarnation").getAsInt()).isEqualTo(1);
    assertThat(reborn.get("history_from_version").getAsInt()).isEqualTo(TinyRun.REINCARNATION);
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
