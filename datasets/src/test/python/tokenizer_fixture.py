"""Writes what the Python tokenizers say about the synthetic task's tokenizer.

The Java tests compare DJL's tokenizer with the file this writes. Needs `pip install transformers`.
SyntheticTokenizerTest leaves the tokenizer directory under datasets/target; from the repository root:

    python datasets/src/test/python/tokenizer_fixture.py \
        datasets/target/synthetic-tokenizer \
        datasets/src/test/resources/dev/sponge/datasets/tokenizer-fixture.json
"""

import hashlib
import json
import pathlib
import sys

import tokenizers
import transformers

TEXTS = [
    "",
    "Compute 7+5.\n",
    "Compute ((7+5)-3)*2.\n",
    "Start with 7. Add 5. Subtract 38. Multiply by 2. What is the result?\n",
    "Mia has 7 apples. She gets 5 more. She gives away 3. How many apples are there?\n",
    "Tom has 42 books. They grow 2-fold. He gives away 80. How many books are there?\n",
    "Ana has 10 coins. She gets 1 more. How many coins are there?\n",
    "Leo has 99 cards. He gives away 99. How many cards are there?\n",
    "7+5=12\n12-3=9\n\\boxed{9}",
    "80-49=32\nwait, let me check: 80-49=31\n\\boxed{31}",
    "\\boxed{9}.",
    "\\boxed{9",
    "0123456789+-*=().,?: \n",
    "7+5=12\n\n\n  9",
    "Compute sqrt(2).\n",
    "hello wörld \u4e16\u754c \U0001f600",
    "\\boxed {9}\t\r\n",
]


def main(directory: str, output: str) -> None:
    plain = tokenizers.Tokenizer.from_file(f"{directory}/tokenizer.json")
    hub = transformers.AutoTokenizer.from_pretrained(directory)
    cases = []
    for text in TEXTS:
        ids = plain.encode(text, add_special_tokens=False).ids
        assert ids == hub.encode(text, add_special_tokens=False), text
        decoded = plain.decode(ids, skip_special_tokens=True)
        assert decoded == hub.decode(ids, skip_special_tokens=True), text
        cases.append({"text": text, "ids": ids, "decoded": decoded})
    question = {"role": "user", "content": "Compute 7+5."}
    answer = {"role": "assistant", "content": "7+5=12\n\\boxed{12}"}
    fixture = {
        "written_with": {
            "tokenizers": tokenizers.__version__,
            "transformers": transformers.__version__,
        },
        "tokenizer_json_sha256": hashlib.sha256(
            pathlib.Path(directory, "tokenizer.json").read_bytes()
        ).hexdigest(),
        "vocab_size": len(hub),
        "eos_id": hub.eos_token_id,
        "pad_id": hub.pad_token_id,
        "unk_id": hub.unk_token_id,
        "chat_prompt": hub.apply_chat_template(
            [question], tokenize=False, add_generation_prompt=True
        ),
        "chat_conversation": hub.apply_chat_template([question, answer], tokenize=False),
        "chat_prompt_ids": list(
            hub.apply_chat_template([question], add_generation_prompt=True, return_dict=True)[
                "input_ids"
            ]
        ),
    }
    with open(output, "w", encoding="utf-8") as file:
        # One entry per line keeps the lists of ids readable and the differences small.
        head = "".join(f" {json.dumps(k)}: {json.dumps(v)},\n" for k, v in fixture.items())
        tail = ",\n".join(f"  {json.dumps(case)}" for case in cases)
        file.write(f'{{\n{head} "cases": [\n{tail}\n ]\n}}\n')


if __name__ == "__main__":
    main(*sys.argv[1:])
