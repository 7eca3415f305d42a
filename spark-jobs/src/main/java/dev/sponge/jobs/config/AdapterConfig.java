package dev.sponge.jobs.config;

import dev.sponge.rl.UserError;
import dev.sponge.rl.model.LoraSettings;
import dev.sponge.rl.model.Projection;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/** Section {@code adapter}: whether a small adapter is trained in place of all weights. */
public record AdapterConfig(Kind kind, int rank, double alpha, List<String> targets) {

  /** What is trained. */
  public enum Kind {
    /** All weights. */
    NONE,
    /** Low-rank factors beside chosen projections (LoRA). */
    LORA
  }

  public AdapterConfig {
    Check.range("adapter.rank", rank, 1, 4096);
    Check.above("adapter.alpha", alpha, 0, 1e6);
    parse(targets);
  }

  /** The adapter in the terms of core-rl, where there is one. */
  public Optional<LoraSettings> lora() {
    return switch (kind) {
      case NONE -> Optional.empty();
      case LORA -> Optional.of(new LoraSettings(rank, alpha, parse(targets)));
    };
  }

  private static List<Projection> parse(List<String> names) {
    List<Projection> projections = new ArrayList<>();
    for (String name : names) {
      projections.add(
          Projection.ofLabel(name)
              .orElseThrow(
                  () ->
                      new UserError(
                          "adapter.targets names "
                              + name
                              + "; allowed are "
                              + Arrays.stream(Projection.values())
                                  .map(Projection::label)
                                  .collect(Collectors.joining(", ")))));
    }
    if (projections.isEmpty()) {
      throw new UserError("adapter.targets is empty; name at least one projection, such as q_proj");
    }
    return projections;
  }
}
