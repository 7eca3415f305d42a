# One decoder for the Llama, Mistral, Qwen2 and Qwen3 families. Shapes: B batch, T positions, E embedding, H heads, K key/value
# heads, D head dimension, L layers, V vocabulary, S cache capacity in positions, N = B*T.
# Every part of this folder is one piece of the TorchScript class Kernels: `torch.NAME` is the aten operator NAME.
#
# self.ws holds the weights in the compute dtype, with what is multiplied by the same input fused into one matrix, so that a layer
# runs four products instead of seven. A tensor that a model lacks is an empty one:
#   embedding, L x [norm1, wqkv, bqkv, wo, bo, norm2, wgateup, wdown, qnorm, knorm], norm, head

def bind(self, inv_freq: Tensor, shape: List[int], windows: List[int], constants: List[float]) -> int:
    # shape: layers, heads, kv_heads, head_dim, ScalarType of the computation, 1 for oneDNN products, 1 for fused attention
    # windows: a layer's sliding window in positions, 0 for full attention, all others equal; constants: epsilon of the norms, factor
    # of cos and sin
    # A copy: the array given shares its memory with a Java buffer that may die before this module.
    self.aux = [torch.clone(inv_freq)]
    self.layers = shape[0]
    self.heads = shape[1]
    self.kv_heads = shape[2]
    self.head_dim = shape[3]
    self.dtype = shape[4]
    self.onednn = shape[5]
    self.fused_attention = shape[6]
    self.windows = windows
    self.window = 0
    for window in windows:
        self.window = max(self.window, window)
    self.eps = constants[0]
    self.rope_factor = constants[1]
    return self.layers

def forget(self) -> int:
    # Lets go of all tensors and of what was told, for the next user
    none = annotate(List[Tensor], [])
    self.ws = none
    self.aux = none
    self.gs = none
    self.adapters = none
    self.adapter_gs = none
    self.segments = annotate(List[int], [])
    self.bind_value_head(none, none)
    return self.bind_residual(none, 0.0) + self.bind_residual_gradients(none)

def bind_weights(self, ws: List[Tensor]) -> int:
    # fused weights that belong to the caller
    self.ws = ws
    return len(ws)

def bind_parameters(self, parameters: List[Tensor], traits: List[int]) -> int:
    # Weights of its own for inference, made of parameters in the order of ModelConfig.parameterShapes()
    self.ws = self.prepare_all(self.fuse(parameters, traits, self.dtype), self.onednn)
    return len(self.ws)

def bind_residual(self, factors: List[Tensor], scale: float) -> int:
    # The residual of the logits: V (r, E) and U (V, r) in float32, which belong to the caller, or none
    self.residual = factors
    self.residual_scale = scale
    return len(factors)

def copy_residual(self, factors: List[Tensor], scale: float) -> int:
    # The same with copies
    copies = annotate(List[Tensor], [])
    for factor in factors:
        copies.append(torch.clone(factor))
    return self.bind_residual(copies, scale)

def rms_norm(self, x: Tensor, w: Tensor) -> Tensor:
    # x (..., E) -> (..., E); the mean square in float32 whatever the compute dtype
    unit, scale = self.normed(x)
    return torch.mul_(torch.to(unit, self.dtype), w)

def normed(self, x: Tensor) -> Tuple[Tensor, Tensor]:
    # x (..., E) -> x by its root mean square (..., E), and one by that (..., 1), both float32 and fresh
    wide = torch.to(x, 6)
    square = torch.square(torch.linalg_vector_norm(wide, 2, [-1], True))
    scale = torch.rsqrt_(torch.add_(torch.div_(square, torch.size(x, -1)), self.eps))
    return (torch.mul(wide, scale), scale)

