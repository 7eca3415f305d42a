# KL(pi || ref) over the whole vocabulary, sum_v pi(v) (log pi(v) - log ref(v)), with its gradient through pi's logits:
# d KL / dz_j = p_j (log p_j - log ref_j - KL). What the references put on the vocabulary, (B*C, V) each, lives from the forward to the
# backward pass of a micro-batch.

def vocabulary_logprobs(self, ids: Tensor, at: Tensor, temperature: Tensor, chunk: int) -> Tensor:
    # ids (B, T); at, temperature (B, C) -> log-probs of the whole vocabulary (B*C, V)
    rows = self.predicting(self.hidden_states(ids), at)
    flat = torch.flatten(temperature)
    n = torch.size(rows, 0)
    parts = annotate(List[Tensor], [])
    start = 0
    while start < n:
        size = min(chunk, n - start)
        parts.append(torch.log_softmax(self.tempered(self.head_logits(torch.narrow(rows, 0, start, size)), torch.narrow(flat, 0, start, size)), -1))
        start = start + size
    return torch.cat(parts, 0)

def divergence_of(self, logp: Tensor, reference: Tensor) -> Tensor:
    # log-probs (N, V) of pi and of a reference -> KL(pi || ref) (N, 1)
    return self.rowwise_dot(torch.exp(logp), torch.sub(logp, reference))

def train_divergences(self, at: Tensor, temperature: Tensor, kept: List[Tensor], references: List[Tensor], recompute: int,
                      chunk: int) -> List[Tensor]:
    # at, temperature (B, C); kept: what train_forward returned behind log-probs and entropy; references: log-probs (B*C, V) of each ->
    # KL(pi || ref) (B, C) for each
    logps = self.kept_logprobs(kept, recompute)
    rows = self.predicting(kept[0], at)
    flat = torch.flatten(temperature)
    n = torch.size(rows, 0)
    result = annotate(List[Tensor], [])
    for reference in references:
        result.append(torch.new_empty(reference, [n, 1]))
    start = 0
    while start < n:
        size = min(chunk, n - start)
        if len(logps) > 0:
            logp = logps[torch.floordiv(start, chunk)]
        else:
            logp = torch.log_softmax(self.tempered(self.head_logits(torch.narrow(rows, 0, start, size)), torch.narrow(flat, 0, start, size)), -1)
        for i in range(len(references)):
            divergence = self.divergence_of(logp, torch.narrow(references[i], 0, start, size))
            torch.copy_(torch.narrow(result[i], 0, start, size), divergence)
        start = start + size
    shaped = annotate(List[Tensor], [])
    for column in result:
        shaped.append(torch.view(column, [torch.size(at, 0), torch.size(at, 1)]))
    return shaped

def divergences_backward(self, logp: Tensor, references: List[Tensor], slopes: List[Tensor], start: int) -> Tensor:
    # logp (N, V), read; references (B*C, V) and slopes (B*C, 1) of the loss by the divergences, of which N rows from `start` on count
    # -> their share (N, V) of the gradient by the logits behind logp
    size = torch.size(logp, 0)
    dz = torch.zeros_like(logp)
    for i in range(len(references)):
        difference = torch.sub(logp, torch.narrow(references[i], 0, start, size))
        divergence = self.divergence_of(logp, torch.narrow(references[i], 0, start, size))
        torch.addcmul_(dz, torch.sub_(difference, divergence), torch.narrow(slopes[i], 0, start, size))
    return torch.mul_(dz, torch.exp(logp))
