# The critic's value head: v = w . h + b with h (E) the normed stream behind the last layer, in float32 whatever the compute dtype.
#
# self.value_head holds w (1, E) and b (1), self.value_gs the buffers of their gradients.

def bind_value_head(self, head: List[Tensor], gs: List[Tensor]) -> int:
    self.value_head = head
    self.value_gs = gs
    return len(head)

def values_of(self, rows: Tensor, at: Tensor) -> Tensor:
    # stream (B*C, E) before the last norm -> values (B, C)
    hidden = torch.to(self.rms_norm(rows, self.ws[1 + 10 * self.layers]), 6)
    values = torch.linear(hidden, self.value_head[0], self.value_head[1])
    return torch.view(values, [torch.size(at, 0), torch.size(at, 1)])

def joint_values(self, x: Tensor, at: Tensor) -> Tensor:
    # the stream (B, T, E) behind the last layer of a policy that shares it with the value head -> values (B, C)
    return self.values_of(self.predicting(x, at), at)

def value_score(self, ids: Tensor, at: Tensor) -> Tensor:
    # ids (B, T); at (B, C) flat positions b*T+t -> the value of the state that ends with each position (B, C)
    return self.values_of(self.predicting(self.hidden_states(ids), at), at)

def value_forward(self, ids: Tensor, at: Tensor, recompute: int, head_only: int) -> List[Tensor]:
    # As value_score, and what the backward pass needs: values (B, C), the stream (B, T, E) behind the last layer, then, unless the
    # head alone is trained, a layer's input and, unless `recompute` is 1, its five saved tensors
    cos, sin = self.positions_of(ids)
    x = torch.embedding(self.ws[0], ids)
    kept = annotate(List[Tensor], [])
    for index in range(self.layers):
        if head_only == 0:
            kept.append(x)
        x, saved = self.layer(x, index, cos, sin)
        if recompute == 0 and head_only == 0:
            kept.extend(saved)
    result = [self.values_of(self.predicting(x, at), at), x]
    result.extend(kept)
    return result

def value_head_backward(self, x: Tensor, at: Tensor, dvalues: Tensor, head_only: int) -> Tensor:
    # x (B, T, E) behind the last layer; dvalues (B, C) -> dx (B*T, E), nothing of use where the head alone is trained
    last = 1 + 10 * self.layers
    rows = self.predicting(x, at)
    unit, scale = self.normed(rows)
    hidden = torch.to(torch.mul(torch.to(unit, self.dtype), self.ws[last]), 6)
    dv = torch.reshape(dvalues, [-1, 1])
    torch.addmm_(self.value_gs[0], torch.t(dv), hidden)
    torch.add_(self.value_gs[1], torch.sum(dv, [0]))
    if head_only == 1:
        return rows
    drows = self.rms_norm_backward(unit, scale, last, torch.mul(dv, self.value_head[0]))
    dx = torch.new_zeros(drows, [torch.size(x, 0) * torch.size(x, 1), torch.size(x, 2)])
    return torch.index_add_(dx, 0, torch.flatten(at), drows)

def value_backward(self, ids: Tensor, at: Tensor, dvalues: Tensor, kept: List[Tensor], recompute: int, head_only: int) -> int:
    # dvalues: of the loss by the values (B, C); kept: what value_forward returned behind the values. Adds to the gradient buffers.
    dx = self.value_head_backward(kept[0], at, dvalues, head_only)
    if head_only == 1:
        return 0
    return self.layers_backward(ids, dx, kept, recompute)
