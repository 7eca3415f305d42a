# Decoder of the Qwen2 architecture. Shapes: B batch, T positions, E embedding, H heads, K key/value heads, D head dimension,
# L layers, V vocabulary, S cache capacity in positions.
# Every part of this folder is one piece of the TorchScript class Kernels: `torch.NAME` is the aten operator NAME.
#
# self.ws holds the parameters in the order of ModelConfig.parameterShapes(), then the rotary tables cos (S, D) and sin (S, D).
# "Packed" weights put what is multiplied by the same input into one matrix, so that a layer runs four products instead of seven:
#   embedding, L x [norm1, wqkv, bqkv, wo, norm2, wgateup, wdown], norm, head

def bind(self, ws: List[Tensor], shape: List[int], eps: float) -> int:
    # shape: layers, heads, kv_heads, head_dim, 1 if q/k/v have a bias, 1 if the head is the embedding
    self.ws = ws
    self.layers = shape[0]
    self.heads = shape[1]
    self.kv_heads = shape[2]
    self.head_dim = shape[3]
    self.bias = shape[4]
    self.tied = shape[5]
    self.eps = eps
    return len(ws)

def pack(self) -> List[Tensor]:
    ws = self.ws
    packed = annotate(List[Tensor], [])
    packed.append(ws[0])
    at = 1
    for layer in range(self.layers):
        packed.append(ws[at])
        if self.bias == 1:
            packed.append(torch.cat([ws[at + 1], ws[at + 3], ws[at + 5]], 0))
            packed.append(torch.cat([ws[at + 2], ws[at + 4], ws[at + 6]], 0))
            at = at + 7
        else:
            qkv = torch.cat([ws[at + 1], ws[at + 2], ws[at + 3]], 0)
            packed.append(qkv)
            packed.append(torch.new_zeros(qkv, [torch.size(qkv, 0)]))
            at = at + 4
        packed.append(ws[at])
        packed.append(ws[at + 1])
        packed.append(torch.cat([ws[at + 2], ws[at + 3]], 0))
        packed.append(ws[at + 4])
        at = at + 5
    packed.append(ws[at])
    if self.tied == 1:
        packed.append(ws[0])
    else:
        packed.append(ws[at + 1])
    return packed

def rms_norm(self, x: Tensor, w: Tensor) -> Tensor:
    # x (..., E) -> (..., E)
    scale = torch.rsqrt(torch.add(torch.mean(torch.square(x), [-1], True), self.eps))
    return torch.mul(torch.mul(x, scale), w)

