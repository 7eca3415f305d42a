"""Writes tiny random GGUF files, what they must become, and the tokens of some texts.

Run: python make_gguf_fixture.py [OUTPUT_DIR]   (see requirements.txt; CPU)

OUTPUT_DIR/gguf holds (and, without OUTPUT_DIR, the corpus of GgufFuzzTest two smallest models)
  NAME.gguf              a one-layer model with random weights in many tensor types; tokens by a tokenizer trained on a few lines
  NAME.safetensors       some of its weights as transformers must see them: gguf.quants.dequantize, rows of query and key put back
  tokens.json            per NAME, texts and their ids by the tokenizer that the GGUF file was made from
  blocks.safetensors     per tensor type, TYPE.bytes (N,) int32: random blocks, one byte each; TYPE.values: what gguf makes of them
K-quants are random bytes with small scales, because the gguf package cannot quantise to them.
"""

import io
import json
import sys
from pathlib import Path

import gguf
import numpy as np
import sentencepiece
from gguf import GGMLQuantizationType as T
from safetensors.numpy import save_file
from tokenizers import Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers

from gguf_texts import TEXTS

SPECIAL = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"]
CHATML = "{% for m in messages %}<|im_start|>{{ m['role'] }}\n{{ m['content'] }}<|im_end|>\n{% endfor %}"
WORDS = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}DIGITS| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)
LINES = [*TEXTS, "the sea is a vast and mysterious realm, and the world is 12 345 years old", "user assistant system"] * 3
HEADS, KV_HEADS, MLP = 4, 2, 64
CONTEXT = 256


def byte_level_tokenizer(pre):
    """The pipelines of the tokenizer.json of GPT-2, SmolLM2, Qwen2 and Llama 3."""
    byte_level = pre_tokenizers.ByteLevel
    tokenizer = Tokenizer(models.BPE(ignore_merges=pre == "llama-bpe"))
    if pre == "gpt-2":
        tokenizer.pre_tokenizer = byte_level(add_prefix_space=False)
    elif pre == "smollm":
        tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
            [pre_tokenizers.Digits(individual_digits=True), byte_level(add_prefix_space=False)]
        )
    else:
        regex = Regex(WORDS.replace("DIGITS", "" if pre == "qwen2" else "{1,3}"))
        tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
            [pre_tokenizers.Split(regex, "isolated"), byte_level(add_prefix_space=False, use_regex=False)]
        )
        if pre == "qwen2":
            tokenizer.normalizer = normalizers.NFC()
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=360, special_tokens=SPECIAL, initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), show_progress=False
    )
    tokenizer.train_from_iterator(LINES, trainer)
    return tokenizer


def add_byte_level(writer, pre):
    tokenizer = byte_level_tokenizer(pre)
    model = json.loads(tokenizer.to_str())["model"]
    tokens = sorted(model["vocab"], key=model["vocab"].get)
    kinds = [gguf.TokenType.CONTROL if token in SPECIAL else gguf.TokenType.NORMAL for token in tokens]
    padding = [f"[PAD{i}]" for i in range(len(tokens), len(tokens) + 5)]
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre(pre)
    writer.add_token_list(tokens + padding)
    writer.add_token_types(kinds + [gguf.TokenType.UNUSED] * len(padding))
    writer.add_token_merges([" ".join(merge) for merge in model["merges"]])
    writer.add_bos_token_id(1)
    writer.add_eos_token_id(2)
    writer.add_pad_token_id(0)
    writer.add_chat_template(CHATML)
    return len(tokens) + len(padding), lambda text: tokenizer.encode(text, add_special_tokens=False).ids


def add_sentence_piece(writer):
    model = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter([line for line in LINES if line.isascii()]),
        model_writer=model,
        model_type="bpe",
        vocab_size=400,
        byte_fallback=True,
        character_coverage=1.0,
        normalization_rule_name="identity",
        remove_extra_whitespaces=False,
        split_digits=True,
        allow_whitespace_only_pieces=True,
        minloglevel=2,
        num_threads=1,
    )
    spm = sentencepiece.SentencePieceProcessor(model_proto=model.getvalue())
    kinds = []
    for i in range(spm.vocab_size()):
        if spm.is_unknown(i):
            kinds.append(gguf.TokenType.UNKNOWN)
        elif spm.is_control(i):
            kinds.append(gguf.TokenType.CONTROL)
        else:
            kinds.append(gguf.TokenType.BYTE if spm.is_byte(i) else gguf.TokenType.NORMAL)
    writer.add_tokenizer_model("llama")
    writer.add_token_list([spm.id_to_piece(i) for i in range(spm.vocab_size())])
    writer.add_token_scores([spm.get_score(i) for i in range(spm.vocab_size())])
    writer.add_token_types(kinds)
    writer.add_bos_token_id(spm.bos_id())
    writer.add_eos_token_id(spm.eos_id())
    writer.add_unk_token_id(spm.unk_id())
    writer.add_pad_token_id(spm.unk_id())
    return spm.vocab_size(), spm.encode


