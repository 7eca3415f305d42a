package dev.sponge.jobs.rollout;

import dev.sponge.jobs.config.PromptSelectionConfig;
import dev.sponge.jobs.run.GroupNames;
import dev.sponge.jobs.run.PromptRenderer;
import dev.sponge.jobs.run.PromptSchedule;
import dev.sponge.jobs.run.RunContext;
import dev.sponge.jobs.run.RunPlan;
import dev.sponge.jobs.run.RunPrompts;
import dev.sponge.jobs.run.RunState;
import dev.sponge.jobs.run.StepSchedule;
import dev.sponge.jobs.table.Prompt;
import dev.sponge.jobs.table.Reward;
import dev.sponge.jobs.table.RewardsTable.VerifierKey;
import dev.sponge.jobs.table.RolloutsTable.Place;
import dev.sponge.rl.UserError;
import dev.sponge.rl.batch.DifficultyBuffer;
import dev.sponge.rl.batch.PromptSelection.Strategy;
import dev.sponge.rl.batch.RolledGroup;
import dev.sponge.rl.generation.TokenRandom;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/** What pi_k is asked in step k. */
final class StepQuestions implements AutoCloseable {

  private final RunContext run;
  private final RunState state;
  private final List<Prompt> prompts;
  private final Set<String> leftOut;
  private final PromptRenderer renderer;
  private final Set<String> unwanted;
  private PromptSchedule schedule;

  StepQuestions(RunContext run, RunState state) {
    this.run = run;
    this.state = state;
    prompts = RunPrompts.train(run);
    leftOut = RunPrompts.leftOut(run, prompts);
    unwanted = unwanted();
    renderer = new PromptRenderer(run);
    schedule = schedule();
  }

  private PromptSchedule schedule() {
    return new PromptSchedule(
        prompts, leftOut, run.config().run().seed(), run.config().rollout().promptsPerStep());
  }

  /** The prompts of the step's block, and the hard prompts of the history if they are due. */
  List<Question> all() {
    int k = state.step();
    int perStep = run.config().rollout().promptsPerStep();
    int groups = StepSchedule.of(run, state).freshGroups(k, state.historyFrom(), perStep);
    List<Question> questions = new ArrayList<>(fresh(() -> schedule.fresh(k, groups, unwanted)));
    RunPlan.difficulty(run.config(), k)
        .filter(buffer -> buffer.reroll().dueAt(k))
        .ifPresent(buffer -> questions.addAll(hard(buffer, questions)));
    return questions;
  }

  /** Prompts that the step has not asked yet: as many as wanted, or all that are left. */
  List<Question> further(List<Question> asked, int count) {
    Set<String> taken = asked.stream().map(q -> q.prompt().promptId()).collect(Collectors.toSet());
    return fresh(() -> schedule.further(state.step(), taken, unwanted, count));
  }

  /** Prompts that rollout.prompt_selection passes over. */
  private Set<String> unwanted() {
    PromptSelectionConfig selection = run.config().rollout().promptSelection();
    if (selection.strategy() == Strategy.UNIFORM) {
      return Set.of();
    }
    List<RolledGroup> groups = history().stream().map(History::group).toList();
    Map<String, Double> predicted =
        selection.predictions().isEmpty()
            ? Map.of()
            : run.lakehouse().promptDifficulty().predicted(selection.predictions());
    return selection.rule().unwanted(groups, predicted, state.historyFrom(), state.step());
  }

  /**
   * What the schedule draws. An imported prompt that is too long is left out as a forgotten one is:
   * when its turn comes, another one is asked in its place.
   */
  private List<Question> fresh(Supplier<List<Prompt>> draw) {
    int before = leftOut.size();
    while (true) {
      List<Prompt> block = draw.get().stream().map(renderer::rendered).toList();
      List<String> tooLong = block.stream().filter(this::isTooLong).map(Prompt::promptId).toList();
      if (tooLong.isEmpty()) {
        if (leftOut.size() > before) {
          run.console()
              .line(
                  "step %d: %d imported prompts have more tokens than rollout.max_prompt_tokens = %d and are left out"
                      .formatted(
                          state.step() + 1,
                          leftOut.size() - before,
                          run.config().rollout().maxPromptTokens()));
        }
        return block.stream()
            .map(p -> new Question(p, GroupNames.fresh(p.promptId(), state.step())))
            .toList();
      }
      leftOut.addAll(tooLong);
      schedule = schedule();
    }
  }

  /** Prompts of the block are answered by pi_k anyway. */
  private List<Question> hard(DifficultyBuffer buffer, List<Question> block) {
    int k = state.step();
    Set<String> asked = block.stream().map(q -> q.prompt().promptId()).collect(Collectors.toSet());
    Map<String, Prompt> byId =
        prompts.stream().collect(Collectors.toMap(Prompt::promptId, prompt -> prompt));
    List<History> history = history();
    double accuracy =
        history.stream()
            .filter(h -> h.group().version() == k - 1 && !h.again())
            .mapToDouble(h -> h.group().accuracy())
            .average()
            .orElse(0);
    List<RolledGroup> candidates =
        history.stream()
            .map(History::group)
            .filter(g -> !asked.contains(g.id()) && !leftOut.contains(g.id()))
            .toList();
    long seed = TokenRandom.seed(run.config().run().seed(), k, "hard prompts", 0);
    return buffer.dueForReroll(candidates, k, accuracy, seed).stream()
        .map(g -> new Question(renderer.rendered(byId.get(g.id())), GroupNames.again(g.id(), k)))
        .toList();
  }

  /** A group of an earlier step of this incarnation. */
  private record History(RolledGroup group, boolean again) {}

  /** Groups whose rewards are all there. */
  private List<History> history() {
    int from = state.historyFrom();
    int to = state.step() - 1;
    VerifierKey key = new VerifierKey(run.verifier().id(), run.verifier().version());
    Map<String, Reward> rewards = run.lakehouse().rewards().read(run.runId(), from, to, key);
    Map<String, List<Place>> groups =
        run.lakehouse().rollouts().places(run.runId(), from, to).stream()
            .collect(Collectors.groupingBy(Place::groupId, TreeMap::new, Collectors.toList()));
    List<History> history = new ArrayList<>();
    groups.forEach(
        (groupId, members) -> {
          List<Reward> verdicts =
              members.stream()
                  .map(place -> rewards.get(place.rolloutId()))
                  .filter(reward -> reward != null && reward.scored())
                  .toList();
          if (verdicts.size() == members.size()) {
            Place place = members.get(0);
            double accuracy =
                (double) verdicts.stream().filter(Reward::right).count() / verdicts.size();
            history.add(
                new History(
                    new RolledGroup(place.promptId(), place.policyVersion(), accuracy),
                    GroupNames.isAgain(groupId)));
          }
        });
    return history;
  }

  /**
   * @throws UserError for a generated prompt, which was made for this limit
   */
  private boolean isTooLong(Prompt prompt) {
    if (renderer.fits(prompt)) {
      return false;
    }
    int most = run.config().rollout().maxPromptTokens();
    if (!run.config().data().isImported()) {
      throw new UserError(
          "Prompt %s has %d tokens, rollout.max_prompt_tokens = %d; raise the key or remove the prompt"
              .formatted(prompt.promptId(), prompt.promptIds().length, most));
    }
    return true;
  }

  @Override
  public void close() {
    renderer.close();
  }
}
