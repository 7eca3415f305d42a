# Widening of stored floats to float32 and back. dtype is libtorch's ScalarType: 5 float16, 6 float32, 15 bfloat16 (0 is uint8).

def reinterpret(self, x: Tensor, dtype: int) -> Tensor:
    # x flat and contiguous -> the same bytes as another dtype, without a copy. TorchScript does not know view(dtype).
    out = torch.empty([0], dtype=dtype, device=x.device)
    width = torch.element_size(out)
    begin = torch.floordiv(torch.storage_offset(x) * torch.element_size(x), width)
    size = torch.floordiv(torch.size(x, 0) * torch.element_size(x), width)
    # set_ counts from where x begins, but in elements of out
    return torch.set_(out, x, begin - torch.storage_offset(x), [size], [1])

def finite(self, x: Tensor) -> Tensor:
    # bool scalar; x is not empty. The extremes of values that hold a NaN are NaN, and no mask as large as x is made.
    low, high = torch.aminmax(x, dim=None, keepdim=False)
    return torch.logical_and(torch.isfinite(low), torch.isfinite(high))

def widen(self, raw: Tensor, dtype: int, into: Tensor, begin: int) -> Tensor:
    # raw (bytes) uint8 in the machine's order -> values into the flat float32 `into` from `begin` on; returns whether they are finite
    values = (self).reinterpret(raw, dtype)
    place = torch.slice(torch.view(into, [-1]), 0, begin, begin + torch.size(values, 0))
    done = torch.copy_(place, values)
    return (self).finite(place)

def narrow(self, x: Tensor, dtype: int, begin: int, end: int) -> Tensor:
    # The values begin..end of the flat x -> their bytes (uint8) in another dtype, rounded to nearest even; a view where nothing changes
    return (self).reinterpret(torch.to(torch.slice(torch.reshape(x, [-1]), 0, begin, end), dtype), 0)

def finite_raw(self, raw: Tensor, dtype: int) -> Tensor:
    # raw (bytes) uint8 -> bool scalar
    return (self).finite((self).reinterpret(raw, dtype))
