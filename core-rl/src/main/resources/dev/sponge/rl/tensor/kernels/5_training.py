# The backward pass by hand: what the forward pass keeps is chosen, gradients are added straight into their buffers, and the (N, V)
# logits are never alive as a whole. Only the objective over (B, C) log-probs goes through autograd.
#
# self.gs holds the gradient buffers of the fused weights in float32; an empty one marks a frozen weight. self.adapters holds the
# low-rank factors A (r, in) and B (out, r) of every adapted projection and self.adapter_gs their gradients; self.segments says for
# adapter i: index of the fused weight, its first row there, its rows.

def bind_gradients(self, gs: List[Tensor], adapters: List[Tensor], adapter_gs: List[Tensor], segments: List[int], scale: float) -> int:
    self.gs = gs
    self.adapters = adapters
    self.adapter_gs = adapter_gs
    self.segments = segments
    self.adapter_scale = scale
    return len(gs)

def bind_residual_gradients(self, gs: List[Tensor]) -> int:
    # Buffers of the residual's V and U; all else is frozen then, and the backward pass ends behind the head
    self.residual_gs = gs
    return len(gs)

def train_forward(self, ids: Tensor, at: Tensor, targets: Tensor, temperature: Tensor, recompute: int, rows: List[int]) -> List[Tensor]:
    # rows: how many rows of V logits are computed at a time, and up to how many of B*C the log-probs are kept for the backward pass
    # As score, and what the backward pass needs: log-probs (B, C), entropy (B, C), the stream (B, T, E) behind the last layer, then
    # a layer's input and, unless `recompute` is 1, its five saved tensors, then kept log-probs (chunk, V). A residual's backward pass
    # needs nothing of the layers.
    cos, sin = self.positions_of(ids)
    x = torch.embedding(self.ws[0], ids)
    kept = annotate(List[Tensor], [])
    for index in range(self.layers):
        if len(self.residual) == 0:
            kept.append(x)
        x, saved = self.layer(x, index, cos, sin)
        if recompute == 0 and len(self.residual) == 0:
            kept.extend(saved)
    keep = 0
    if recompute == 0 and torch.numel(at) <= rows[1]:
        keep = 1
    logp, entropy, logps = self.score_rows(self.predicting(x, at), torch.flatten(targets), torch.flatten(temperature), rows[0], keep)
    shape = [torch.size(at, 0), torch.size(at, 1)]
    result = [torch.view(logp, shape), torch.view(entropy, shape), x]
    result.extend(kept)
    result.extend(logps)
    return result

def rms_norm_backward(self, unit: Tensor, scale: Tensor, at: int, dy: Tensor) -> Tensor:
    # unit (..., E) and scale (..., 1) from normed(x), dy (..., E), overwritten -> dx (..., E); adds the gradient of self.ws[at]
    dy = torch.to(dy, 6)
    products = torch.mul(dy, unit)
    if torch.size(self.gs[at], 0) > 0:
        torch.add_(self.gs[at], torch.sum(self.flat(products), [0]))
    slope = torch.matmul(products, torch.div(torch.to(self.ws[at], 6), -torch.size(unit, -1)))
    inner = torch.addcmul_(torch.mul_(dy, self.ws[at]), unit, torch.unsqueeze(slope, -1))
    return torch.to(torch.mul_(inner, scale), self.dtype)

def add_product(self, into: Tensor, left: Tensor, right: Tensor) -> int:
    # into += left @ right, into in float32
    if self.dtype == 6:
        torch.addmm_(into, left, right)
    else:
        torch.add_(into, torch.mm(left, right))
    return 0

def linear_backward(self, x: Tensor, at: int, dy: Tensor, need_dx: bool) -> Tensor:
    # x (N, in), dy (N, out) of the product with self.ws[at] -> dx (N, in); adds the gradients of the weight or of its adapters
    if torch.size(self.gs[at], 0) > 0:
        self.add_product(self.gs[at], torch.t(dy), x)
    count = torch.floordiv(len(self.segments), 3)
    for i in range(count):
        if self.segments[3 * i] == at:
            a = torch.to(self.adapters[2 * i], self.dtype)
            b = torch.to(self.adapters[2 * i + 1], self.dtype)
            part = torch.mul(torch.narrow(dy, 1, self.segments[3 * i + 1], self.segments[3 * i + 2]), self.adapter_scale)
            self.add_product(self.adapter_gs[2 * i], torch.t(torch.mm(part, b)), x)
            self.add_product(self.adapter_gs[2 * i + 1], torch.t(part), torch.mm(x, torch.t(a)))
    if need_dx:
        return torch.mm(dy, self.ws[at])
    return x

