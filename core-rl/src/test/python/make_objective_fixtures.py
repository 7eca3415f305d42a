"""Writes losses and gradients of verl's and TRL's own functions for the objectives' parity test.

Run: pip download --no-deps verl==0.9.1 trl==1.16.0, unzip both wheels into the folder peers
     python make_objective_fixtures.py --verl peers/verl --trl peers/trl --out ../resources/objectives
Needs torch on the CPU. Single functions are taken out of the files' syntax trees: the packages as a
whole need ray, datasets and more. DPO is torch's logsigmoid.
"""

import argparse
import ast
import json
import pathlib
import types
from collections import defaultdict
from typing import Any, Callable, Optional

import numpy as np
import torch

ROWS, TOKENS = 6, 5
LENGTHS = [5, 3, 4, 1, 5, 2]
AGGREGATIONS = ["token-mean", "seq-mean-token-mean", "seq-mean-token-sum", "seq-mean-token-sum-norm"]


class Config(types.SimpleNamespace):
    def get(self, key, default):
        return getattr(self, key, default)


def take(path: pathlib.Path, names: list[str], scope: dict) -> None:
    """Defines the named functions of a source file, without their decorators, in the scope."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.FunctionDef) and node.name in names:
            node.decorator_list = []
            exec(compile(ast.Module([node], []), str(path), "exec"), scope)  # noqa: S102


def load(verl: pathlib.Path) -> types.SimpleNamespace:
    scope = dict(torch=torch, np=np, Any=Any, Callable=Callable, Optional=Optional)
    scope |= dict(ActorConfig=Config, DictConfig=Config, AlgoConfig=type("AlgoConfig", (), {}))
    take(verl / "utils/torch_functional.py", ["masked_sum", "masked_mean"], scope)
    scope["verl_F"] = types.SimpleNamespace(masked_sum=scope["masked_sum"], masked_mean=scope["masked_mean"])
    functions = ["agg_loss", "compute_policy_loss_vanilla", "compute_policy_loss_gspo", "compute_policy_loss_cispo"]
    take(verl / "trainer/ppo/core_algos.py", functions + ["kl_penalty", "kl_penalty_forward"], scope)
    return types.SimpleNamespace(**scope)


def inputs() -> dict[str, torch.Tensor]:
    random = torch.Generator().manual_seed(7)

    def normal(scale: float, columns: int = TOKENS) -> torch.Tensor:
        return scale * torch.randn(ROWS, columns, generator=random)

    current = -1.5 + normal(0.5)
    mask = (torch.arange(TOKENS)[None] < torch.tensor(LENGTHS)[:, None]).float()
    return dict(
        logp=current + normal(0.3),
        current=current,
        mu=current + normal(0.3),
        base=current + normal(0.4),
        advantages=normal(1, 1).expand(ROWS, TOKENS).contiguous(),
        mask=mask,
    )


def differentiate(logp: torch.Tensor, loss) -> dict:
    leaf = logp.clone().requires_grad_(True)
    value = loss(leaf)
    value.backward()
    return dict(loss=value.item(), gradient=leaf.grad.tolist())


def policy_cases(verl, batch: dict) -> dict:
    def case(function, aggregation: str, **clip) -> dict:
        config = Config(clip_ratio=0.2, global_batch_info={}, **clip)
        arguments = (batch["advantages"], batch["mask"], aggregation, config)
        return differentiate(batch["logp"], lambda x: function(batch["mu"], x, *arguments)[0])

    band = dict(clip_ratio_low=0.2, clip_ratio_high=0.28)
    narrow = dict(clip_ratio_low=0.02, clip_ratio_high=0.04)
    ppo = verl.compute_policy_loss_vanilla
    cases = {"ppo_" + a.replace("-", "_"): case(ppo, a, **band, clip_ratio_c=1e6) for a in AGGREGATIONS}
    cases["dual_clip"] = case(ppo, "token-mean", **band, clip_ratio_c=1.2)
    cases["gspo"] = case(verl.compute_policy_loss_gspo, "seq-mean-token-mean", **narrow)
    cases["gspo_wide"] = case(verl.compute_policy_loss_gspo, "seq-mean-token-mean", **band)
    cases["cispo"] = case(verl.compute_policy_loss_cispo, "token-mean", **band)
    return cases


def trl_cases(trl: pathlib.Path, batch: dict) -> dict:
    """GRPOTrainer's loss with a stand-in for the trainer, whose model returns the leaf."""
    scope: dict = dict(torch=torch, nanmin=torch.min, nanmax=torch.max)
    take(trl / "trainer/grpo_trainer.py", ["_compute_loss"], scope)

    def case(loss_type: str, level: str, beta: float = 0.0, high: float = 0.28) -> dict:
        trainer = types.SimpleNamespace(
            loss_type=loss_type, importance_sampling_level=level, beta=beta, epsilon_low=0.2, epsilon_high=high,
            args=types.SimpleNamespace(delta=None, use_bias_correction_kl=False, steps_per_generation=1),
            top_entropy_quantile=1.0, off_policy_mask_threshold=None, aux_loss_enabled=False, use_vllm=False,
            _entropy_bonus_enabled=False, current_gradient_accumulation_steps=1, max_completion_length=TOKENS,
            model=types.SimpleNamespace(training=True), _metrics=dict(train=defaultdict(list)),
            accelerator=types.SimpleNamespace(num_processes=1, gather=lambda x: x, reduce=lambda x, reduction: x),
        )  # fmt: skip
        nothing = torch.zeros(ROWS, 0)
        data = dict(
            prompt_ids=nothing, prompt_mask=nothing, completion_ids=batch["mask"], completion_mask=batch["mask"],
            advantages=batch["advantages"][:, 0], old_per_token_logps=batch["mu"],
            ref_per_token_logps=batch["base"], num_items_in_batch=batch["mask"].sum(),
        )  # fmt: skip

        def loss(logp: torch.Tensor) -> torch.Tensor:
            trainer._get_per_token_logps_and_entropies = lambda *_, **__: (logp, torch.zeros_like(logp), None)
            return scope["_compute_loss"](trainer, None, data)

        return differentiate(batch["logp"], loss)

    return dict(
        trl_grpo_with_kl=case("grpo", "token", beta=0.3),
        trl_dr_grpo=case("dr_grpo", "token"),
        trl_dapo=case("dapo", "token"),
        trl_gspo=case("grpo", "sequence"),
        trl_cispo=case("cispo", "token", high=1.28),  # there the bound itself, and none below
    )


