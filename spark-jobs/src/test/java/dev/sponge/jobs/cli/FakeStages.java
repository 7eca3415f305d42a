package dev.sponge.jobs.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;

/** Records the calls; {@link #main} lets a test start the command line in a process of its own. */
final class FakeStages implements Stages {
  final List<String> calls = new ArrayList<>();
  StageContext context;
  Supplier<Outcome> behaviour = () -> Outcome.DONE;
  SqlResult answer = new SqlResult(List.of("n"), List.of(List.of("1")), false);

  public static void main(String[] args) {
    FakeStages stages = new FakeStages();
    stages.behaviour =
        switch (System.getProperty("fake", "done")) {
          case "fail" ->
              () -> {
                throw new IllegalStateException("outer", new RuntimeException("the inner cause"));
              };
          case "sleep" ->
              () -> {
                System.out.println("started");
                try {
                  Thread.sleep(60_000);
                } catch (InterruptedException e) {
                  throw new IllegalStateException(e);
                }
                return Outcome.DONE;
              };
          default -> () -> Outcome.DONE;
        };
    System.exit(Sponge.execute(args, () -> stages, System.out, System.err));
  }

  private Outcome called(String stage, StageContext given) {
    calls.add(stage);
    context = given;
    return behaviour.get();
  }

  @Override
  public Outcome prepare(StageContext given) {
    return called("prepare", given);
  }

  @Override
  public Outcome bootstrap(StageContext given) {
    return called("bootstrap", given);
  }

  @Override
  public Outcome rollout(StageContext given) {
    return called("rollout", given);
  }

  @Override
  public Outcome study(StudyContext given) {
    calls.add("study");
    return behaviour.get();
  }

  @Override
  public Outcome train(StageContext given) {
    return called("train", given);
  }

  @Override
  public Outcome reincarnate(StageContext given) {
    return called("reincarnate", given);
  }

  @Override
  public Outcome evaluate(StageContext given) {
    return called("evaluate", given);
  }

  @Override
  public Outcome run(StageContext given) {
    return called("run", given);
  }

  @Override
  public Outcome quickstart(StageContext given) {
    return called("quickstart", given);
  }

  @Override
  public List<SqlResult> sql(StageContext given, SqlRequest request) {
    String step = request.step().isPresent() ? " at step " + request.step().getAsInt() : "";
    String queries = String.join(";", request.queries()).strip();
    called("sql " + queries + " " + request.limit() + step, given);
    return request.queries().stream().map(query -> answer).toList();
  }

  @Override
  public Tools tools() {
    return new FakeTools(calls);
  }
}
