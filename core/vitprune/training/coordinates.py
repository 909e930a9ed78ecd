"""The coordinates in which steps are taken: those in which what a linear layer is given has mean 0 and is white.

    y = W x + b,    W = W0 + S V A',    b = b0 + s v - (W - W0) m

m is the mean of the layer's inputs, A A' the inverse of their covariance, S and s the spread of each output (S over the
root of the number of inputs). V and v are 0 at first, and are what is trained; the gradient of V is
S (dW - db m') A.

What a block's norm gives has channels that are hundreds of times as large as others, and nearly the same for all
tokens. Steps of one length for all weights, as Adam makes them, are almost wholly steps along these few, and ruin a
repaired model long before they teach it anything. In these coordinates a step of length c changes every output by about
c of its own spread, in whatever direction of the inputs. This is the input half of Kronecker-factored curvature
(Martens and Grosse 2015, arXiv:1503.05671), taken once. Norms and layer scales are held: the layers after and before
them can do what they could.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from vitprune.repair.replacement import Replacement

LEAST = 0.01  # of the mean variance of the inputs is added to each, or more where there are few of them
FLOOR = 1e-4  # of their mean square, at least


@dataclass(frozen=True)
class Frame:
    """Of one linear map with these names of weight (outputs, inputs) and bias (outputs,), "" for one without, whose
    inputs are not centred: `mean` is 0 then. `mean` (inputs,), `root`
    (inputs, inputs) with root root' the damped inverse covariance, `spread` (outputs,)."""

    weight: str
    bias: str
    mean: Tensor
    root: Tensor
    spread: Tensor

    @property
    def scale(self) -> Tensor:
        return self.spread / len(self.mean) ** 0.5


class Coordinates:
    """Of the linear layers of a module, which `run` runs on some images. `values` are what is trained: the v, by the
    names of the biases, and by those of the weights the V, or, with a `rank` that makes fewer numbers, the two factors
    of V (Hu et al. 2021, arXiv:2106.09685), of which the first is 0. `weights` are the weights that they move."""

    def __init__(self, module: nn.Module, run: Callable[[], object], rank: int = 0, seed: int = 0) -> None:
        trained = {name: p for name, p in module.named_parameters() if p.requires_grad}
        self._frames = _frames(module, run, trained)
        self.weights = {name: trained[name] for frame in self._frames for name in (frame.weight, frame.bias) if name}
        self._first = {name: weight.detach().clone() for name, weight in self.weights.items()}
        self.values: dict[str, nn.Parameter] = {}
        generator = torch.Generator().manual_seed(seed)
        for name, weight in self.weights.items():
            if rank and weight.ndim == 2 and rank * sum(weight.shape) < weight.numel():
                rows, columns = weight.shape
                drawn = torch.randn(rank, columns, generator=generator) / columns**0.5
                self.values[f"{name}.up"] = nn.Parameter(weight.new_zeros(rows, rank))
                self.values[f"{name}.down"] = nn.Parameter(drawn.to(weight))
            else:
                self.values[name] = nn.Parameter(torch.zeros_like(weight))

    def pull(self) -> None:
        """Give the values the gradients that follow from those of the weights, which are dropped."""
        for frame in self._frames:
            gradient = _gradient(self.weights[frame.weight])
            if frame.bias:
                bias = _gradient(self.weights[frame.bias])
                gradient = gradient - bias[:, None] * frame.mean
                self.values[frame.bias].grad = frame.spread * bias
            whole = frame.scale[:, None] * (gradient @ frame.root)
            if frame.weight in self.values:
                self.values[frame.weight].grad = whole
            else:
                up, down = self._factors(frame)
                up.grad, down.grad = whole @ down.detach().T, up.detach().T @ whole
        for weight in self.weights.values():
            weight.grad = None

    @torch.no_grad()
    def push(self) -> None:
        """Give the weights what the values say."""
        for frame in self._frames:
            if frame.weight in self.values:
                whole: Tensor = self.values[frame.weight]
            else:
                up, down = self._factors(frame)
                whole = up @ down
            change = frame.scale[:, None] * (whole @ frame.root.T)
            self.weights[frame.weight].copy_(self._first[frame.weight] + change)
            if frame.bias:
                shift = frame.spread * self.values[frame.bias] - change @ frame.mean
                self.weights[frame.bias].copy_(self._first[frame.bias] + shift)

    def _factors(self, frame: Frame) -> tuple[nn.Parameter, nn.Parameter]:
        return self.values[f"{frame.weight}.up"], self.values[f"{frame.weight}.down"]


def _gradient(weight: Tensor) -> Tensor:
    return torch.zeros_like(weight) if weight.grad is None else weight.grad


@torch.no_grad()
def _frames(module: nn.Module, run: Callable[[], object], trained: dict[str, nn.Parameter]) -> list[Frame]:
    seen: dict[tuple[str, str], list[tuple[Tensor, Tensor]]] = {}

    def watch(path: str) -> Callable[[nn.Module, tuple[Tensor, ...], Tensor], None]:
        def see(layer: nn.Module, given: tuple[Tensor, ...], output: Tensor) -> None:
            x, y = given[0].detach().float(), output.detach().float()
            own = layer.own if isinstance(layer, Replacement) else 0
            for start, end, name in ((own, None, ""), (0, own, "own_")):
                names = f"{path}.{name}weight", f"{path}.{name}bias"
                if own or not name:
                    part = (x[..., start:end, :], y[..., start:end, :]) if own else (x, y)
                    if names[0] in trained:
                        seen.setdefault((names[0], names[1] if names[1] in trained else ""), []).append(
                            (part[0].flatten(0, -2), part[1].flatten(0, -2))
                        )

        return see

    layers = ((path, layer) for path, layer in module.named_modules() if isinstance(layer, (nn.Linear, Replacement)))
    handles = [layer.register_forward_hook(watch(path)) for path, layer in layers]
    try:
        run()
    finally:
        for handle in handles:
            handle.remove()
    return [_frame(*names, *(torch.cat(some) for some in zip(*parts, strict=True))) for names, parts in seen.items()]


def _frame(weight: str, bias: str, x: Tensor, y: Tensor) -> Frame:
    exact = x.double().cpu()  # in single precision the decomposition of some fails
    mean = exact.mean(0) if bias else torch.zeros_like(exact[0])
    covariance = (exact - mean).T @ (exact - mean) / len(exact)
    # What so few inputs say of so many directions is little; and inputs that never change have no variance.
    share = min(1.0, max(LEAST, len(mean) / len(x)))
    damping = max(share * float(covariance.diagonal().mean()), FLOOR * float(exact.square().mean()), 1e-12)
    values, vectors = torch.linalg.eigh(covariance)
    spread = (y - y.mean(0)).square().mean(0).sqrt()
    least = 1e-3 * float(spread.max()) or 1e-6
    # The symmetric root is the one that rounding cannot turn.
    root = vectors * (values.clamp_min(0) + damping).rsqrt() @ vectors.T
    return Frame(weight, bias, mean.to(x), root.to(x), spread.clamp_min(least))
