package dev.sponge.jobs.run;

import dev.sponge.jobs.table.Prompt;
import dev.sponge.jobs.table.Recall;
import dev.sponge.rl.UserError;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * Which prompts of the table a run knows: those of {@code data.sources}, or the generated ones
 * where it names none, whatever else was imported beside them.
 */
public final class RunPrompts {
  private static final String TRAIN = "train";
  private static final String TEST = "test";

  private RunPrompts() {}

  /**
   * The training prompts, sorted by id.
   *
   * @throws UserError if one of {@code data.sources} has none
   */
  public static List<Prompt> train(RunContext run) {
    List<Prompt> all = run.lakehouse().prompts().read(TRAIN);
    List<String> sources = run.config().data().sources();
    if (sources.isEmpty()) {
      return all.stream().filter(prompt -> !prompt.isRaw()).toList();
    }
    Map<String, Long> there =
        all.stream()
            .collect(Collectors.groupingBy(Prompt::source, TreeMap::new, Collectors.counting()));
    for (String source : sources) {
      if (!there.containsKey(source)) {
        throw new UserError(
            "data.sources names %s, of which table prompts has no prompt with split train; it has %s. Import it with: sponge dataset import --format NAME PATH --source %s --split train --work DIR"
                .formatted(
                    source,
                    there.isEmpty()
                        ? "none of any source"
                        : there.entrySet().stream()
                            .map(e -> "%s (%,d)".formatted(e.getKey(), e.getValue()))
                            .collect(Collectors.joining(", ")),
                    source));
      }
    }
    Set<String> wanted = Set.copyOf(sources);
    return all.stream().filter(prompt -> wanted.contains(prompt.source())).toList();
  }

  /**
   * Ids of training prompts that are not asked: recalled ones, which are gone from the table, and
   * those of {@code prompts} that are listed in prompts_rejected.
   */
  public static Set<String> leftOut(RunContext run, List<Prompt> prompts) {
    List<String> sources = run.config().data().sources();
    Set<String> ids =
        run.lakehouse().recalls().read().stream()
            .filter(recall -> recall.split().equals(TRAIN))
            .filter(
                recall ->
                    recall.source() == null ? sources.isEmpty() : sources.contains(recall.source()))
            .map(Recall::promptId)
            .collect(Collectors.toCollection(HashSet::new));
    Set<String> rejected = run.lakehouse().promptsRejected().promptIds();
    prompts.stream().map(Prompt::promptId).filter(rejected::contains).forEach(ids::add);
    return ids;
  }

  /**
   * The first held-out prompts by id, as the policy sees them; imported ones that are longer than
   * rollout.max_prompt_tokens are left out.
   *
   * @return {@code count}, or all that are there
   */
  public static List<Prompt> heldOut(RunContext run, int count) {
    boolean imported = !run.config().data().sources().isEmpty();
    try (PromptRenderer renderer = new PromptRenderer(run)) {
      return run.lakehouse().prompts().read(TEST).stream()
          .filter(prompt -> prompt.isRaw() == imported)
          .map(renderer::rendered)
          .filter(prompt -> !imported || renderer.fits(prompt))
          .limit(count)
          .toList();
    }
  }
}
