# Gradient and optimiser kernels over lists of tensors.

def global_norm(self, grads: List[Tensor]) -> Tensor:
    # L2 norm of all gradients as one vector, a float64 scalar
    squares = annotate(List[Tensor], [])
    for norm in torch._foreach_norm(grads, 2):
        squares.append(torch.square(torch.to(norm, 7)))
    return torch.sqrt(torch.sum(torch.stack(squares)))

def scale(self, tensors: List[Tensor], factor: float) -> int:
    torch._foreach_mul_(tensors, factor)
    return len(tensors)

def accumulate(self, into: List[Tensor], other: List[Tensor]) -> int:
    torch._foreach_add_(into, other)
    return len(into)

def adamw(self, params: List[Tensor], grads: List[Tensor], m: List[Tensor], v: List[Tensor], steps: List[Tensor], settings: List[float]) -> int:
    # settings: learning rate, beta1, beta2, epsilon, weight decay; steps: one float32 scalar a parameter, counted up here
    # Decoupled weight decay as in torch.optim.AdamW (Loshchilov and Hutter, 2019)
    torch._foreach_add_(steps, 1)
    torch._fused_adamw_(params, grads, m, v, annotate(List[Tensor], []), steps, lr=settings[0], beta1=settings[1], beta2=settings[2],
                        weight_decay=settings[4], eps=settings[3], amsgrad=False, maximize=False, grad_scale=None, found_inf=None)
    return len(params)

def zero(self, tensors: List[Tensor]) -> int:
    torch._foreach_zero_(tensors)
    return len(tensors)
