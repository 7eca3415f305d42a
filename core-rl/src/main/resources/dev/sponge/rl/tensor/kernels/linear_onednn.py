# Products where libtorch has oneDNN (x86-64): its kernels keep a weight in their own blocked layout, which a plain product would have
# to make again on every call.

def linear_of(self, x: Tensor, w: Tensor, b: Tensor) -> Tensor:
    # x (..., in), w (out, in) or prepared by prepare(), b (out) or empty -> (..., out)
    if self.onednn == 1:
        if torch.size(b, 0) == 0:
            return ops.mkldnn._linear_pointwise(x, w, None, "none", annotate(List[Optional[number]], []), "")
        return ops.mkldnn._linear_pointwise(x, w, b, "none", annotate(List[Optional[number]], []), "")
    if torch.size(b, 0) == 0:
        return torch.linear(x, w)
    return torch.linear(x, w, b)

def prepare(self, w: Tensor, onednn: int) -> Tensor:
    # a matrix (out, in) in the layout that linear_of reads fastest
    if onednn == 1:
        return ops.mkldnn._reorder_linear_weight(w)
    return w
