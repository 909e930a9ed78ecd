"""Ridge regression from streamed moments, with its strength by generalised cross-validation."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from vitprune.precision import exactly, full

STRENGTHS = torch.logspace(-9, 1, 41, dtype=torch.float64)  # of the largest eigenvalue
MOST_FREEDOM = 0.98  # degrees of freedom per sample, beyond which cross-validation says nothing
NEGLIGIBLE = 1e-12
MANY = 768  # inputs
FEW = (1e-4, 1e-3, 1e-2, 1e-1)  # of the mean eigenvalue


@dataclass(frozen=True)
class Fit:
    """t = weight x + bias. `weight` is (outputs, inputs), `bias` (outputs,), float64. `explained` is the share of the
    variance of t that is explained, by generalised cross-validation; `ridge` the strength, relative to the largest
    eigenvalue of the inputs' scatter (where there are many inputs, to its Frobenius norm), `penalty` the same
    as it is."""

    weight: Tensor
    bias: Tensor
    explained: float
    ridge: float
    penalty: float


class Moments:
    """Sums over samples of x, t, x xᵀ, x tᵀ and t² about the mean of the first batch, in float64, of (n, inputs) and
    (n, outputs) batches: all that a linear fit needs to know. Neither the batches' sizes nor their order matter."""

    def __init__(self, inputs: int, outputs: int, device: torch.device | None = None) -> None:
        wide = {"dtype": torch.float64, "device": device}
        self.n = 0.0
        self.x, self.t = torch.zeros(inputs, **wide), torch.zeros(outputs, **wide)
        self.xx, self.xt = torch.zeros(inputs, inputs, **wide), torch.zeros(inputs, outputs, **wide)
        self.tt = torch.zeros(outputs, **wide)
        self.origin: tuple[Tensor, Tensor] | None = None

    def add(self, x: Tensor, t: Tensor, weights: Tensor | None = None) -> None:
        """Add samples; `weights` (n,) says how much each counts."""
        if not len(x):
            return
        x, t = full(x), full(t)
        if self.origin is None:
            self.origin = (x.mean(0), t.mean(0))
        x, t = x - self.origin[0], t - self.origin[1]
        left = x if weights is None else x * weights[:, None]
        self.n += float(len(x) if weights is None else weights.sum())
        self.x += left.sum(0, dtype=torch.float64)
        self.t += (t if weights is None else t * weights[:, None]).sum(0, dtype=torch.float64)
        with exactly(x.device):
            self.xx += left.mT @ x
            self.xt += left.mT @ t
        self.tt += (t.square() if weights is None else t.square() * weights[:, None]).sum(0, dtype=torch.float64)

    def merge(self, other: Moments) -> None:
        """Add the samples of another."""
        if other.origin is None:
            return
        if self.origin is None:
            self.origin = other.origin
        a, b = ((o - s).double() for o, s in zip(other.origin, self.origin, strict=True))
        self.xx += other.xx + torch.outer(a, other.x) + torch.outer(other.x, a) + other.n * torch.outer(a, a)
        self.xt += other.xt + torch.outer(a, other.t) + torch.outer(other.x, b) + other.n * torch.outer(a, b)
        self.tt += other.tt + 2 * b * other.t + other.n * b * b
        self.x += other.x + other.n * a
        self.t += other.t + other.n * b
        self.n += other.n

    def centred(self) -> tuple[Tensor, Tensor, Tensor]:
        """Scatter of x, of x with t, and of each t, about their means."""
        return (
            self.xx - torch.outer(self.x, self.x) / self.n,
            self.xt - torch.outer(self.x, self.t) / self.n,
            (self.tt - self.t.square() / self.n).clamp_min(0),
        )

    def means(self) -> tuple[Tensor, Tensor]:
        assert self.origin is not None
        return self.origin[0].double() + self.x / self.n, self.origin[1].double() + self.t / self.n


def ridge(moments: Moments) -> Fit:
    """The ridge fit whose strength minimises generalised cross-validation (Golub, Heath and Wahba 1979,
    doi:10.1080/00401706.1979.10489751): RSS / n / (1 - df / n)²."""
    xx, xt, tt = moments.centred()
    solve = _few if len(xx) > MANY else _all
    if (found := solve(xx, xt, float(tt.sum()), moments.n)) is None:
        return constant(moments)
    weight, explained, strength, penalty = found
    return _placed(moments, weight.mT, explained, strength, penalty)


