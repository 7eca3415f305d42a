# Cached generation. Prompts are padded on the LEFT, so that all rows of a batch write the same cache slot; pad (B) counts the padded
# slots of a row, its position in slot s is s - pad.

def prefill(self, packed: List[Tensor], ids: Tensor, pad: Tensor, rows: Tensor, capacity: int) -> Tuple[Tensor, Tensor, Tensor]:
    # ids (U, P) one row per distinct prompt, pad (U), rows (B): the prompt of every sample
    # -> keys (L, B, K, S, D), values (L, B, K, S, D) with S = capacity, logits of the first new token (B, V)
    u = torch.size(ids, 0)
    p = torch.size(ids, 1)
    b = torch.size(rows, 0)
    n = len(self.ws)
    slots = torch.arange(p, dtype=4, device=ids.device)
    positions = torch.clamp(torch.sub(torch.unsqueeze(slots, 0), torch.unsqueeze(pad, 1)), 0)
    cos = torch.unsqueeze(torch.embedding(self.ws[n - 2], positions), 2)
    sin = torch.unsqueeze(torch.embedding(self.ws[n - 1], positions), 2)
    causal = torch.le(torch.view(slots, [1, 1, p]), torch.view(slots, [1, p, 1]))
    real = torch.ge(torch.view(slots, [1, 1, p]), torch.view(pad, [u, 1, 1]))
    x = torch.embedding(packed[0], ids)
    # A finite minimum, not -inf: the queries of padded slots see no key at all, and NaN there would reach real rows as 0 * NaN.
    blocked = torch.mul(torch.to(torch.logical_not(torch.logical_and(causal, real)), 6), -1e30)
    mask = torch.unsqueeze(torch.to(blocked, x.dtype), 1)
    keys = torch.new_zeros(x, [self.layers, b, self.kv_heads, capacity, self.head_dim])
    values = torch.new_zeros(x, [self.layers, b, self.kv_heads, capacity, self.head_dim])
    for layer in range(self.layers):
        at = 1 + 7 * layer
        q, k, v = self.project_qkv(x, packed, at, cos, sin)
        torch.copy_(torch.narrow(torch.select(keys, 0, layer), 2, 0, p), torch.index_select(k, 0, rows))
        torch.copy_(torch.narrow(torch.select(values, 0, layer), 2, 0, p), torch.index_select(v, 0, rows))
        mixed = torch.scaled_dot_product_attention(q, self.spread(k), self.spread(v), mask)
        mixed = torch.reshape(torch.transpose(mixed, 1, 2), [u, p, self.heads * self.head_dim])
        x = self.mlp(torch.add(x, torch.linear(mixed, packed[at + 3])), packed, at)
    last = self.rms_norm(torch.select(x, 1, p - 1), packed[1 + 7 * self.layers])
    return (keys, values, torch.index_select(torch.linear(last, packed[2 + 7 * self.layers]), 0, rows))

def pick(self, logits: Tensor, temperature: Tensor, uniform: Tensor) -> Tuple[Tensor, Tensor]:
    # logits (B, V), temperature (B), uniform (B) in [0, 1) -> token (B), its log-prob (B)
    # Inverts the CDF: the first token whose cumulative mass exceeds uniform * total. Temperature 0 takes the largest logit, and its
    # log-prob is that of temperature 1.
    greedy = torch.le(temperature, 0.0)
    t = torch.where(greedy, torch.ones_like(temperature), temperature)
    logp = torch.log_softmax(torch.div(torch.to(logits, 6), torch.unsqueeze(t, -1)), -1)
    mass = torch.cumsum(torch.exp(logp), -1)
    threshold = torch.mul(torch.unsqueeze(uniform, -1), torch.slice(mass, -1, -1))
    sampled = torch.clamp(torch.sum(torch.le(mass, threshold), [-1]), 0, torch.size(logits, 1) - 1)
    token = torch.where(greedy, torch.argmax(logp, -1), sampled)
    return (token, torch.squeeze(torch.gather(logp, -1, torch.unsqueeze(token, -1)), -1))

