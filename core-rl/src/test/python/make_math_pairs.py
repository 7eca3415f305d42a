"""Writes what math-verify says of each pair into core-rl/src/test/resources/math/pairs.jsonl.

Every line holds kind, gold, response, expected (adjudicated by hand), mathVerify (its raw verdict with default settings)
and, where these differ, reason. The gold is given to math-verify as a formula, the response as it stands.

Run: python make_math_pairs.py [FILE]   (packages: requirements.txt)
"""

import json
import pathlib
import sys

from math_verify import parse, verify

HOME = pathlib.Path(__file__).parents[1] / "resources" / "math" / "pairs.jsonl"


def main(file: pathlib.Path) -> None:
    pairs = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
    disagreements = 0
    for pair in pairs:
        reason = pair.pop("reason", None)
        pair["mathVerify"] = verify(parse(f"${pair['gold']}$"), parse(pair["response"]))
        if pair["mathVerify"] != pair["expected"]:
            disagreements += 1
            pair["reason"] = reason
            if not reason:
                print(f"no reason: {pair}", file=sys.stderr)
    text = "".join(json.dumps(pair, ensure_ascii=False) + "\n" for pair in pairs)
    file.write_text(text, encoding="utf-8")
    print(f"{len(pairs)} pairs, {disagreements} adjudicated against math-verify")


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else HOME)