def reduced(moments: Moments, fit: Fit, rank: int) -> Fit:
    """A ridge fit's best form of a rank: what it fits, along the leading directions of what it fits (reduced-rank
    regression, Izenman 1975, doi:10.1016/0047-259X(75)90042-1, under the same penalty)."""
    if rank >= min(fit.weight.shape):
        return fit
    directions, lost = leading(moments, fit, rank)
    total = float(moments.centred()[2].sum())
    explained = fit.explained - (lost / total if total > NEGLIGIBLE else 0)
    return _placed(moments, directions @ directions.mT @ fit.weight, explained, fit.ridge, fit.penalty)


def leading(moments: Moments, fit: Fit, rank: int) -> tuple[Tensor, float]:
    """The leading directions (outputs, rank) of what is fitted, and how much of its sum of squares is outside them."""
    _, xt, _ = moments.centred()
    fitted = fit.weight @ xt
    _, directions = torch.linalg.eigh((fitted + fitted.mT) / 2)
    chosen = directions[:, -rank:]
    return chosen, float(fitted.diagonal().sum() - (chosen.mT @ fitted @ chosen).diagonal().sum())


Solution = tuple[Tensor, float, float, float]
"""Weights (inputs, outputs), share explained, strength, penalty."""


def _all(xx: Tensor, xt: Tensor, total: float, n: float) -> Solution | None:
    """The best of many strengths, from the eigenvectors of the inputs' scatter."""
    values, vectors = torch.linalg.eigh(xx)
    values = values.clamp_min(0)
    turned = vectors.mT @ xt
    largest = float(values[-1])
    if largest <= NEGLIGIBLE or total <= NEGLIGIBLE:
        return None
    strengths = largest * STRENGTHS.to(values.device)
    freedom = 1 + (values / (values + strengths[:, None])).sum(1)
    inverse = 1 / (values + strengths[:, None])  # (strengths, inputs)
    rest = total - (turned.square().sum(1) * inverse * (2 - values * inverse)).sum(1)
    score = _cross_validated(rest, freedom, n)
    best = int(score.argmin())
    if not math.isfinite(float(score[best])):
        return None
    explained = 1 - float(score[best]) / total
    return vectors @ (turned * inverse[best][:, None]), explained, float(STRENGTHS[best]), float(strengths[best])


def _few(xx: Tensor, xt: Tensor, total: float, n: float) -> Solution | None:
    """The best of a few strengths, by factorising: eigenvectors of so many inputs take longer than all else."""
    largest = float(torch.linalg.matrix_norm(xx))  # no smaller than the largest eigenvalue, and cheap
    if largest <= NEGLIGIBLE or total <= NEGLIGIBLE:
        return None
    unit = torch.eye(len(xx), dtype=xx.dtype, device=xx.device)
    found: list[tuple[float, Tensor, float]] = []
    mean = float(xx.diagonal().mean())
    for share in FEW:
        factor = torch.linalg.cholesky(xx + share * mean * unit)
        weight = torch.cholesky_solve(xt, factor)
        freedom = 1 + len(xx) - share * mean * torch.cholesky_inverse(factor).diagonal().sum()
        rest = total - (weight * (2 * xt - xx @ weight)).sum()
        score = _cross_validated(rest, freedom, n)
        found.append((float(score), weight, share * mean / largest))
    score, weight, strength = min(found, key=lambda entry: entry[0])
    return (weight, 1 - score / total, strength, strength * largest) if math.isfinite(score) else None


def _cross_validated(rest: Tensor, freedom: Tensor, n: float) -> Tensor:
    score = rest.clamp_min(0) / (1 - freedom / n).square()
    return torch.where(freedom < MOST_FREEDOM * n, score, math.inf)


def diagonal(moments: Moments) -> Fit:
    """Every output from the input of the same place: t = scale x + shift, least squares."""
    xx, xt, tt = moments.centred()
    spread, common = xx.diagonal(), xt.diagonal()
    scale = torch.where(spread > NEGLIGIBLE * spread.max(), common / spread.clamp_min(NEGLIGIBLE), 0)
    total = float(tt.sum())
    n = moments.n
    rest = float((tt - scale * common).clamp_min(0).sum())
    freedom = min(2 / n, MOST_FREEDOM)
    explained = 1 - rest / (1 - freedom) ** 2 / total if total > NEGLIGIBLE else 0.0
    return _placed(moments, torch.diag(scale), explained, 0.0, 0.0)


def constant(moments: Moments) -> Fit:
    """The mean of t, whatever x is."""
    weight = moments.xt.new_zeros(len(moments.t), len(moments.x))
    return _placed(moments, weight, 0.0, math.inf, math.inf)


def _placed(moments: Moments, weight: Tensor, explained: float, strength: float, penalty: float) -> Fit:
    x, t = moments.means()
    return Fit(weight, t - weight @ x, explained, strength, penalty)
