"""Compares an imported SmolLM2-135M-Instruct with llama.cpp on the GGUF file it came from.

Run: python check_smollm2.py MODEL.gguf IMPORTED_DIR TEXT_FILE   (see requirements.txt, and llama-cpp-python==0.3.36; CPU)

Prints and checks
  - token ids of transformers and llama.cpp, equal on every text of gguf_texts.py and on TEXT_FILE;
  - greedy answers of transformers to five chat prompts, for a human to read;
  - the share of positions of TEXT_FILE (its first 1,024 tokens, 500 at least) where the most likely next token is the same:
    at least 98 %. llama.cpp rounds activations to 8 bits before each product, so 100 % is not expected.
"""

import sys
from pathlib import Path

import llama_cpp
import numpy as np
import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

from gguf_texts import TEXTS

PROMPTS = [
    "What is the capital of France?",
    "Write one sentence about the sea.",
    "Name three colours of the rainbow.",
    "What is 2 + 3?",
    "Why do people sleep?",
]
TOKENS = 1024
LEAST_TOKENS = 500
LEAST_AGREEMENT = 0.98


def main(gguf, directory, text_file):
    tokenizer = AutoTokenizer.from_pretrained(directory)
    model = AutoModelForCausalLM.from_pretrained(directory, dtype=torch.float32).eval()
    llama = llama_cpp.Llama(gguf, n_ctx=TOKENS, n_batch=TOKENS, logits_all=True, verbose=False, n_threads=2)
    text = Path(text_file).read_text(encoding="utf-8")

    for one in [*TEXTS, text]:
        ours = tokenizer(one)["input_ids"]
        theirs = llama.tokenize(one.encode("utf-8"), add_bos=False, special=True)
        assert ours == theirs, f"ids differ on {one[:60]!r}:\n{ours[:40]}\n{theirs[:40]}"
    print(f"token ids: equal on {len(TEXTS)} texts and {text_file}")

    for prompt in PROMPTS:
        ids = tokenizer.apply_chat_template(
            [{"role": "user", "content": prompt}], add_generation_prompt=True, return_dict=True, return_tensors="pt"
        )
        answer = model.generate(**ids, max_new_tokens=48, do_sample=False)[0, ids["input_ids"].shape[1] :]
        print(f"{prompt}\n  -> {tokenizer.decode(answer, skip_special_tokens=True)}")

    ids = tokenizer(text)["input_ids"][:TOKENS]
    assert len(ids) >= LEAST_TOKENS, f"{text_file} has {len(ids)} tokens only"
    llama.reset()
    llama.eval(ids)
    theirs = np.array(llama.scores[: len(ids)])
    with torch.inference_mode():
        ours = model(torch.tensor([ids])).logits[0].numpy()
    agreement = float((ours.argmax(-1) == theirs.argmax(-1)).mean())
    print(f"top-1 agreement over {len(ids)} tokens: {agreement:.4f}; greatest difference {np.abs(ours - theirs).max():.3f}")
    assert agreement >= LEAST_AGREEMENT


if __name__ == "__main__":
    main(*sys.argv[1:])