def rotary(self, positions: Tensor) -> Tuple[Tensor, Tensor]:
    # positions (...) -> cos and sin (..., D) in the half-split layout, in the compute dtype; the first half of sin is negative, so
    # that rope need not negate
    angles = torch.mul(torch.unsqueeze(torch.to(positions, 6), -1), self.aux[0])
    cos = torch.mul_(torch.cos(angles), self.rope_factor)
    sin = torch.mul_(torch.sin(angles), self.rope_factor)
    return (torch.to(torch.cat([cos, cos], -1), self.dtype), torch.to(torch.cat([torch.neg(sin), sin], -1), self.dtype))

def rope(self, x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
    # Rotates x (B, T, heads, D) in place; cos and sin broadcast over heads: (B or 1, T, 1, D)
    half = torch.floordiv(self.head_dim, 2)
    swapped = torch.cat([torch.slice(x, -1, half), torch.slice(x, -1, 0, half)], -1)
    return torch.addcmul_(torch.mul_(x, cos), swapped, sin)

def split_heads(self, qkv: Tensor, at: int, cos: Tensor, sin: Tensor) -> Tuple[Tensor, Tensor, Tensor]:
    # qkv (B, T, (H+2K)*D) -> q (B, H, T, D), k (B, K, T, D), v (B, K, T, D): normed where the model norms them, positions rotated in.
    # A model that does not norm them gets views of qkv, which is rotated in place; else qkv stays as it is.
    h = self.heads
    k = self.kv_heads
    q, key, v = self.heads_of(qkv)
    if torch.size(self.ws[at + 8], 0) == 0:
        parts = torch.view(qkv, [torch.size(qkv, 0), torch.size(qkv, 1), h + 2 * k, self.head_dim])
        self.rope(torch.narrow(parts, 2, 0, h + k), cos, sin)
    else:
        q = torch.transpose(self.rope(self.rms_norm(torch.transpose(q, 1, 2), self.ws[at + 8]), cos, sin), 1, 2)
        key = torch.transpose(self.rope(self.rms_norm(torch.transpose(key, 1, 2), self.ws[at + 9]), cos, sin), 1, 2)
    return (q, key, v)

def heads_of(self, qkv: Tensor) -> Tuple[Tensor, Tensor, Tensor]:
    # qkv (B, T, (H+2K)*D) -> views (B, H, T, D), (B, K, T, D), (B, K, T, D)
    h = self.heads
    k = self.kv_heads
    parts = torch.transpose(torch.view(qkv, [torch.size(qkv, 0), torch.size(qkv, 1), h + 2 * k, self.head_dim]), 1, 2)
    return (torch.narrow(parts, 1, 0, h), torch.narrow(parts, 1, h, k), torch.narrow(parts, 1, h + k, k))

def project_qkv(self, x: Tensor, at: int) -> Tensor:
    # (B, T, E) -> (B, T, (H+2K)*D)
    return self.linear_of(self.rms_norm(x, self.ws[at]), self.ws[at + 1], self.ws[at + 2])

def spread(self, kv: Tensor) -> Tensor:
    # (B, K, T, D) -> (B, H, T, D): every key/value head serves H/K query heads
    times = torch.floordiv(self.heads, self.kv_heads)
    if times == 1:
        return kv
    return torch.repeat_interleave(kv, times, 1)

def causal_mask(self, like: Tensor, t: int, window: int) -> Tensor:
    # (1, 1, T, T) additive: position i sees j with i - window < j <= i, window 0 sees all j <= i
    slots = torch.arange(t, dtype=4, device=ops.prim.device(like))
    distance = torch.sub(torch.unsqueeze(slots, 1), torch.unsqueeze(slots, 0))
    blocked = torch.lt(distance, 0)
    if window > 0:
        blocked = torch.logical_or(blocked, torch.ge(distance, window))
    zeros = torch.new_zeros(like, [t, t])
    return torch.view(torch.masked_fill(zeros, blocked, -1e30), [1, 1, t, t])

def attend(self, q: Tensor, k: Tensor, v: Tensor, window: int) -> Tuple[Tensor, Tensor]:
    # Causal attention: q (B, H, T, D), k and v (B, H, T, D) -> mixed values (B, H, T, D), and what the backward pass needs of the
    # softmax: its log-normaliser (fused) or its weights (B, H, T, T)
    t = torch.size(q, 2)
    banded = window > 0 and window < t
    if self.fused_attention == 1:
        if banded:
            return torch._scaled_dot_product_flash_attention_for_cpu(q, k, v, 0.0, False, attn_mask=self.causal_mask(q, t, window))
        return torch._scaled_dot_product_flash_attention_for_cpu(q, k, v, 0.0, True)
    if not banded:
        window = 0
    scores = torch.to(torch.matmul(q, torch.transpose(k, -1, -2)), 6)
    scores = torch.add(torch.mul(scores, torch.pow(float(self.head_dim), -0.5)), self.causal_mask(scores, t, window))
    weights = torch.to(torch.softmax(scores, -1), self.dtype)
    return (torch.matmul(weights, v), weights)

def merge_heads(self, mixed: Tensor) -> Tensor:
    # (B, H, T, D) -> (B, T, H*D)
    wide = torch.transpose(mixed, 1, 2)
    return torch.reshape(wide, [torch.size(wide, 0), torch.size(wide, 1), self.heads * self.head_dim])

def gate(self, gateup: Tensor) -> Tensor:
    # SwiGLU: (..., 2I) -> (..., I)
    parts = torch.chunk(gateup, 2, -1)
    return torch.mul_(torch.silu(parts[0]), parts[1])

def after_attention(self, x: Tensor, mixed: Tensor, at: int) -> Tuple[Tensor, Tensor, Tensor]:
    # x (B, T, E), mixed (B, T, H*D) -> the layer's output (B, T, E), the stream between attention and MLP (B, T, E), gate and up (B, T, 2I)
    middle = torch.add_(self.linear_of(mixed, self.ws[at + 3], self.ws[at + 4]), x)
    gateup = self.linear_of(self.rms_norm(middle, self.ws[at + 5]), self.ws[at + 6], self.none())
    return (torch.add_(self.linear_of(self.gate(gateup), self.ws[at + 7], self.none()), middle), middle, gateup)

def none(self) -> Tensor:
    # the empty tensor that stands for an absent bias
    return torch.narrow(self.aux[0], 0, 0, 0)

def layer(self, x: Tensor, index: int, cos: Tensor, sin: Tensor) -> Tuple[Tensor, List[Tensor]]:
    # One layer over whole sequences -> its output, and [qkv, mixed (B, H, T, D), softmax rest, middle, gateup] for the backward pass
    at = 1 + 10 * index
    qkv = self.project_qkv(x, at)
    q, k, v = self.split_heads(qkv, at, cos, sin)
    mixed, rest = self.attend(q, self.spread(k), self.spread(v), self.windows[index])
    y, middle, gateup = self.after_attention(x, self.merge_heads(mixed), at)
    return (y, [qkv, mixed, rest, middle, gateup])

def positions_of(self, ids: Tensor) -> Tuple[Tensor, Tensor]:
    # cos and sin (1, T, 1, D) of right-padded sequences (B, T)
    t = torch.size(ids, 1)
    cos, sin = self.rotary(torch.arange(t, dtype=4, device=ops.prim.device(ids)))
    shape = [1, t, 1, self.head_dim]
    return (torch.view(cos, shape), torch.view(sin, shape))

def hidden_states(self, ids: Tensor) -> Tensor:
    # ids (B, T) right-padded -> (B, T, E) before the last norm; causal, so that padding on the right reaches no real token
    cos, sin = self.positions_of(ids)
    x = torch.embedding(self.ws[0], ids)
    for index in range(self.layers):
        x, saved = self.layer(x, index, cos, sin)
    return x

def residual_of(self, hidden: Tensor) -> Tensor:
    # normed stream (..., E) -> tanh(U V h) (..., V), in float32 whatever the compute dtype
    return torch.tanh(torch.linear(torch.linear(torch.to(hidden, 6), self.residual[0]), self.residual[1]))

def logits_of(self, hidden: Tensor) -> Tensor:
    # normed stream (..., E) -> logits (..., V) in float32
    logits = torch.to(self.linear_of(hidden, self.ws[2 + 10 * self.layers], self.none()), 6)
    if len(self.residual) == 0:
        return logits
    return torch.add(logits, self.residual_of(hidden), alpha=self.residual_scale)

def head_logits(self, x: Tensor) -> Tensor:
    # stream (..., E) before the last norm -> logits (..., V) in float32
    return self.logits_of(self.rms_norm(x, self.ws[1 + 10 * self.layers]))

def logits(self, ids: Tensor) -> Tensor:
    # ids (B, T) -> (B, T, V) float32
    return self.head_logits(self.hidden_states(ids))

def rowwise_dot(self, a: Tensor, b: Tensor) -> Tensor:
    # a and b (N, V) -> (N, 1) without a product of their size
    return torch.squeeze(torch.bmm(torch.unsqueeze(a, 1), torch.unsqueeze(b, 2)), -1)

def tempered(self, logits: Tensor, temperature: Tensor) -> Tensor:
    # logits (N, V) divided in place by temperature (N)
    if bool(torch.any(torch.ne(temperature, 1.0))):
        return torch.div_(logits, torch.unsqueeze(temperature, -1))
    return logits

def token_logprobs(self, logits: Tensor, targets: Tensor, temperature: Tensor) -> Tuple[Tensor, Tensor, Tensor]:
    # logits (N, V), overwritten; targets (N), temperature (N) -> log pi(target) (N) and entropy of pi (N), both at the row's
    # temperature, and the log-probs of the whole vocabulary (N, V)
    logp = torch.log_softmax(self.tempered(logits, temperature), -1)
    chosen = torch.squeeze(torch.gather(logp, -1, torch.unsqueeze(targets, -1)), -1)
    p = torch.exp(logp, out=logits)
    return (chosen, torch.neg(torch.squeeze(self.rowwise_dot(p, logp), -1)), logp)

def predicting(self, x: Tensor, at: Tensor) -> Tensor:
    # stream (B, T, E), at (B, C) flat positions b*T+t that predict a target -> (B*C, E)
    return torch.index_select(torch.reshape(x, [-1, torch.size(x, 2)]), 0, torch.flatten(at))

def score_rows(self, rows: Tensor, targets: Tensor, temperature: Tensor, chunk: int, keep: int) -> Tuple[Tensor, Tensor, List[Tensor]]:
    # rows (N, E) -> log-probs (N), entropy (N), computed `chunk` rows of V logits at a time, and where `keep` is 1 the log-probs of the
    # whole vocabulary (chunk, V) of every chunk
    n = torch.size(rows, 0)
    logps = annotate(List[Tensor], [])
    entropies = annotate(List[Tensor], [])
    kept = annotate(List[Tensor], [])
    start = 0
    while start < n:
        size = min(chunk, n - start)
        logits = self.head_logits(torch.narrow(rows, 0, start, size))
        logp, entropy, whole = self.token_logprobs(logits, torch.narrow(targets, 0, start, size), torch.narrow(temperature, 0, start, size))
        logps.append(logp)
        entropies.append(entropy)
        if keep == 1:
            kept.append(whole)
        start = start + size
    return (torch.cat(logps, 0), torch.cat(entropies, 0), kept)

def score(self, ids: Tensor, at: Tensor, targets: Tensor, temperature: Tensor, chunk: int) -> Tuple[Tensor, Tensor]:
    # ids (B, T); at (B, C); targets (B, C); temperature (B, C) -> log-probs (B, C), entropy (B, C)
    rows = self.predicting(self.hidden_states(ids), at)
    logp, entropy, none = self.score_rows(rows, torch.flatten(targets), torch.flatten(temperature), chunk, 0)
    shape = [torch.size(at, 0), torch.size(at, 1)]
    return (torch.view(logp, shape), torch.view(entropy, shape))
