"""Measures transformers and llama.cpp on the sizes of `sponge bench`, for paired figures.

Run: python bench_peers.py generate --model DIR [--dtype f32|bf16] [--batch 64] [--prompt 32] [--tokens 128] [--threads 2]
     python bench_peers.py train    --model DIR [--dtype f32|bf16] [--batch 8] [--length 256] [--threads 2]
     python bench_peers.py llama    --gguf FILE [--batch 16] [--prompt 32] [--tokens 128] [--threads 2]
Prints one line of JSON. `llama` takes a GGUF in F16 (requirements.txt names llama-cpp-python).
"""

import argparse
import json
import resource
import time


def report(args: argparse.Namespace, tokens: int, seconds: float) -> None:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    print(json.dumps(vars(args) | dict(tokens_per_second=tokens / seconds, seconds=seconds, peak_rss_bytes=peak)), flush=True)


def model_of(args: argparse.Namespace):
    import torch
    from transformers import AutoModelForCausalLM

    torch.set_num_threads(args.threads)
    torch.manual_seed(0)
    dtype = {"f32": torch.float32, "bf16": torch.bfloat16}[args.dtype]
    return torch, AutoModelForCausalLM.from_pretrained(args.model, dtype=dtype)


def generate(args: argparse.Namespace) -> None:
    torch, model = model_of(args)
    model.eval()
    model.generation_config.eos_token_id = None
    ids = torch.randint(0, model.config.vocab_size, (args.batch, args.prompt))
    settings = dict(
        attention_mask=torch.ones_like(ids), do_sample=True, temperature=1.0, top_k=0, top_p=1.0, pad_token_id=0
    )
    with torch.no_grad():
        model.generate(ids, max_new_tokens=4, **settings)
        best = float("inf")
        for _ in range(args.repeats):
            start = time.perf_counter()
            out = model.generate(ids, max_new_tokens=args.tokens, **settings)
            best = min(best, time.perf_counter() - start)
    assert out.shape[1] == args.prompt + args.tokens
    report(args, args.batch * args.tokens, best)


def train(args: argparse.Namespace) -> None:
    """Full finetuning as a user would write it: weights in the dtype (float32 masters under autocast for bf16), AdamW."""
    import torch

    dtype, args.dtype = args.dtype, "f32"
    torch, model = model_of(args)
    args.dtype = dtype
    model.train()
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-6, fused=True)
    ids = torch.randint(0, model.config.vocab_size, (args.batch, args.length))

    def step() -> None:
        with torch.autocast("cpu", torch.bfloat16, enabled=dtype == "bf16"):
            loss = model(input_ids=ids, labels=ids).loss
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)

    step()
    best = float("inf")
    for _ in range(args.repeats):
        start = time.perf_counter()
        step()
        best = min(best, time.perf_counter() - start)
    report(args, args.batch * args.length, best)


def llama(args: argparse.Namespace) -> None:
    """Decodes `batch` sequences side by side through llama.cpp's batch interface, greedy on the host."""
    import ctypes

    import llama_cpp
    import numpy as np

    llama_cpp.llama_backend_init()
    model = llama_cpp.llama_model_load_from_file(args.gguf.encode(), llama_cpp.llama_model_default_params())
    params = llama_cpp.llama_context_default_params()
    params.n_ctx = args.batch * (args.prompt + args.tokens)
    params.n_batch = params.n_ubatch = args.batch * args.prompt
    params.n_seq_max = args.batch
    params.n_threads = params.n_threads_batch = args.threads
    context = llama_cpp.llama_init_from_model(model, params)
    vocab = llama_cpp.llama_vocab_n_tokens(llama_cpp.llama_model_get_vocab(model))
    random = np.random.default_rng(0)
    batch = llama_cpp.llama_batch_init(args.batch * args.prompt, 0, 1)

    def fill(tokens, position: int) -> None:
        batch.n_tokens = 0
        for row in range(args.batch):
            for i, token in enumerate(tokens[row]):
                at = batch.n_tokens
                batch.token[at] = int(token)
                batch.pos[at] = position + i
                batch.n_seq_id[at] = 1
                batch.seq_id[at][0] = row
                batch.logits[at] = 1 if i == len(tokens[row]) - 1 else 0
                batch.n_tokens += 1

    best = float("inf")
    for _ in range(args.repeats):
        llama_cpp.llama_memory_clear(llama_cpp.llama_get_memory(context), True)
        start = time.perf_counter()
        fill(random.integers(0, vocab, (args.batch, args.prompt)), 0)
        assert llama_cpp.llama_decode(context, batch) == 0
        places = [(row + 1) * args.prompt - 1 for row in range(args.batch)]
        for step in range(args.tokens):
            chosen = []
            for row in range(args.batch):
                pointer = llama_cpp.llama_get_logits_ith(context, places[row])
                logits = np.ctypeslib.as_array(ctypes.cast(pointer, ctypes.POINTER(ctypes.c_float)), shape=(vocab,))
                chosen.append([int(logits.argmax())])
            if step + 1 < args.tokens:
                fill(chosen, args.prompt + step)
                assert llama_cpp.llama_decode(context, batch) == 0
                places = list(range(args.batch))
        best = min(best, time.perf_counter() - start)
    report(args, args.batch * args.tokens, best)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("what", choices=["generate", "train", "llama"])
    parser.add_argument("--model")
    parser.add_argument("--gguf")
    parser.add_argument("--dtype", default="f32", choices=["f32", "bf16"])
    parser.add_argument("--batch", type=int)
    parser.add_argument("--prompt", type=int, default=32)
    parser.add_argument("--tokens", type=int, default=128)
    parser.add_argument("--length", type=int, default=256)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--repeats", type=int, default=2)
    args = parser.parse_args()
    args.batch = args.batch or {"generate": 64, "train": 8, "llama": 16}[args.what]
    {"generate": generate, "train": train, "llama": llama}[args.what](args)


if __name__ == "__main__":
    main()