def quantised(random, shape, kind, scale):
    """Raw data for GGUFWriter of random weights around 0."""
    if kind in (T.Q4_K, T.Q5_K, T.Q6_K):
        block, size = gguf.GGML_QUANT_SIZES[kind]
        blocks = random.integers(0, 256, (int(np.prod(shape)) // block, size), dtype=np.uint8)
        factors = random.uniform(0.2, 1.0, (len(blocks), 2)) * scale / 1000
        halves = factors.astype(np.float16).view(np.uint8)
        if kind == T.Q6_K:
            blocks[:, -2:] = halves[:, :2]
        else:
            blocks[:, :4] = halves
        return blocks.reshape(*shape[:-1], -1)
    values = (random.standard_normal(shape) * scale).astype(np.float32)
    return gguf.quants.quantize(values, kind)


def llama3_factors(base, head, factor, context):
    frequencies = 1.0 / base ** (np.arange(0, head, 2) / head)
    factors = []
    for frequency in frequencies:
        length = 2 * np.pi / frequency
        if length < context / 4:
            factors.append(1.0)
        elif length > context:
            factors.append(factor)
        else:
            smooth = (context / length - 1) / 3
            factors.append(1 / ((1 - smooth) / factor + smooth))
    return np.array(factors, np.float32)


def put_back(rows, heads, head):
    """Rows of query or key from llama.cpp's order to that of Hugging Face."""
    rest = rows.shape[1:]
    return rows.reshape(heads, head // 2, 2, *rest).swapaxes(1, 2).reshape(rows.shape)


def shapes_of(arch, hidden, head, vocabulary, tied):
    queries, keys = HEADS * head, KV_HEADS * head
    block, layer = "blk.0.", "model.layers.0."
    shapes = {
        "token_embd.weight": ("model.embed_tokens.weight", (vocabulary, hidden)),
        block + "attn_norm.weight": (layer + "input_layernorm.weight", (hidden,)),
        block + "attn_q.weight": (layer + "self_attn.q_proj.weight", (queries, hidden)),
        block + "attn_k.weight": (layer + "self_attn.k_proj.weight", (keys, hidden)),
        block + "attn_v.weight": (layer + "self_attn.v_proj.weight", (keys, hidden)),
        block + "attn_output.weight": (layer + "self_attn.o_proj.weight", (hidden, queries)),
        block + "ffn_norm.weight": (layer + "post_attention_layernorm.weight", (hidden,)),
        block + "ffn_gate.weight": (layer + "mlp.gate_proj.weight", (MLP, hidden)),
        block + "ffn_up.weight": (layer + "mlp.up_proj.weight", (MLP, hidden)),
        block + "ffn_down.weight": (layer + "mlp.down_proj.weight", (hidden, MLP)),
        "output_norm.weight": ("model.norm.weight", (hidden,)),
    }
    if arch == "qwen2":
        for name, rows in (("q", queries), ("k", keys), ("v", keys)):
            shapes[f"{block}attn_{name}.bias"] = (f"{layer}self_attn.{name}_proj.bias", (rows,))
    if arch == "qwen3":
        for name in ("q", "k"):
            shapes[f"{block}attn_{name}_norm.weight"] = (f"{layer}self_attn.{name}_norm.weight", (head,))
    if not tied:
        shapes["output.weight"] = ("lm_head.weight", (vocabulary, hidden))
    return shapes


def write_model(path, arch, pre, kinds, *, hidden=32, head=8, tied=True, llama3=False, seed=0):
    """Writes a model whose matrices take the types in turn; returns its expected weights and its encode function."""
    random = np.random.default_rng(seed)
    writer = gguf.GGUFWriter(path, arch)
    writer.add_block_count(1)
    writer.add_context_length(CONTEXT)
    writer.add_embedding_length(hidden)
    writer.add_feed_forward_length(MLP)
    writer.add_head_count(HEADS)
    writer.add_head_count_kv(KV_HEADS)
    writer.add_key_length(head)
    writer.add_value_length(head)
    writer.add_layer_norm_rms_eps(1e-5)
    base = 500000.0 if llama3 else 10000.0
    writer.add_rope_freq_base(base)
    writer.add_rope_dimension_count(head)
    vocabulary, encode = add_sentence_piece(writer) if pre is None else add_byte_level(writer, pre)
    if llama3:
        writer.add_tensor("rope_freqs.weight", llama3_factors(base, head, 8.0, 8192))

    expected = {}
    for i, (name, (target, shape)) in enumerate(shapes_of(arch, hidden, head, vocabulary, tied).items()):
        if len(shape) == 1:
            center = 1.0 if "norm" in name else 0.0
            raw, kind = (center + 0.2 * random.standard_normal(shape)).astype(np.float32), T.F32
        else:
            # A row must be whole blocks.
            fitting = [k for k in kinds if shape[-1] % gguf.GGML_QUANT_SIZES[k][0] == 0] or [T.Q8_0]
            kind = fitting[i % len(fitting)]
            raw = quantised(random, shape, kind, 0.3)
        if kind in (T.F32, T.F16):
            writer.add_tensor(name, raw)
        else:
            writer.add_tensor(name, raw, raw_dtype=kind)
        values = gguf.quants.dequantize(raw, kind).reshape(shape).astype(np.float32)
        if arch == "llama" and ".attn_q." in name:
            values = put_back(values, HEADS, head)
        if arch == "llama" and ".attn_k." in name:
            values = put_back(values, KV_HEADS, head)
        expected[target] = np.ascontiguousarray(values)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return expected, encode


def write_blocks(path):
    random = np.random.default_rng(7)
    tensors = {}
    for kind in (T.F16, T.BF16, T.Q4_0, T.Q4_1, T.Q5_0, T.Q5_1, T.Q8_0, T.Q4_K, T.Q5_K, T.Q6_K):
        block, size = gguf.GGML_QUANT_SIZES[kind]
        count = 3 if block == 256 else 6 if block == 32 else 256
        raw = quantised(random, (count, block), kind, 1.0).view(np.uint8).reshape(count, size)
        if kind == T.F16:
            # Also subnormals, zeros and the greatest values.
            raw[:6] = np.array([0x0001, 0x83FF, 0x0000, 0x8000, 0x7BFF, 0x0400], np.uint16).view(np.uint8).reshape(6, 2)
        tensors[f"{kind.name}.bytes"] = raw.ravel().astype(np.int32)
        values = gguf.quants.dequantize(raw, kind)
        tensors[f"{kind.name}.values"] = np.ascontiguousarray(values.ravel(), np.float32)
    save_file(tensors, path)


def write_seed(path, tokenizer):
    """The smallest complete model: a start for the fuzzer."""
    writer = gguf.GGUFWriter(path, "llama")
    writer.add_block_count(1)
    writer.add_context_length(8)
    writer.add_embedding_length(2)
    writer.add_feed_forward_length(2)
    writer.add_head_count(1)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_tokenizer_model(tokenizer)
    writer.add_token_list(["<e>", "a", "b", "ab", "[PAD]"])
    writer.add_token_types([3, 1, 1, 1, 5])
    if tokenizer == "gpt2":
        writer.add_tokenizer_pre("llama-bpe")
        writer.add_token_merges(["a b"])
    else:
        writer.add_token_scores([0.0, -1.0, -2.0, -3.0, 0.0])
    writer.add_bos_token_id(0)
    writer.add_eos_token_id(0)
    if tokenizer == "gpt2":
        writer.add_tensor("rope_freqs.weight", np.ones(1, np.float32))
    for name in shapes_of("llama", 2, 2, 5, True):
        shape = (2,) if "norm" in name else (5, 2) if "embd" in name else (2, 2)
        writer.add_tensor(name, np.ones(shape, np.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


MODELS = {
    "llama-spm": ("llama", None, [T.F16, T.Q4_1, T.Q8_0, T.BF16], dict(tied=False)),
    "llama-bpe": ("llama", "llama-bpe", [T.Q4_0, T.F32], dict(llama3=True)),
    "smollm": ("llama", "smollm", [T.Q8_0, T.Q4_1], {}),
    "qwen2": ("qwen2", "qwen2", [T.Q6_K, T.Q4_K, T.Q5_K], dict(hidden=256)),
    "qwen3": ("qwen3", "gpt-2", [T.Q5_0, T.Q5_1, T.Q4_0], {}),
}


def main(output):
    output.mkdir(parents=True, exist_ok=True)
    tokens = {}
    for seed, (name, (arch, pre, kinds, options)) in enumerate(MODELS.items()):
        expected, encode = write_model(output / f"{name}.gguf", arch, pre, kinds, seed=seed, **options)
        # The embedding is most of it and has no rule of its own.
        small = {key: value for key, value in expected.items() if value.shape[0] <= 256 and "qwen2" not in name}
        if name == "qwen2":
            small = {key: value for key, value in expected.items() if "_proj" in key and "mlp" not in key}
        save_file(small, output / f"{name}.safetensors")
        tokens[name] = [{"text": text, "ids": encode(text)} for text in TEXTS if pre or "<|" not in text]
    (output / "tokens.json").write_text(json.dumps(tokens, separators=(",", ":")) + "\n", encoding="utf-8")
    write_blocks(output / "blocks.safetensors")
    for file in output.iterdir():
        file.chmod(0o644)


if __name__ == "__main__":
    resources = Path(__file__).parent.parent / "resources"
    main((Path(sys.argv[1]) if len(sys.argv) > 1 else resources / "fixtures") / "gguf")
    if len(sys.argv) == 1:
        corpus = resources / "dev/sponge/rl/gguf/GgufFuzzTestInputs/everyFileIsRefusedOrHoldsItsTensors"
        corpus.mkdir(parents=True, exist_ok=True)
        write_seed(corpus / "valid-byte-level", "gpt2")
        write_seed(corpus / "valid-sentence-piece", "llama")
