"""Which units of a branch its last layer can do without, and what it has to be without them: in closed form.

The last layer y = W h + b is to say t. Over all changes of W and b, the sum of squares of what y lacks, with a ridge
that holds W where it was, is a quadratic form of W whose Hessian M is the scatter of h and the ridge. Taking the inputs
of a unit J to zero from the optimum W*, and letting all others make up for it, adds

    tr(W*_J (M^-1_JJ)^-1 W*_J^T),        W* -= W*_J (M^-1_JJ)^-1 M^-1_J.

to it (the optimal brain surgeon: Hassibi and Stork 1992; by rows of weights, Frantar et al. 2022, arXiv:2208.11580),
and the inverse of the Hessian of those that are left is the Schur complement of M^-1_JJ. Each step is exact; that the
best units are found one after the other, and hidden neurons a few at once, is greedy.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

RIDGE = 1e-3
"""Of the mean of the diagonal of the scatter."""
AT_ONCE = 64
"""A 64th of many units goes at once."""


@dataclass(frozen=True)
class Reduced:
    """The last layer without some of its units: these `units` went, in this order, and each added this `loss` (of the
    sum of squares of the output, for one token) when it did. `weight` is (outputs, inputs), zero at theirs."""

    units: tuple[int, ...]
    losses: tuple[float, ...]
    weight: Tensor


class Elimination:
    """`scatter` (inputs, inputs) of the inputs of a last layer about their means and `lacking` (inputs, outputs), of
    them with what its output lacks, both for one token; `weight` is (outputs, inputs), its units `columns` inputs
    each."""

    def __init__(self, scatter: Tensor, lacking: Tensor, weight: Tensor, columns: int, ridge: float = RIDGE) -> None:
        hessian = scatter.double().clone()
        hessian.diagonal().add_(max(ridge * float(scatter.diagonal().mean()), torch.finfo(torch.float64).tiny))
        self._inverse = torch.cholesky_inverse(torch.linalg.cholesky(hessian))
        self._weight = weight.double() + lacking.double().mT @ self._inverse
        self._columns = columns
        self._left = torch.arange(len(scatter) // columns, device=scatter.device)

    @property
    def damages(self) -> Tensor:
        """Of each unit that is left, what it would add to the loss if it went alone, (units,)."""
        at, width = self._inputs(self._left), self._columns
        weight = self._weight[:, at]
        if width == 1:
            return weight.square().sum(0) / self._inverse.diagonal()[at]
        blocks = self._inverse[at.view(-1, width, 1), at.view(-1, 1, width)]
        ours = weight.unflatten(1, (-1, width)).permute(1, 2, 0)  # (units, columns, outputs)
        return (ours * torch.linalg.solve(blocks, ours)).sum((1, 2))

    def run(self, stops: Sequence[int]) -> Iterator[Reduced]:
        """Without so many units, for each of these ascending numbers. One unit at least stays."""
        units: list[int] = []
        losses: list[float] = []
        most = max(1, len(self._left) // AT_ONCE) if self._columns == 1 else 1
        for stop in stops:
            while len(units) < stop and len(self._left) > 1:
                damages = self.damages
                some = damages.argsort(stable=True)[: min(most, stop - len(units), len(self._left) - 1)]
                units += self._left[some].tolist()
                losses += damages[some].tolist()
                self._remove(some)
            yield Reduced(tuple(units), tuple(losses), self._weight.clone())

    def _remove(self, some: Tensor) -> None:
        at = self._inputs(self._left[some])
        solved = torch.linalg.solve(self._inverse[at][:, at], self._inverse[at])
        self._weight -= self._weight[:, at] @ solved
        self._inverse -= self._inverse[:, at] @ solved
        self._weight[:, at] = 0  # as they are but for rounding
        self._inverse[at], self._inverse[:, at] = 0, 0
        stays = torch.ones(len(self._left), dtype=torch.bool, device=some.device)
        stays[some] = False
        self._left = self._left[stays]

    def _inputs(self, units: Tensor) -> Tensor:
        return (units[:, None] * self._columns + torch.arange(self._columns, device=units.device)).flatten()
