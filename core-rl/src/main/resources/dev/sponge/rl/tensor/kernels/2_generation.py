# Cached generation. Every row of the cache has its own length: row b holds positions 0 .. length[b] - 1. The caches of all layers are
# lists of L tensors keys and L tensors values, (B, K, S, D) each.

def prefill(self, ids: Tensor, length: Tensor) -> List[Tensor]:
    # ids (U, P) one row per distinct prompt, right-padded; length (U)
    # -> logits of the first new token (U, V), L keys (U, K, P, D), L values (U, K, P, D)
    cos, sin = self.positions_of(ids)
    x = torch.embedding(self.ws[0], ids)
    keys = annotate(List[Tensor], [])
    values = annotate(List[Tensor], [])
    for index in range(self.layers):
        at = 1 + 10 * index
        q, k, v = self.split_heads(self.project_qkv(x, at), at, cos, sin)
        mixed, rest = self.attend(q, self.spread(k), self.spread(v), self.windows[index])
        x, middle, gateup = self.after_attention(x, self.merge_heads(mixed), at)
        keys.append(torch.contiguous(k))
        values.append(torch.contiguous(v))
    u = torch.size(ids, 0)
    p = torch.size(ids, 1)
    last = torch.add(torch.mul(torch.arange(u, dtype=4, device=ops.prim.device(ids)), p), torch.sub(length, 1))
    rows = torch.index_select(torch.reshape(x, [u * p, torch.size(x, 2)]), 0, last)
    result = [self.head_logits(rows)]
    result.extend(keys)
    result.extend(values)
    return result

def new_cache(self, like: Tensor, rows: int, capacity: int) -> List[Tensor]:
    # empty caches for `rows` rows: L keys, L values
    cache = annotate(List[Tensor], [])
    for index in range(2 * self.layers):
        cache.append(torch.zeros([rows, self.kv_heads, capacity, self.head_dim], dtype=self.dtype, device=ops.prim.device(like)))
    return cache

def admit(self, cache: List[Tensor], logits: Tensor, prompt: List[Tensor], rows: Tensor, prompts: Tensor) -> int:
    # Rows `rows` (J) of the cache begin anew behind prompts `prompts` (J) of a prefill; logits (B, V) are written too
    torch.index_copy_(logits, 0, rows, torch.index_select(prompt[0], 0, prompts))
    p = torch.size(prompt[1], 2)
    for index in range(2 * self.layers):
        torch.index_copy_(torch.narrow(cache[index], 2, 0, p), 0, rows, torch.index_select(prompt[1 + index], 0, prompts))
    return p

def grow(self, cache: List[Tensor], capacity: int) -> List[Tensor]:
    # The same caches with room for more positions
    grown = annotate(List[Tensor], [])
    for old in cache:
        new = torch.new_zeros(old, [torch.size(old, 0), torch.size(old, 1), capacity, torch.size(old, 3)])
        torch.copy_(torch.narrow(new, 2, 0, torch.size(old, 2)), old)
        grown.append(new)
    return grown

def keep_rows(self, cache: List[Tensor], rows: Tensor) -> List[Tensor]:
    # The caches of the rows that go on: (B, ...) -> (B', ...)
    kept = annotate(List[Tensor], [])
    for old in cache:
        kept.append(torch.index_select(old, 0, rows))
    return kept

def block_sums(self, mass: Tensor) -> Tensor:
    # (B, W) with W a multiple of 64 -> (B, W / 64)
    return torch.sum(torch.view(mass, [torch.size(mass, 0), -1, 64]), [-1])

def truncate(self, mass: Tensor, top_k: int, top_p: float, min_p: float) -> Tensor:
    # mass (B, V) relative to the largest, which is 1 -> the same with 0 where a token is cut off. In the order of transformers: top-k,
    # then top-p of what is left, then min-p; ties with the last token kept are kept.
    zero = torch.new_zeros(mass, [1])
    if top_k > 0 and top_k < torch.size(mass, 1):
        best, where = torch.topk(mass, top_k)
        mass = torch.where(torch.lt(mass, torch.slice(best, -1, -1)), zero, mass)
    if top_p < 1.0:
        ordered, where = torch.sort(mass, -1, True)
        before = torch.sub(torch.cumsum(torch.to(ordered, 7), -1), ordered)
        goal = torch.mul(torch.sum(torch.to(ordered, 7), [-1], True), top_p)
        kept = torch.clamp(torch.sum(torch.lt(before, goal), [-1], True), 1)
        mass = torch.where(torch.lt(mass, torch.gather(ordered, -1, torch.sub(kept, 1))), zero, mass)
    if min_p > 0.0:
        mass = torch.where(torch.lt(mass, min_p), zero, mass)
    return mass