def kl_cases(verl, batch: dict) -> dict:
    def case(estimator: str) -> dict:
        return differentiate(
            batch["logp"],
            lambda x: verl.agg_loss(verl.kl_penalty(x, batch["base"], estimator), batch["mask"], "token-mean"),
        )

    return {name: case(name) for name in ["k1", "k2", "k3", "k3+"]}


def dpo_cases(batch: dict) -> dict:
    def margin(logp: torch.Tensor) -> torch.Tensor:
        ratio = ((logp - batch["base"]) * batch["mask"]).sum(1)
        return ratio[0::2] - ratio[1::2]

    return dict(
        dpo=differentiate(batch["logp"], lambda x: -torch.nn.functional.logsigmoid(0.3 * margin(x)).mean()),
        ipo=differentiate(batch["logp"], lambda x: (margin(x) - 1 / (2 * 0.3)).square().mean()),
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--verl", type=pathlib.Path, required=True)
    parser.add_argument("--trl", type=pathlib.Path, required=True)
    parser.add_argument("--out", type=pathlib.Path, required=True)
    args = parser.parse_args()
    verl = load(args.verl)
    batch = inputs()
    cases = policy_cases(verl, batch) | trl_cases(args.trl, batch) | kl_cases(verl, batch) | dpo_cases(batch)
    fixture = dict(source="verl 0.9.1, TRL 1.16.0", inputs={k: v.tolist() for k, v in batch.items()}, cases=cases)
    args.out.mkdir(parents=True, exist_ok=True)
    (args.out / "policy_losses.json").write_text(json.dumps(fixture, indent=1) + "\n")


if __name__ == "__main__":
    main()
