# From parameters in the order of ModelConfig.parameterShapes() to the fused weights that the decoder reads, and back.

def fuse(self, parameters: List[Tensor], traits: List[int], dtype: int) -> List[Tensor]:
    # traits: layers, 1 if q/k/v have a bias, 1 if the output projection has one, 1 if q and k are normed, 1 if the head is the embedding
    # -> fresh tensors of the dtype; a tied head shares the embedding's
    none = torch.new_empty(parameters[0], [0], dtype=dtype)
    fused = [torch.to(parameters[0], dtype, False, True)]
    at = 1
    for layer in range(traits[0]):
        fused.append(torch.to(parameters[at], dtype, False, True))
        at = at + 1
        stride = 1 + traits[1]
        fused.append(torch.to(torch.cat([parameters[at], parameters[at + stride], parameters[at + 2 * stride]], 0), dtype))
        if traits[1] == 1:
            fused.append(torch.to(torch.cat([parameters[at + 1], parameters[at + 3], parameters[at + 5]], 0), dtype))
        else:
            fused.append(none)
        at = at + 3 * stride
        fused.append(torch.to(parameters[at], dtype, False, True))
        at = at + 1
        if traits[2] == 1:
            fused.append(torch.to(parameters[at], dtype, False, True))
            at = at + 1
        else:
            fused.append(none)
        qk_norms = [none, none]
        if traits[3] == 1:
            qk_norms = [torch.to(parameters[at], dtype, False, True), torch.to(parameters[at + 1], dtype, False, True)]
            at = at + 2
        fused.append(torch.to(parameters[at], dtype, False, True))
        fused.append(torch.to(torch.cat([parameters[at + 1], parameters[at + 2]], 0), dtype))
        fused.append(torch.to(parameters[at + 3], dtype, False, True))
        fused.extend(qk_norms)
        at = at + 4
    fused.append(torch.to(parameters[at], dtype, False, True))
    if traits[4] == 1:
        fused.append(fused[0])
    else:
        fused.append(torch.to(parameters[at + 1], dtype, False, True))
    return fused

def part(self, views: List[Tensor], whole: Tensor, sizes: List[int]) -> int:
    # views of consecutive rows of one tensor
    start = 0
    for size in sizes:
        views.append(torch.narrow(whole, 0, start, size))
        start = start + size
    return start

def unfuse(self, fused: List[Tensor], traits: List[int], widths: List[int]) -> List[Tensor]:
    # widths: H*D, K*D -> views in the order of ModelConfig.parameterShapes(), which share the memory of the fused tensors
    views = [torch.alias(fused[0])]
    for layer in range(traits[0]):
        at = 1 + 10 * layer
        views.append(torch.alias(fused[at]))
        qkv = annotate(List[Tensor], [])
        self.part(qkv, fused[at + 1], [widths[0], widths[1], widths[1]])
        if traits[1] == 1:
            self.part(qkv, fused[at + 2], [widths[0], widths[1], widths[1]])
            views.extend([qkv[0], qkv[3], qkv[1], qkv[4], qkv[2], qkv[5]])
        else:
            views.extend(qkv)
        views.append(torch.alias(fused[at + 3]))
        if traits[2] == 1:
            views.append(torch.alias(fused[at + 4]))
        if traits[3] == 1:
            views.extend([torch.alias(fused[at + 8]), torch.alias(fused[at + 9])])
        views.append(torch.alias(fused[at + 5]))
        width = torch.floordiv(torch.size(fused[at + 6], 0), 2)
        self.part(views, fused[at + 6], [width, width])
        views.append(torch.alias(fused[at + 7]))
    last = 1 + 10 * traits[0]
    views.append(torch.alias(fused[last]))
    if traits[4] == 0:
        views.append(torch.alias(fused[last + 1]))
    return views

def prepare_all(self, fused: List[Tensor], onednn: int) -> List[Tensor]:
    # The fused weights with every matrix but the embedding in the layout that products read fastest
    prepared = annotate(List[Tensor], [])
    count = len(fused)
    for at in range(count):
        slot = torch.remainder(at - 1, 10)
        matrix = at == count - 1 or (at > 0 and at < count - 2 and (slot == 1 or slot == 3 or slot == 6 or slot == 7))
        if matrix:
            prepared.append(self.prepare(fused[at], onednn))
        else:
            prepared.append(fused[at])
    return prepared

def copy_all(self, into: List[Tensor], other: List[Tensor]) -> int:
    # copies, and casts where the dtypes differ
    torch._foreach_copy_(into, other)
    return len(into)

def zeros_like_all(self, fused: List[Tensor], traits: List[int]) -> List[Tensor]:
    # float32 zeros of the same shapes; a tied head shares the embedding's
    zeros = annotate(List[Tensor], [])
    for tensor in fused:
        if len(zeros) == len(fused) - 1 and traits[4] == 1:
            zeros.append(zeros[0])
        else:
            zeros.append(torch.zeros_like(tensor, dtype=6))
    return zeros

def merge_adapters(self, into: List[Tensor], base: List[Tensor], factors: List[Tensor], segments: List[int], scale: float) -> int:
    # into = base + scale * B A for every adapted projection; factors A (r, in) and B (out, r) in turn; a segment is the index of the
    # fused weight, its first row there and its rows
    count = torch.floordiv(len(segments), 3)
    for i in range(count):
        at = segments[3 * i]
        start = segments[3 * i + 1]
        rows = segments[3 * i + 2]
        delta = torch.mul(torch.mm(factors[2 * i + 1], factors[2 * i]), scale)
        torch.copy_(torch.narrow(into[at], 0, start, rows), torch.add(torch.narrow(base[at], 0, start, rows), delta))
    return count