def add_bias_gradient(self, at: int, dy: Tensor) -> int:
    if torch.size(self.gs[at], 0) > 0:
        torch.add_(self.gs[at], torch.sum(torch.to(dy, 6), [0]))
    return 0

def flat(self, x: Tensor) -> Tensor:
    # (..., W) -> (N, W)
    return torch.reshape(x, [-1, torch.size(x, -1)])

def gate_backward(self, gateup: Tensor, activated: Tensor, dy: Tensor) -> Tensor:
    # SwiGLU: gateup (N, 2I), activated = silu(gate) (N, I), dy (N, I), overwritten -> (N, 2I)
    parts = torch.chunk(gateup, 2, -1)
    result = torch.empty_like(gateup)
    halves = torch.chunk(result, 2, -1)
    torch.mul(dy, activated, out=halves[1])
    torch.silu_backward(torch.mul_(dy, parts[1]), parts[0], grad_input=halves[0])
    return result

def attend_backward(self, dy: Tensor, q: Tensor, k: Tensor, v: Tensor, mixed: Tensor, rest: Tensor, window: int) -> Tuple[Tensor, Tensor, Tensor]:
    # of attend: all (B, H, T, D)
    t = torch.size(q, 2)
    banded = window > 0 and window < t
    if self.fused_attention == 1:
        if banded:
            return torch._scaled_dot_product_flash_attention_for_cpu_backward(dy, q, k, v, mixed, rest, 0.0, False,
                                                                              attn_mask=self.causal_mask(q, t, window))
        return torch._scaled_dot_product_flash_attention_for_cpu_backward(dy, q, k, v, mixed, rest, 0.0, True)
    weights = torch.to(rest, 6)
    dv = torch.matmul(torch.transpose(rest, -1, -2), dy)
    dweights = torch.to(torch.matmul(dy, torch.transpose(v, -1, -2)), 6)
    inner = torch.sum(torch.mul(dweights, weights), [-1], True)
    dscores = torch.mul(torch.mul(torch.sub(dweights, inner), weights), torch.pow(float(self.head_dim), -0.5))
    dscores = torch.to(dscores, self.dtype)
    return (torch.matmul(dscores, k), torch.matmul(torch.transpose(dscores, -1, -2), q), dv)

def gather_heads(self, kv: Tensor) -> Tensor:
    # the gradient of spread: (B, H, T, D) -> (B, K, T, D)
    k = self.kv_heads
    if k == self.heads:
        return kv
    groups = torch.floordiv(self.heads, k)
    parts = torch.reshape(kv, [torch.size(kv, 0), k, groups, torch.size(kv, 2), torch.size(kv, 3)])
    return torch.sum(parts, [2])

def split_heads_backward(self, qkv: Tensor, at: int, cos: Tensor, sin: Tensor, dq: Tensor, dk: Tensor, dv: Tensor) -> Tensor:
    # of split_heads: dq (B, H, T, D), dk and dv (B, K, T, D) -> (B*T, (H+2K)*D)
    b = torch.size(qkv, 0)
    t = torch.size(qkv, 1)
    h = self.heads
    k = self.kv_heads
    back = torch.neg(sin)
    dquery = self.rope(torch.transpose(dq, 1, 2), cos, back)
    dkey = self.rope(torch.transpose(dk, 1, 2), cos, back)
    if torch.size(self.ws[at + 8], 0) > 0:
        parts = torch.view(qkv, [b, t, h + 2 * k, self.head_dim])
        unit, scale = self.normed(torch.narrow(parts, 2, 0, h))
        dquery = self.rms_norm_backward(unit, scale, at + 8, dquery)
        unit, scale = self.normed(torch.narrow(parts, 2, h, k))
        dkey = self.rms_norm_backward(unit, scale, at + 9, dkey)
    return torch.view(torch.cat([dquery, dkey, torch.transpose(dv, 1, 2)], 2), [b * t, (h + 2 * k) * self.head_dim])

