"""Writes a Markdown report with a plot of finetuning runs from their tables.

Run: python make_finetuning_report.py OUTPUT.md NAME=WORK_DIR [NAME=WORK_DIR ...]   (needs deltalake, pandas, numpy)
The plot is OUTPUT.svg. Answers are judged by the table's `correct`, the format by `format_ok`; intervals are 95 %: Wilson for
greedy answers, a bootstrap over problems for sampled ones.
"""

import re
import sys
from pathlib import Path

import numpy as np
from deltalake import DeltaTable

COLOURS = ("#1f77b4", "#d62728", "#2ca02c")


def table(work: str, name: str):
    return DeltaTable(f"{work}/tables/{name}").to_pandas()


def wilson(successes: int, n: int) -> tuple[float, float]:
    z = 1.959964
    p = successes / n
    centre = (p + z * z / (2 * n)) / (1 + z * z / n)
    half = z * np.sqrt(p * (1 - p) / n + z * z / (4 * n * n)) / (1 + z * z / n)
    return centre - half, centre + half


def bootstrap(values: np.ndarray) -> tuple[float, float]:
    random = np.random.default_rng(0)
    means = values[random.integers(0, len(values), (10_000, len(values)))].mean(1)
    return tuple(np.percentile(means, [2.5, 97.5]))


def share(value: float, interval: tuple[float, float]) -> str:
    return f"{value:.3f} [{interval[0]:.3f}, {interval[1]:.3f}]"


def evaluation_rows(work: str) -> list[str]:
    answers = table(work, "evaluation_responses")
    rows = []
    for version in sorted(answers.policy_version.unique()):
        of = answers[answers.policy_version == version]
        greedy, sampled = of[of.greedy], of[~of.greedy]
        correct = sampled.groupby("prompt_id").correct.mean().to_numpy(dtype=float)
        box = sampled.groupby("prompt_id").format_ok.mean().to_numpy(dtype=float)
        rows.append(
            f"| {version} | {share(greedy.correct.mean(), wilson(int(greedy.correct.sum()), len(greedy)))} "
            f"| {share(correct.mean(), bootstrap(correct))} | {share(box.mean(), bootstrap(box))} "
            f"| {len(greedy)} x {len(sampled) // len(greedy)} | {sampled.response_ids.map(len).mean():.1f} |"
        )
    return rows


def curve(work: str) -> tuple[np.ndarray, np.ndarray]:
    """Share of right answers among the fresh rollouts of every step."""
    rewards = table(work, "rewards")
    means = rewards.groupby("policy_version").correct.mean()
    return means.index.to_numpy(), means.to_numpy(dtype=float)


def plot(path: Path, runs: dict[str, str]) -> None:
    curves = {name: curve(work) for name, work in runs.items()}
    width, height, left, bottom = 640, 320, 50, 40
    last = max(int(steps.max()) for steps, _ in curves.values())
    top = max(0.1, max(float(values.max()) for _, values in curves.values()) * 1.1)

    def x(step: float) -> float:
        return left + (width - left - 20) * step / max(last, 1)

    def y(value: float) -> float:
        return height - bottom - (height - bottom - 20) * value / top

    out = [f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" font-family="sans-serif" font-size="12">']
    out.append(f'<rect width="{width}" height="{height}" fill="white"/>')
    for i in range(5):
        value = top * i / 4
        out.append(f'<line x1="{left}" y1="{y(value):.1f}" x2="{width - 20}" y2="{y(value):.1f}" stroke="#ddd"/>')
        out.append(f'<text x="{left - 6}" y="{y(value) + 4:.1f}" text-anchor="end">{value:.2f}</text>')
    for step in range(0, last + 1, 2):
        out.append(f'<text x="{x(step):.1f}" y="{height - bottom + 16}" text-anchor="middle">{step}</text>')
    out.append(f'<text x="{width / 2}" y="{height - 6}" text-anchor="middle">policy version</text>')
    out.append(f'<text x="{left}" y="14">right answers among fresh rollouts</text>')
    for i, (name, (steps, values)) in enumerate(curves.items()):
        points = " ".join(f"{x(s):.1f},{y(v):.1f}" for s, v in zip(steps, values))
        out.append(f'<polyline points="{points}" fill="none" stroke="{COLOURS[i]}" stroke-width="2"/>')
        out.append(f'<text x="{width - 150}" y="{30 + 16 * i}" fill="{COLOURS[i]}">{name}</text>')
    path.write_text("\n".join(out + ["</svg>"]) + "\n")


def samples(runs: dict[str, str], count: int = 6) -> list[str]:
    lines = []
    for name, work in runs.items():
        answers = table(work, "evaluation_responses")
        prompts = table(work, "prompts").set_index("prompt_id")
        greedy = answers[answers.greedy]
        first, last = greedy.policy_version.min(), greedy.policy_version.max()
        before = greedy[greedy.policy_version == first].set_index("prompt_id")
        after = greedy[greedy.policy_version == last].set_index("prompt_id")
        lines += [f"### {name}: greedy answers of version {first} and {last}, the first {count} problems by id", ""]
        lines += ["| problem | gold | before | after |", "|---|---|---|---|"]
        for prompt_id in sorted(before.index)[:count]:
            text = prompts.loc[prompt_id].prompt
            found = re.search(r"user\n(.*?)<\|im_end\|>", text, re.S)
            cells = [found.group(1) if found else text, prompts.loc[prompt_id].answer]
            for row in (before.loc[prompt_id], after.loc[prompt_id]):
                cells.append(row.response_text + (" (right)" if row.correct else " (wrong)"))
            lines.append("| " + " | ".join(" ".join(str(c).split()).replace("|", "\\|") for c in cells) + " |")
        lines.append("")
    return lines


def main(output: Path, runs: dict[str, str]) -> None:
    plot(output.with_suffix(".svg"), runs)
    lines = ["# SmolLM2-135M-Instruct on easy word problems", "", f"![right answers by step]({output.with_suffix('.svg').name})", ""]
    for name, work in runs.items():
        steps = table(work, "train_steps").sort_values("step")
        seconds = sum(dict(s)["total"] for s in steps.seconds)
        lines += [
            f"## {name}",
            "",
            f"{len(steps)} steps, {int(steps.fresh_rollouts.sum())} rollouts, {int(steps.replayed_rollouts.sum())} replayed, "
            f"{seconds / 60:.1f} minutes in steps (evaluations apart).",
            "",
            "| version | right, greedy | right, sampled | boxed, sampled | problems x samples | tokens |",
            "|---|---|---|---|---|---|",
            *evaluation_rows(work),
            "",
        ]
    lines += samples(runs)
    output.write_text("\n".join(lines))


if __name__ == "__main__":
    main(Path(sys.argv[1]), dict(argument.split("=", 1) for argument in sys.argv[2:]))