def pick(self, logits: Tensor, temperature: Tensor, uniform: Tensor, top_k: int, cut: List[float]) -> Tuple[Tensor, Tensor, Tensor]:
    # logits (B, V) float32, temperature (B), uniform (B) in [0, 1), cut: top-p, min-p -> token (B), its log-prob (B) under the
    # distribution sampled from, log of the mass (B) that the truncation kept.
    # Inverts the CDF: the first token whose cumulative mass exceeds uniform * total, found block by block. Temperature 0 takes the
    # largest logit, and its log-prob is that of temperature 1 without truncation.
    v = torch.size(logits, 1)
    greedy = torch.le(temperature, 0.0)
    scale = torch.where(greedy, torch.ones_like(temperature), temperature)
    z = torch.div(logits, torch.unsqueeze(scale, -1))
    top = torch.amax(z, [-1], True)
    mass = torch.exp(torch.sub(z, top))
    missing = torch.remainder(-v, 64)
    if missing > 0:
        mass = torch.constant_pad_nd(mass, [0, missing])
    full = self.block_sums(mass)
    whole = torch.sum(torch.to(full, 7), [-1], True)
    total = whole
    truncated = top_k > 0 or cut[0] < 1.0 or cut[1] > 0.0
    if truncated:
        mass = self.truncate(mass, top_k, cut[0], cut[1])
        full = self.block_sums(mass)
        total = torch.sum(torch.to(full, 7), [-1], True)
    blocks = torch.cumsum(full, -1)
    threshold = torch.mul(torch.unsqueeze(uniform, -1), torch.slice(blocks, -1, -1))
    block = torch.clamp(torch.sum(torch.le(blocks, threshold), [-1], True), 0, torch.size(blocks, 1) - 1)
    before = torch.gather(torch.constant_pad_nd(blocks, [1, 0]), -1, block)
    inside = torch.squeeze(torch.gather(torch.view(mass, [torch.size(mass, 0), -1, 64]), 1,
                                        torch.expand(torch.unsqueeze(block, -1), [-1, 1, 64])), 1)
    running = torch.cumsum(inside, -1)
    # Rounding may place the threshold behind the block's mass: the last token with any mass is the end.
    end = torch.sum(torch.lt(running, torch.slice(running, -1, -1)), [-1], True)
    offset = torch.minimum(torch.sum(torch.le(torch.add(running, before), threshold), [-1], True), end)
    token = torch.squeeze(torch.add(torch.mul(block, 64), offset), -1)
    if bool(torch.any(greedy)):
        token = torch.where(greedy, torch.argmax(z, -1), token)
        total = torch.where(torch.unsqueeze(greedy, -1), whole, total)
    chosen = torch.sub(torch.gather(z, -1, torch.unsqueeze(token, -1)), top)
    logp = torch.squeeze(torch.to(torch.sub(chosen, torch.log(total)), 6), -1)
    kept = torch.squeeze(torch.to(torch.sub(torch.log(total), torch.log(whole)), 6), -1)
    return (token, torch.clamp(logp, None, 0.0), torch.clamp(kept, None, 0.0))

def decode_mask(self, length: Tensor, capacity: int, window: int) -> Tensor:
    # (B*K, H/K, S) additive: the new token at position length[b] sees slots up to its own, and no more than `window` of them
    slots = torch.arange(capacity, dtype=4, device=ops.prim.device(length))
    distance = torch.sub(torch.unsqueeze(length, 1), torch.unsqueeze(slots, 0))
    blocked = torch.lt(distance, 0)
    if window > 0:
        blocked = torch.logical_or(blocked, torch.ge(distance, window))
    b = torch.size(length, 0)
    groups = torch.floordiv(self.heads, self.kv_heads)
    mask = torch.masked_fill(torch.zeros([b, capacity], dtype=self.dtype, device=ops.prim.device(length)), blocked, -1e30)
    mask = torch.expand(torch.view(mask, [b, 1, 1, capacity]), [b, self.kv_heads, groups, capacity])
    return torch.reshape(mask, [b * self.kv_heads, groups, capacity])

