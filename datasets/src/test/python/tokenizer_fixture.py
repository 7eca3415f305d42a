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
import random
import shutil
import sys
import tempfile

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
    "waiting thereby 7<|endoftext|>8",
]


def load_beside_qwen2_config(directory: str) -> transformers.PreTrainedTokenizerBase:
    """What AutoTokenizer makes of the directory of a Qwen2 model, where config.json is next to the tokenizer."""
    with tempfile.TemporaryDirectory() as model:
        shutil.copytree(directory, model, dirs_exist_ok=True)
        transformers.Qwen2Config().save_pretrained(model)
        return transformers.AutoTokenizer.from_pretrained(model)


def check_random_texts(tokenizers_to_compare: list, vocabulary: list[str], unknown: int) -> None:
    """Ids and texts agree on random sequences of tokens, also with foreign text in between."""
    generator = random.Random(5)
    for number in range(2000):
        pieces = generator.choices(vocabulary, k=generator.randint(1, 40))
        if number % 2:
            pieces.insert(generator.randint(0, len(pieces)), "w\u00e4re \u4e16")
        text = "".join(pieces)
        known = {tuple(i for i in encode(t, text) if i != unknown) for t in tokenizers_to_compare}
        assert len(known) == 1, text
        (ids,) = known
        decoded = {t.decode(list(ids), skip_special_tokens=True) for t in tokenizers_to_compare}
        assert len(decoded) == 1, text
        assert number % 2 or decoded == {text}, text


def encode(tokenizer, text: str) -> list[int]:
    encoded = tokenizer.encode(text, add_special_tokens=False)
    return encoded.ids if isinstance(encoded, tokenizers.Encoding) else encoded


def main(directory: str, output: str) -> None:
    plain = tokenizers.Tokenizer.from_file(f"{directory}/tokenizer.json")
    hub = transformers.AutoTokenizer.from_pretrained(directory)
    fast = transformers.PreTrainedTokenizerFast.from_pretrained(directory)
    qwen2 = load_beside_qwen2_config(directory)
    assert [len(hub), len(fast)] == [len(qwen2)] * 2
    assert [qwen2.eos_token, qwen2.pad_token] == [hub.eos_token, hub.pad_token]
    words = [t for t in qwen2.get_vocab() if t not in qwen2.all_special_tokens]
    check_random_texts([plain, hub, fast, qwen2], words, hub.unk_token_id)
    cases = []
    for text in TEXTS:
        ids = encode(plain, text)
        assert ids == encode(hub, text) == encode(fast, text), text
        decoded = plain.decode(ids, skip_special_tokens=True)
        for tokenizer in (hub, fast, qwen2):
            assert decoded == tokenizer.decode(ids, skip_special_tokens=True), text
        qwen2_ids = encode(qwen2, text)
        cases.append({"text": text, "ids": ids, "qwen2_ids": qwen2_ids, "decoded": decoded})
    question = {"role": "user", "content": "Compute 7+5."}
    answer = {"role": "assistant", "content": "7+5=12\n\\boxed{12}"}
    fixture = {
        "written_with": {
            "tokenizers": tokenizers.__version__,
            "transformers": transformers.__version__,
            "beside_qwen2_config": type(qwen2).__name__,
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
        "qwen2_chat_prompt": qwen2.apply_chat_template(
            [question], tokenize=False, add_generation_prompt=True
        ),
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
