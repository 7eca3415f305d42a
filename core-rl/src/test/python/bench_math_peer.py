"""Measures the math verifier against math-verify on the same pairs, one core each, in turns.

Run: python bench_math_peer.py --classpath CLASSPATH [--benchmarks DIR] [--rounds 3]
CLASSPATH holds core-rl's classes and test classes and its dependencies:
     ./mvnw -pl core-rl test-compile dependency:build-classpath -Dmdep.outputFile=cp.txt
Without a directory of benchmark files (each a JSON array of objects with "answer") the committed pairs are used.
Prints one line of JSON a round.
"""

import argparse
import json
import pathlib
import random
import subprocess
import tempfile
import time

HOME = pathlib.Path(__file__).parents[1] / "resources" / "math" / "pairs.jsonl"


def benchmark_pairs(directory: pathlib.Path) -> list[dict]:
    """Every gold in a box against itself and against another gold of its file."""
    pairs = []
    shuffle = random.Random(0)
    for name in ("aime", "amc", "math", "minerva", "olympiad_bench"):
        golds = []
        for row in json.loads((directory / f"{name}.json").read_text(encoding="utf-8")):
            answer = row["answer"]
            golds.append(str(answer[0] if isinstance(answer, list) else answer).strip().strip("$"))
        others = shuffle.sample(golds, len(golds))
        for gold, other in zip(golds, others):
            for answer in (gold, other):
                pairs.append(dict(gold=gold, response=f"So the answer is $\\boxed{{{answer}}}$."))
    return pairs


def peer(pairs: list[dict]) -> dict:
    from math_verify import parse, verify

    seconds = []
    equal = 0
    begin = time.perf_counter()
    for pair in pairs:
        start = time.perf_counter()
        equal += verify(parse(f"${pair['gold']}$"), parse(pair["response"]))
        seconds.append(time.perf_counter() - start)
    total = time.perf_counter() - begin
    seconds.sort()
    return dict(
        verdicts_per_second=len(pairs) / total,
        equal=equal,
        median_ms=seconds[len(seconds) // 2] * 1e3,
        p99_ms=seconds[int(0.99 * len(seconds))] * 1e3,
        worst_ms=seconds[-1] * 1e3,
    )


def own(classpath: str, file: pathlib.Path) -> dict:
    command = ["java", "-XX:ActiveProcessorCount=1", "-cp", classpath, "dev.sponge.rl.reward.math.MathVerifierBench", str(file)]
    return json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--classpath", required=True)
    parser.add_argument("--benchmarks", type=pathlib.Path)
    parser.add_argument("--rounds", type=int, default=3)
    args = parser.parse_args()
    if args.benchmarks:
        pairs = benchmark_pairs(args.benchmarks)
    else:
        pairs = [json.loads(line) for line in HOME.read_text(encoding="utf-8").splitlines()]
    with tempfile.TemporaryDirectory() as scratch:
        file = pathlib.Path(scratch) / "pairs.jsonl"
        file.write_text("".join(json.dumps(pair) + "\n" for pair in pairs), encoding="utf-8")
        for _ in range(args.rounds):
            ours, theirs = own(args.classpath, file), peer(pairs)
            ratio = ours["verdicts_per_second"] / theirs["verdicts_per_second"]
            print(json.dumps(dict(sponge=ours, math_verify=theirs, ratio=ratio)), flush=True)


if __name__ == "__main__":
    main()