def decode_step(self, cache: List[Tensor], token: Tensor, length: Tensor) -> Tensor:
    # token (B) goes to position length (B) -> logits (B, V)
    b = torch.size(token, 0)
    h = self.heads
    k = self.kv_heads
    d = self.head_dim
    groups = torch.floordiv(h, k)
    capacity = torch.size(cache[0], 2)
    cos, sin = self.rotary(length)
    cos = torch.view(cos, [b, 1, 1, d])
    sin = torch.view(sin, [b, 1, 1, d])
    first = torch.mul(torch.arange(b * k, dtype=4, device=ops.prim.device(token)), capacity)
    places = torch.add(first, torch.repeat_interleave(length, k, 0))
    full = self.decode_mask(length, capacity, 0)
    banded = full
    if self.window > 0:
        banded = self.decode_mask(length, capacity, self.window)
    x = torch.unsqueeze(torch.embedding(self.ws[0], token), 1)
    for index in range(self.layers):
        at = 1 + 10 * index
        q, key, value = self.split_heads(self.project_qkv(x, at), at, cos, sin)
        keys = torch.view(cache[index], [b * k * capacity, d])
        values = torch.view(cache[self.layers + index], [b * k * capacity, d])
        torch.index_copy_(keys, 0, places, torch.reshape(key, [b * k, d]))
        torch.index_copy_(values, 0, places, torch.reshape(value, [b * k, d]))
        mask = full
        if self.windows[index] > 0:
            mask = banded
        # The H/K query heads of a key/value head stand in the place of query positions: no copy of the cache per head.
        scores = torch.baddbmm(mask, torch.reshape(q, [b * k, groups, d]), torch.transpose(torch.view(keys, [b * k, capacity, d]), 1, 2),
                               beta=1, alpha=torch.pow(float(d), -0.5))
        mixed = torch.bmm(torch.softmax(scores, -1), torch.view(values, [b * k, capacity, d]))
        x, middle, gateup = self.after_attention(x, torch.view(mixed, [b, 1, h * d]), at)
    return self.head_logits(torch.squeeze(x, 1))

def decode(self, cache: List[Tensor], logits: Tensor, length: Tensor, left: Tensor, temperature: Tensor, uniforms: Tensor, ends: Tensor,
           settings: List[int], cut: List[float]) -> List[Tensor]:
    # Samples up to n = uniforms.size(1) tokens a row from `logits` (B, V) on. length (B) positions in use; left (B) tokens the row may
    # still sample, 0 for a finished row; ends (number of end tokens); settings: top-k, 1 to come back as soon as a row is done.
    # -> tokens (B, m), log-probs (B, m), log kept mass (B, m), length (B), left (B), logits (B, V) of the next token, m <= n tokens on
    steps = torch.size(uniforms, 1)
    tokens = annotate(List[Tensor], [])
    logps = annotate(List[Tensor], [])
    kepts = annotate(List[Tensor], [])
    running = torch.sum(torch.gt(left, 0))
    before = int(running)
    step = 0
    go_on = before > 0
    while go_on:
        token, logp, kept = self.pick(logits, temperature, torch.select(uniforms, 1, step), settings[0], cut)
        tokens.append(token)
        logps.append(logp)
        kepts.append(kept)
        ended = torch.any(torch.eq(torch.unsqueeze(token, -1), ends), -1)
        left = torch.where(ended, torch.zeros_like(left), torch.clamp(torch.sub(left, 1), 0))
        now = int(torch.sum(torch.gt(left, 0)))
        step = step + 1
        if now > 0:
            logits = self.decode_step(cache, token, length)
            length = torch.add(length, torch.to(torch.gt(left, 0), 4))
        go_on = step < steps and now > 0 and (settings[1] == 0 or now == before)
    return [torch.stack(tokens, 1), torch.stack(logps, 1), torch.stack(kepts, 1), length, left, logits]