def rope(self, x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
    # x (B, T, heads, D), cos and sin broadcast over heads: (B or 1, T, 1, D)
    half = torch.floordiv(self.head_dim, 2)
    rotated = torch.cat([torch.neg(torch.slice(x, -1, half)), torch.slice(x, -1, 0, half)], -1)
    return torch.addcmul(torch.mul(x, cos), rotated, sin)

def project_qkv(self, x: Tensor, packed: List[Tensor], at: int, cos: Tensor, sin: Tensor) -> Tuple[Tensor, Tensor, Tensor]:
    # x (B, T, E) -> q (B, H, T, D), k (B, K, T, D), v (B, K, T, D), positions already rotated in
    b = torch.size(x, 0)
    t = torch.size(x, 1)
    h = self.heads
    k = self.kv_heads
    qkv = torch.view(torch.linear(self.rms_norm(x, packed[at]), packed[at + 1], packed[at + 2]), [b, t, h + 2 * k, self.head_dim])
    qk = torch.transpose(self.rope(torch.narrow(qkv, 2, 0, h + k), cos, sin), 1, 2)
    v = torch.transpose(torch.narrow(qkv, 2, h + k, k), 1, 2)
    return (torch.narrow(qk, 1, 0, h), torch.narrow(qk, 1, h, k), v)

def mlp(self, x: Tensor, packed: List[Tensor], at: int) -> Tensor:
    # SwiGLU with its residual, x (..., E) -> (..., E)
    parts = torch.chunk(torch.linear(self.rms_norm(x, packed[at + 4]), packed[at + 5]), 2, -1)
    return torch.add(x, torch.linear(torch.mul(torch.silu(parts[0]), parts[1]), packed[at + 6]))

def spread(self, kv: Tensor) -> Tensor:
    # (B, K, T, D) -> (B, H, T, D): every key/value head serves H/K query heads
    times = torch.floordiv(self.heads, self.kv_heads)
    if times == 1:
        return kv
    return torch.repeat_interleave(kv, times, 1)

def hidden_states(self, ids: Tensor, packed: List[Tensor]) -> Tensor:
    # ids (B, T) right-padded -> (B, T, E) after the last norm; causal, so that padding on the right reaches no real token
    b = torch.size(ids, 0)
    t = torch.size(ids, 1)
    n = len(self.ws)
    cos = torch.view(torch.narrow(self.ws[n - 2], 0, 0, t), [1, t, 1, self.head_dim])
    sin = torch.view(torch.narrow(self.ws[n - 1], 0, 0, t), [1, t, 1, self.head_dim])
    x = torch.embedding(packed[0], ids)
    for layer in range(self.layers):
        at = 1 + 7 * layer
        q, k, v = self.project_qkv(x, packed, at, cos, sin)
        mixed = torch.scaled_dot_product_attention(q, self.spread(k), self.spread(v), None, 0.0, True)
        mixed = torch.reshape(torch.transpose(mixed, 1, 2), [b, t, self.heads * self.head_dim])
        x = self.mlp(torch.add(x, torch.linear(mixed, packed[at + 3])), packed, at)
    return self.rms_norm(x, packed[1 + 7 * self.layers])

def logits(self, ids: Tensor) -> Tensor:
    # ids (B, T) -> (B, T, V)
    packed = self.pack()
    return torch.linear(self.hidden_states(ids, packed), packed[2 + 7 * self.layers])

def token_logprobs(self, h: Tensor, head: Tensor, targets: Tensor, temperature: Tensor) -> Tuple[Tensor, Tensor]:
    # h (N, E), targets (N), temperature (N) -> log pi(target) (N) and entropy of pi (N), both at the row's temperature
    z = torch.div(torch.linear(h, head), torch.unsqueeze(temperature, -1))
    logp = torch.log_softmax(z, -1)
    chosen = torch.squeeze(torch.gather(logp, -1, torch.unsqueeze(targets, -1)), -1)
    entropy = torch.neg(torch.sum(torch.mul(torch.exp(logp), logp), [-1]))
    return (chosen, entropy)

def train_logprobs(self, ids: Tensor, at: Tensor, targets: Tensor, temperature: Tensor) -> Tuple[Tensor, Tensor]:
    # ids (B, T); at (B, C): flat index b*T+t of the position that predicts each target; targets (B, C); temperature (B, C)
    # -> log-probs (B, C), entropy (B, C), with autograd
    packed = self.pack()
    h = self.hidden_states(ids, packed)
    h = torch.index_select(torch.reshape(h, [-1, torch.size(h, 2)]), 0, torch.flatten(at))
    logp, entropy = self.token_logprobs(h, packed[2 + 7 * self.layers], torch.flatten(targets), torch.flatten(temperature))
    shape = [torch.size(at, 0), torch.size(at, 1)]
    return (torch.view(logp, shape), torch.view(entropy, shape))

def score(self, packed: List[Tensor], ids: Tensor, at: Tensor, targets: Tensor, temperature: Tensor, chunk: int) -> Tuple[Tensor, Tensor]:
    # As train_logprobs, without autograd and with at most `chunk` rows of V logits alive at once
    h = self.hidden_states(ids, packed)
    h = torch.index_select(torch.reshape(h, [-1, torch.size(h, 2)]), 0, torch.flatten(at))
    flat_targets = torch.flatten(targets)
    flat_temperature = torch.flatten(temperature)
    n = torch.size(h, 0)
    logps = annotate(List[Tensor], [])
    entropies = annotate(List[Tensor], [])
    start = 0
    while start < n:
        size = min(chunk, n - start)
        logp, entropy = self.token_logprobs(torch.narrow(h, 0, start, size), packed[2 + 7 * self.layers],
                                            torch.narrow(flat_targets, 0, start, size), torch.narrow(flat_temperature, 0, start, size))
        logps.append(logp)
        entropies.append(entropy)
        start = start + size
    shape = [torch.size(at, 0), torch.size(at, 1)]
    return (torch.view(torch.cat(logps, 0), shape), torch.view(torch.cat(entropies, 0), shape))
