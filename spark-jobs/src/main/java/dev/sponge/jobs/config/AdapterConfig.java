package dev.sponge.jobs.config;

import dev.sponge.rl.UserError;
import dev.sponge.rl.model.LoraSettings;
import dev.sponge.rl.model.Projection;
import dev.sponge.rl.model.ResidualSettings;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/** Section {@code adapter}: whether a small adapter is trained in place of all weights. */
public record AdapterConfig(
    Kind kind, int rank, double alpha, List<String> targets, double residualScale) {

  /** What is trained. */
  public enum Kind {
    /** All weights. */
    NONE,
    /** Low-rank factors beside chosen projections (LoRA). */
    LORA,
    /** A bounded residual of the logits. */
    RESIDUAL
  }

  public AdapterConfig {
    Check.range("adapter.rank", rank, 1, 4096);
    Check.above("adapter.alpha", alpha, 0, 1e6);
    Check.above("adapter.residual_scale", residualScale, 0, 100);
    parse(targets);
  }

  /** The LoRA adapter in the terms of core-rl, where there is one. */
  public Optional<LoraSettings> lora() {
    return switch (kind) {
      case NONE, RESIDUAL -> Optional.empty();
      case LORA -> Optional.of(new LoraSettings(rank, alpha, parse(targets)));
    };
  }

  /** The residual of the logits in the terms of core-rl, where there is one. */
  public Optional<ResidualSettings> residual() {
    return switch (kind) {
      case NONE, LORA -> Optional.empty();
      case RESIDUAL -> Optional.of(new ResidualSettings(rank, residualScale));
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