def layer_backward(self, x: Tensor, index: int, saved: List[Tensor], cos: Tensor, sin: Tensor, dy: Tensor) -> Tensor:
    # of layer: dy (N, E) -> dx (N, E)
    at = 1 + 10 * index
    dmiddle = self.mlp_backward(self.flat(saved[3]), self.flat(saved[4]), at, dy)
    self.add_bias_gradient(at + 4, dmiddle)
    dmixed = self.linear_backward(self.flat(self.merge_heads(saved[1])), at + 3, dmiddle, True)
    dmixed = torch.view(dmixed, [torch.size(x, 0), torch.size(x, 1), self.heads, self.head_dim])
    q, k, v = self.heads_of(saved[0])
    if torch.size(self.ws[at + 8], 0) > 0:
        q, k, v = self.split_heads(saved[0], at, cos, sin)
    dq, dk, dv = self.attend_backward(torch.transpose(dmixed, 1, 2), q, self.spread(k), self.spread(v), saved[1], saved[2],
                                      self.windows[index])
    dqkv = self.split_heads_backward(saved[0], at, cos, sin, dq, self.gather_heads(dk), self.gather_heads(dv))
    self.add_bias_gradient(at + 2, dqkv)
    unit, scale = self.normed(self.flat(x))
    dnormed = self.linear_backward(torch.mul(torch.to(unit, self.dtype), self.ws[at]), at + 1, dqkv, True)
    return torch.add_(self.rms_norm_backward(unit, scale, at, dnormed), dmiddle)

def mlp_backward(self, middle: Tensor, gateup: Tensor, at: int, dy: Tensor) -> Tensor:
    # of the second half of after_attention: middle (N, E), gateup (N, 2I), dy (N, E) -> dmiddle (N, E)
    activated = torch.silu(torch.narrow(gateup, 1, 0, torch.floordiv(torch.size(gateup, 1), 2)))
    dgate = self.linear_backward(torch.mul(activated, torch.chunk(gateup, 2, -1)[1]), at + 7, dy, True)
    dgateup = self.gate_backward(gateup, activated, dgate)
    unit, scale = self.normed(middle)
    dnormed = self.linear_backward(torch.mul(torch.to(unit, self.dtype), self.ws[at + 5]), at + 6, dgateup, True)
    return torch.add_(self.rms_norm_backward(unit, scale, at + 5, dnormed), dy)

def residual_backward(self, hidden: Tensor, dz: Tensor) -> int:
    # of residual_scale * residual_of: hidden (N, E), dz (N, V) float32
    wide = torch.to(hidden, 6)
    slope = torch.rsub(torch.square(self.residual_of(hidden)), 1.0)
    dinner = torch.mul(torch.mul(dz, slope), self.residual_scale)
    torch.addmm_(self.residual_gs[1], torch.t(dinner), torch.linear(wide, self.residual[0]))
    torch.addmm_(self.residual_gs[0], torch.t(torch.mm(dinner, self.residual[1])), wide)
    return 0

def logits_backward(self, logp: Tensor, targets: Tensor, dlogp: Tensor, dentropy: Tensor) -> Tensor:
    # logp (N, V) of the whole vocabulary, overwritten; targets, dlogp, dentropy (N, 1) -> dz (N, V) of the logits z behind logp:
    # d logp(y) / dz = [j = y] - p_j and d H / dz = -p_j (log p_j + H)
    if bool(torch.any(torch.ne(dentropy, 0.0))):
        p = torch.exp(logp)
        entropy = torch.neg(self.rowwise_dot(p, logp))
        slopes = torch.add_(torch.mul_(torch.add_(logp, entropy), torch.neg(dentropy)), torch.neg(dlogp))
        dz = torch.mul_(p, slopes)
    else:
        dz = torch.mul_(torch.exp_(logp), torch.neg(dlogp))
    return torch.scatter_add_(dz, -1, targets, dlogp)

def kept_logprobs(self, kept: List[Tensor], recompute: int) -> List[Tensor]:
    # What train_forward returned behind log-probs and entropy -> the log-probs of the vocabulary of all chunks, or nothing
    stride = 6
    if recompute == 1:
        stride = 1
    if len(self.residual) > 0:
        stride = 0
    return torch.slice(kept, 1 + stride * self.layers)