def decode_step(self, packed: List[Tensor], keys: Tensor, values: Tensor, token: Tensor, pad: Tensor, blocked: Tensor, slot: int) -> Tensor:
    # token (B) goes into cache slot `slot`; blocked (B, 1, 1, S) -> logits (B, V)
    b = torch.size(token, 0)
    n = len(self.ws)
    groups = torch.floordiv(self.heads, self.kv_heads)
    positions = torch.sub(slot, pad)
    cos = torch.view(torch.embedding(self.ws[n - 2], positions), [b, 1, 1, self.head_dim])
    sin = torch.view(torch.embedding(self.ws[n - 1], positions), [b, 1, 1, self.head_dim])
    mask = torch.narrow(blocked, 3, 0, slot + 1)
    x = torch.unsqueeze(torch.embedding(packed[0], token), 1)
    for layer in range(self.layers):
        at = 1 + 7 * layer
        q, k, v = self.project_qkv(x, packed, at, cos, sin)
        layer_keys = torch.select(keys, 0, layer)
        layer_values = torch.select(values, 0, layer)
        torch.copy_(torch.narrow(layer_keys, 2, slot, 1), k)
        torch.copy_(torch.narrow(layer_values, 2, slot, 1), v)
        # The H/K query heads of a key/value head stand in the place of query positions: no copy of the cache per head.
        q = torch.reshape(q, [b, self.kv_heads, groups, self.head_dim])
        mixed = torch.scaled_dot_product_attention(q, torch.narrow(layer_keys, 2, 0, slot + 1), torch.narrow(layer_values, 2, 0, slot + 1), mask)
        mixed = torch.reshape(mixed, [b, 1, self.heads * self.head_dim])
        x = self.mlp(torch.add(x, torch.linear(mixed, packed[at + 3])), packed, at)
    last = self.rms_norm(torch.squeeze(x, 1), packed[1 + 7 * self.layers])
    return torch.linear(last, packed[2 + 7 * self.layers])

def decode(self, packed: List[Tensor], keys: Tensor, values: Tensor, logits: Tensor, pad: Tensor, done: Tensor, temperature: Tensor,
           uniforms: Tensor, eos: Tensor, slot: int) -> Tuple[Tensor, Tensor, Tensor, Tensor]:
    # Samples up to n = uniforms.size(1) tokens a row from `logits` (B, V) on, the first into cache slot `slot`; stops when all rows are done.
    # done (B) bool; eos (number of EOS ids) -> tokens (B, n), log-probs (B, n), done (B), logits (B, V) of the next token
    b = torch.size(logits, 0)
    steps = torch.size(uniforms, 1)
    slots = torch.arange(torch.size(keys, 3), dtype=4, device=keys.device)
    padded = torch.lt(torch.unsqueeze(slots, 0), torch.unsqueeze(pad, 1))
    blocked = torch.to(torch.mul(torch.to(padded, 6), -1e30), keys.dtype)
    blocked = torch.view(blocked, [b, 1, 1, torch.size(keys, 3)])
    tokens = torch.zeros([b, steps], dtype=4, device=keys.device)
    logps = torch.zeros([b, steps], dtype=6, device=keys.device)
    running = True
    step = 0
    while running:
        token, logp = self.pick(logits, temperature, torch.select(uniforms, 1, step))
        torch.copy_(torch.select(tokens, 1, step), token)
        torch.copy_(torch.select(logps, 1, step), logp)
        done = torch.logical_or(done, torch.any(torch.eq(torch.unsqueeze(token, -1), eos), -1))
        step = step + 1
        running = step < steps and not bool(torch.all(done))
        if not bool(torch.all(done)):
            logits = self.decode_step(packed, keys, values, token, pad, blocked, slot + step - 1)
    return (tokens, logps, done, logits)

def keep_rows(self, keys: Tensor, values: Tensor, rows: Tensor) -> Tuple[Tensor, Tensor]:
    # The cache of the rows that go on: (L, B, K, S, D) -> (L, B', K, S, D)
    return (torch.index_select(keys, 1, rows), torch.index_select(values, 1, rows))
