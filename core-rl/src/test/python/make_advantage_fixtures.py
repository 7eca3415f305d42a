"""Writes the advantages, returns and value losses that verl computes for small random batches.

Run: python make_advantage_fixtures.py VERL_DIRECTORY [OUTPUT_FILE]   (numpy and torch of requirements.txt; CPU)
VERL_DIRECTORY is an unpacked wheel: pip download --no-deps verl==0.9.1; unzip verl-0.9.1-py3-none-any.whl.
Only the functions named below are taken from its files, as importing verl needs all of its dependencies.

verl.json holds, with B responses of T positions, float64 unless said otherwise,
  mask          (B, T) 1 for response tokens; some masks have a gap, as after a tool call, and all have padding
  rewards       (B) of whole responses; groups (B): the group of each
  token_rewards (B, T), also where the mask is 0; values (B, T)
  grpo, dr_grpo, rloo           (B, T) outcome advantages; reinforce_pp, reinforce_pp_baseline (B, T)
  gae           for each of several (gamma, lambda): returns and whitened advantages (B, T)
  whitened      (B, T) masked_whiten of token_rewards
  value_loss    float32: values, old_values, returns (B, T), clip; loss, clip_fraction, gradient (B, T)
Entries where the mask is 0 mean nothing.
"""

import ast
import json
import sys
from collections import defaultdict
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import torch

GROUPS = [0, 1, 0, 2, 1, 0, 2, 1, 0, 3, 3, 2]  # in no order, of 4, 3, 3 and 2
POSITIONS = 7
GAE_SETTINGS = [(1.0, 1.0), (1.0, 0.95), (0.9, 0.0), (0.95, 0.5)]
VALUE_CLIP = 0.5


def functions(path: Path, names: list[str], namespace: dict) -> SimpleNamespace:
    """Runs the named functions of a file, without its imports, decorators and annotations."""
    tree = ast.parse(path.read_text())
    found = [node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name in names]
    assert sorted(node.name for node in found) == sorted(names), f"{path} lacks some of {names}"
    for node in found:
        node.decorator_list = []
        node.returns = None
        for argument in node.args.args:
            argument.annotation = None
    exec(compile(ast.Module(found, []), str(path), "exec"), namespace)
    return SimpleNamespace(**{name: namespace[name] for name in names})


def make_mask() -> torch.Tensor:
    mask = torch.zeros(len(GROUPS), POSITIONS, dtype=torch.float64)
    for row in range(len(GROUPS)):
        mask[row, : 1 + (3 * row + 2) % POSITIONS] = 1
        if row % 3 == 2:
            mask[row, 1] = 0
    return mask


def value_loss(core: SimpleNamespace, mask: torch.Tensor) -> dict:
    shape = mask.shape
    old = torch.randn(shape)
    values = (old + 0.6 * torch.randn(shape)).requires_grad_()
    returns = old + torch.randn(shape)
    loss, clip_fraction = core.compute_value_loss(values, returns, old, mask.float(), VALUE_CLIP)
    loss.backward()
    tensors = {"values": values, "old_values": old, "returns": returns, "gradient": values.grad}
    return {
        **{name: tensor.tolist() for name, tensor in tensors.items()},
        "clip": VALUE_CLIP,
        "loss": loss.item(),
        "clip_fraction": clip_fraction.item(),
    }


def main(verl: Path, output: Path) -> None:
    torch.set_num_threads(1)
    torch.manual_seed(5)
    masked = functions(
        verl / "verl/utils/torch_functional.py",
        ["masked_sum", "masked_mean", "masked_var", "masked_whiten", "clip_by_value"],
        {"torch": torch},
    )
    names = [
        "compute_gae_advantage_return",
        "compute_grpo_outcome_advantage",
        "compute_rloo_outcome_advantage",
        "compute_reinforce_plus_plus_outcome_advantage",
        "compute_reinforce_plus_plus_baseline_outcome_advantage",
        "compute_value_loss",
        "agg_loss",
    ]
    core = functions(
        verl / "verl/trainer/ppo/core_algos.py",
        names,
        {"torch": torch, "np": np, "defaultdict": defaultdict, "verl_F": masked},
    )
    mask = make_mask()
    index = np.array(GROUPS)
    rewards = torch.randn(len(GROUPS), dtype=torch.float64)
    rewards[index == 3] = 0.7  # a group of equal rewards
    outcome = torch.zeros_like(mask)
    for row in range(len(GROUPS)):
        outcome[row, int(mask[row].nonzero()[-1])] = rewards[row]
    token_rewards = torch.randn(mask.shape, dtype=torch.float64)
    values = torch.randn(mask.shape, dtype=torch.float64)

    gae = []
    for gamma, lam in GAE_SETTINGS:
        advantages, returns = core.compute_gae_advantage_return(token_rewards, values, mask, gamma, lam)
        gae.append({"gamma": gamma, "lambda": lam, "advantages": advantages.tolist(), "returns": returns.tolist()})
    grpo = core.compute_grpo_outcome_advantage(outcome, mask, index)[0]
    dr_grpo = core.compute_grpo_outcome_advantage(outcome, mask, index, norm_adv_by_std_in_grpo=False)[0]
    rloo = core.compute_rloo_outcome_advantage(outcome, mask, index)[0]
    plain = core.compute_reinforce_plus_plus_outcome_advantage(
        token_rewards, mask, config=SimpleNamespace(gamma=1.0)
    )[0]
    baseline = core.compute_reinforce_plus_plus_baseline_outcome_advantage(outcome, mask, index)[0]
    tensors = {
        "mask": mask,
        "rewards": rewards,
        "token_rewards": token_rewards,
        "values": values,
        "grpo": grpo,
        "dr_grpo": dr_grpo,
        "rloo": rloo,
        "reinforce_pp": plain,
        "reinforce_pp_baseline": baseline,
        "whitened": masked.masked_whiten(token_rewards, mask),
    }
    fixture = {name: tensor.tolist() for name, tensor in tensors.items()}
    fixture |= {"groups": GROUPS, "gae": gae, "value_loss": value_loss(core, mask)}
    output.parent.mkdir(parents=True, exist_ok=True)
    output.write_text(json.dumps(fixture) + "\n")


if __name__ == "__main__":
    default = Path(__file__).parent.parent / "resources/advantages/verl.json"
    main(Path(sys.argv[1]), Path(sys.argv[2]) if len(sys.argv) > 2 else default)