def head_backward(self, x: Tensor, tokens: List[Tensor], slopes: List[Tensor], chunk: int, kept: List[Tensor],
                  references: List[Tensor]) -> Tensor:
    # x (B, T, E) behind the last layer; tokens: at, targets, temperature (B, C); slopes: dlogp, dentropy, then that of the divergence
    # from each of the references (B, C); kept: log-probs of all chunks, overwritten, or nothing -> dx (B*T, E)
    # With a residual, which is trained alone, the gradients end here and nothing of use is returned.
    last = 1 + 10 * self.layers
    rows = self.predicting(x, tokens[0])
    unit, scale = self.normed(rows)
    normed = torch.mul(torch.to(unit, self.dtype), self.ws[last])
    targets = torch.reshape(tokens[1], [-1, 1])
    temperature = torch.reshape(tokens[2], [-1, 1])
    dlogp = torch.div(torch.reshape(slopes[0], [-1, 1]), temperature)
    dentropy = torch.div(torch.reshape(slopes[1], [-1, 1]), temperature)
    ddivergences = annotate(List[Tensor], [])
    for i in range(len(references)):
        ddivergences.append(torch.div(torch.reshape(slopes[2 + i], [-1, 1]), temperature))
    parts = annotate(List[Tensor], [])
    n = torch.size(rows, 0)
    start = 0
    while start < n:
        size = min(chunk, n - start)
        hidden = torch.narrow(normed, 0, start, size)
        if len(kept) > 0:
            logp = kept[torch.floordiv(start, chunk)]
        else:
            logp = torch.log_softmax(self.tempered(self.logits_of(hidden), torch.flatten(torch.narrow(temperature, 0, start, size))), -1)
        more = annotate(List[Tensor], [])
        if len(references) > 0:
            more.append(self.divergences_backward(logp, references, ddivergences, start))
        dz = self.logits_backward(logp, torch.narrow(targets, 0, start, size), torch.narrow(dlogp, 0, start, size),
                                  torch.narrow(dentropy, 0, start, size))
        for part in more:
            torch.add_(dz, part)
        if len(self.residual) > 0:
            self.residual_backward(hidden, dz)
        else:
            parts.append(self.linear_backward(hidden, last + 1, torch.to(dz, self.dtype), True))
        start = start + size
    if len(self.residual) > 0:
        return rows
    drows = self.rms_norm_backward(unit, scale, last, torch.cat(parts, 0))
    dx = torch.new_zeros(drows, [torch.size(x, 0) * torch.size(x, 1), torch.size(x, 2)])
    return torch.index_add_(dx, 0, torch.flatten(tokens[0]), drows)

def train_backward(self, ids: Tensor, tokens: List[Tensor], slopes: List[Tensor], kept: List[Tensor], references: List[Tensor],
                   sizes: List[int]) -> int:
    # tokens: at, targets, temperature (B, C); slopes: of the loss by log-probs, entropy, the divergence from each of the references and,
    # where a value head is trained on the same stream, its values (B, C); kept: what train_forward returned behind log-probs and entropy,
    # overwritten; references: log-probs (B*C, V); sizes: 1 for recomputed layers, rows of V logits at a time. Adds to the gradient
    # buffers.
    recompute = sizes[0]
    dx = self.head_backward(kept[0], tokens, slopes, sizes[1], self.kept_logprobs(kept, recompute), references)
    if len(self.residual) > 0:
        return 0
    if len(slopes) > 2 + len(references):
        dx = torch.add_(dx, self.value_head_backward(kept[0], tokens[0], slopes[2 + len(references)], 0))
    return self.layers_backward(ids, dx, kept, recompute)

def layers_backward(self, ids: Tensor, dx: Tensor, kept: List[Tensor], recompute: int) -> int:
    # dx (B*T, E) behind the last layer, overwritten; kept: that stream, then a layer's input and, unless `recompute` is 1, its five
    # saved tensors. Adds to the gradient buffers of all layers and of the embedding.
    cos, sin = self.positions_of(ids)
    stride = 6
    if recompute == 1:
        stride = 1
    for back in range(self.layers):
        index = self.layers - 1 - back
        x = kept[1 + stride * index]
        saved = annotate(List[Tensor], [])
        if recompute == 1:
            y, saved = self.layer(x, index, cos, sin)
        else:
            for i in range(5):
                saved.append(kept[2 + stride * index + i])
        dx = self.layer_backward(x, index, saved, cos, sin, dx)
    if torch.size(self.gs[0], 0) > 0:
        torch.index_add_(self.gs[0], 0, torch.flatten(ids), torch.to(dx, 6))
    return self.layers
