package dev.sponge.jobs.loop;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sponge.jobs.loop.CommandScript.Result;
import dev.sponge.jobs.table.Lakehouse;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The commands over stored history, one after another. */
class ReuseCommandsTest {
  @TempDir static Path directory;

  @Test
  void historyIsJudgedAnewAndTrainsANewRun() throws Exception {
    Path work = TinyRun.copyOfReference(directory.resolve("work"));
    Path config = TinyRun.configFile(directory);
    Lakehouse lake = TinyRun.reference().lakehouse();
    String prompt = lake.rollouts().read(TinyRun.RUN, 0, 0).get(0).promptId();
    CommandScript script = new CommandScript(directory);
    List<String> where = List.of("--work", work.toString());
    List<String> offline = new ArrayList<>(where);
    offline.addAll(List.of("--config", config.toString(), "--quiet", "--run", "again"));
    offline.addAll(List.of("--from-history", "main:0-0", "--set", "reward.verifier=final-integer"));

    int notJudged = add(script, offline, "train");
    int judged = add(script, where, "rescore", "--verifier", "final-integer@1");
    int nothing = add(script, where, "rescore", "--verifier", "final-integer@1");
    int unknown = add(script, where, "rescore", "--verifier", "final-integer@2");
    int trained = add(script, offline, "train");
    int usedUp = add(script, offline, "train");
    int noRollouts = add(script, offline, "rollout");
    int planned = add(script, where, "forget", "--prompt", prompt, "--dry-run");
    List<Result> results = script.run();

    assertRefused(results.get(notJudged), "sponge rescore --verifier final-integer@1 --run main");
    assertThat(results.get(judged).out()).contains("of 4 policy versions judged");
    assertThat(results.get(nothing).out()).contains("rescore: nothing to do");
    assertRefused(results.get(unknown), "use boxed-integer@1, final-integer@1");
    assertThat(results.get(trained).code()).as(results.get(trained).toString()).isZero();
    assertThat(results.get(usedUp).out()).contains("train: nothing to do");
    assertThat(results.get(noRollouts).out()).contains("none are generated");
    assertThat(results.get(planned).out())
        .contains("would delete 1 rows of prompts", "run main from version 1 on", "run again");
    Lakehouse copy = TinyRun.open(work).lakehouse();
    assertThat(copy.trainSteps().read("again")).hasSize(1);
    assertThat(copy.rollouts().lastVersion("again")).isEmpty();
    assertThat(copy.recalls().read()).isEmpty();
  }

  private static int add(CommandScript script, List<String> flags, String... command) {
    List<String> line = new ArrayList<>(List.of(command));
    line.addAll(flags);
    return script.add(line.toArray(String[]::new));
  }

  private static void assertRefused(Result result, String sentence) {
    assertThat(result.code()).as(result.toString()).isEqualTo(2);
    assertThat(result.err()).startsWith("sponge: ").contains(sentence).hasLineCount(1);
  }
}
