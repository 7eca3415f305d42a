"""Compares an imported SmolLM2-135M-Instruct with llama.cpp on the GGUF file it came from.

Run: python check_smollm2.py MODEL.gguf IMPORTED_DIR TEXT_FILE   (see requirements.txt, and llama-cpp-python==0.3.36; CPU)

Prints and checks
  - token ids of transformers and llama.cpp, equal on every text of gguf_texts.py and on TEXT_FILE;
  - greedy answers of transformers to chat prompts, for a human to read;
  - the share of positions of TEXT_FILE (its first 1,024 tokens, 500 at least) where the most likely next token is the same, at
    least 98 %, with llama.cpp on the same dequantised weights in float32;
  - the same with llama.cpp on the file itself, for information: there llama.cpp also rounds activations to 8 bits before each
    product, which moves the logits by more than 1 and turns near ties;
  - the same with the file itself on the conversations (prompts and answers, 500 tokens at least), where ties are rare: at least
    98 %.
"""

import sys
import tempfile
from pathlib import Path

import llama_cpp
import numpy as np
import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

from check_gguf_import import float32_copy
from gguf_texts import TEXTS

PROMPTS = [
    "What is the capital of France?",
    "Write one sentence about the sea.",
    "Name three colours of the rainbow.",
    "What is 2 + 3?",
    "Why do people sleep?",
    "Explain gravity to a child.",
    "Write a short story about a dog.",
]
ANSWER_TOKENS = 120
TOKENS = 1024
LEAST_TOKENS = 500
LEAST_AGREEMENT = 0.98


def main(gguf, directory, text_file):
    tokenizer = AutoTokenizer.from_pretrained(directory)
    model = AutoModelForCausalLM.from_pretrained(directory, dtype=torch.float32).eval()
    llama = llama_cpp.Llama(gguf, n_ctx=64, verbose=False, vocab_only=True)
    text = Path(text_file).read_text(encoding="utf-8")

    for one in [*TEXTS, text]:
        ours = tokenizer(one)["input_ids"]
        theirs = llama.tokenize(one.encode("utf-8"), add_bos=False, special=True)
        assert ours == theirs, f"ids differ on {one[:60]!r}:\n{ours[:40]}\n{theirs[:40]}"
    print(f"token ids: equal on {len(TEXTS)} texts and {text_file}")

    conversations = []
    for prompt in PROMPTS:
        ids = tokenizer.apply_chat_template(
            [{"role": "user", "content": prompt}], add_generation_prompt=True, return_dict=True, return_tensors="pt"
        )
        conversation = model.generate(**ids, max_new_tokens=ANSWER_TOKENS, do_sample=False)[0].tolist()
        conversations.append(conversation)
        answer = tokenizer.decode(conversation[ids["input_ids"].shape[1] :], skip_special_tokens=True)
        print(f"{prompt}\n  -> {answer}")

    ids = tokenizer(text)["input_ids"][:TOKENS]
    assert len(ids) >= LEAST_TOKENS, f"{text_file} has {len(ids)} tokens only"
    ours = forward(model, ids)
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "float32.gguf"
        float32_copy(gguf, copy)
        exact = compare("llama.cpp, dequantised to float32", ours, logits(str(copy), ids, type_k=0, type_v=0))
    compare("llama.cpp, the file itself", ours, logits(gguf, ids))
    ours = np.concatenate([forward(model, one) for one in conversations])
    theirs = np.concatenate([logits(gguf, one) for one in conversations])
    assert len(ours) >= LEAST_TOKENS
    spoken = compare("llama.cpp, the file itself, conversations", ours, theirs)
    assert exact >= LEAST_AGREEMENT and spoken >= LEAST_AGREEMENT


def forward(model, ids):
    with torch.inference_mode():
        return model(torch.tensor([ids])).logits[0].numpy()


def logits(gguf, ids, **options):
    llama = llama_cpp.Llama(gguf, n_ctx=TOKENS, n_batch=TOKENS, logits_all=True, verbose=False, n_threads=2, **options)
    llama.eval(ids)
    return np.array(llama.scores[: len(ids)])


def compare(name, ours, theirs):
    agreement = float((ours.argmax(-1) == theirs.argmax(-1)).mean())
    difference = np.abs(ours - theirs).max()
    print(f"{name}: top-1 agreement over {len(ours)} tokens {agreement:.4f}, greatest difference of logits {difference:.1e}")
    return agreement


if __name__ == "__main__":
    main(*sys.argv[1:])
