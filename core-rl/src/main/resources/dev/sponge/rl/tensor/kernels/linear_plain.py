# Products where libtorch has no oneDNN.

def linear_of(self, x: Tensor, w: Tensor, b: Tensor) -> Tensor:
    # x (..., in), w (out, in), b (out) or empty -> (..., out)
    if torch.size(b, 0) == 0:
        return torch.linear(x, w)
    return torch.linear(x, w, b)

def prepare(self, w: Tensor, onednn: int) -> Tensor:
    return w
