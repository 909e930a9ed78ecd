"""How much each head and hidden neuron matters, from images: three scores, of all branches whose units can go.

`h_j` is what a unit hands to the last layer of its branch, W_j the column of that layer that reads it; a head has
several. Of a head, scores are means over these (variance) or of all of them together (taylor, damage).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor, nn

from vitprune.architecture import Architecture
from vitprune.errors import ArgumentInvalid, DatasetEmpty
from vitprune.families import part
from vitprune.jobs import Job
from vitprune.plan import PruningPlan
from vitprune.precision import full
from vitprune.selection.method import UnitRanks
from vitprune.width.survey import Passed, survey
from vitprune.width.units import Width, site_width

Batches = Callable[[], Iterable[Tensor]]


@dataclass(frozen=True)
class UnitScore:
    """Of the units of one branch, (units,) each: the mean over images and its standard error, NaN where the score is
    not one of images. `order` names the units, least first, and `losses` what each of them adds when it goes after
    those before it."""

    mean: NDArray[np.float64]
    standard_error: NDArray[np.float64]
    order: tuple[int, ...]
    losses: tuple[float, ...]

    @classmethod
    def of_images(cls, per_image: NDArray[np.float64]) -> UnitScore:
        """From (images, units)."""
        mean, count = per_image.mean(0), len(per_image)
        error = per_image.std(0, ddof=1) / count**0.5 if count > 1 else np.full(len(mean), np.nan)
        order = np.argsort(mean, kind="stable")
        return cls(mean, error, tuple(order.tolist()), tuple(mean[order].tolist()))

    @property
    def ranks(self) -> UnitRanks:
        return self.order, self.losses


def variance(module: nn.Module, architecture: Architecture, batches: Batches, job: Job | None = None) -> _Scores:
    """FLAP (An et al. 2024, arXiv:2312.11983): the variance of h_j over all tokens times |W_j|², of each image about
    the mean of all images. Two passes. Raises DatasetEmpty."""
    job = job or Job()
    sums: dict[str, Tensor] = {}
    tokens: dict[str, int] = {}
    for number, seen in enumerate(_passes(module, architecture, batches, job, stage="Means of units")):
        for site, inputs in seen.items():
            total = inputs.sum((0, 1), dtype=torch.float64)
            sums[site] = sums[site] + total if number else total
            tokens[site] = tokens.get(site, 0) + inputs.shape[0] * inputs.shape[1]
    if not sums:
        raise DatasetEmpty("There is no image to score with.")
    values: dict[str, list[NDArray[np.float64]]] = {}
    known = dict(_widths(module, architecture))
    for seen in _passes(module, architecture, batches, job, stage="Variances of units"):
        for site, inputs in seen.items():
            block, width = known[site]
            weight = part(block, width.last).weight.detach().double().square().sum(0)
            spread = (inputs.double() - sums[site] / tokens[site]).square().mean(1) * weight
            values.setdefault(site, []).append(spread.unflatten(1, (width.count, -1)).mean(2).cpu().numpy())
    return {site: UnitScore.of_images(np.concatenate(found)) for site, found in values.items()}


def taylor(
    module: nn.Module,
    architecture: Architecture,
    batches: Batches,
    labels: Sequence[int] | None = None,
    job: Job | None = None,
) -> _Scores:
    """To first order, by how much the loss of an image changes when a unit is taken to zero: the absolute value of the
    sum over its tokens of h_j dL/dh_j (Molchanov et al. 2017, arXiv:1611.06440; for heads Michel et al. 2019,
    arXiv:1905.10650). The loss is the cross-entropy to the label, or to the class that the model itself predicts; for a
    model without a head, half the squared length of its features. Raises DatasetEmpty or ArgumentInvalid."""
    job = job or Job()
    known = dict(_widths(module, architecture))
    values: dict[str, list[NDArray[np.float64]]] = {}
    device, done = next(module.parameters()).device, 0
    training = module.training
    wants = [parameter for parameter in module.parameters() if parameter.requires_grad]
    try:
        module.eval().requires_grad_(False)
        for batch in batches():
            job.check()
            target = None if labels is None else torch.as_tensor(list(labels[done : done + len(batch)]))
            if target is not None and len(target) != len(batch):
                raise ArgumentInvalid(f"There are {len(labels or ())} labels for more images.")
            gates: dict[str, Tensor] = {}
            with torch.enable_grad(), _gated({site: part(b, w.last) for site, (b, w) in known.items()}, gates):
                given = module(batch.to(device)).float()
                if architecture.num_classes:
                    aim = given.detach().argmax(-1) if target is None else target.to(device)
                    loss = F.cross_entropy(given, aim, reduction="sum")
                else:
                    loss = given.square().sum() / 2
                gradients = torch.autograd.grad(loss, list(gates.values()), allow_unused=True)
            for (site, gate), gradient in zip(gates.items(), gradients, strict=True):
                width = known[site][1]
                found = torch.zeros_like(gate) if gradient is None else gradient
                of_image = found.reshape(len(batch), -1, width.count, width.columns).sum((1, 3)).double().abs()
                values.setdefault(site, []).append(of_image.cpu().numpy())
            done += len(batch)
            job.progress("Gradients of units", done, done)
    finally:
        module.train(training)
        for parameter in wants:
            parameter.requires_grad_(True)
    if not values:
        raise DatasetEmpty("There is no image to score with.")
    return {site: UnitScore.of_images(np.concatenate(found)) for site, found in values.items()}


def damage(module: nn.Module, architecture: Architecture, batches: Batches, job: Job | None = None) -> _Scores:
    """What a branch's last layer cannot make up for: the squared error that taking the unit away adds to what the
    branch gives the stream, as a share of the variance of the stream behind it, once that layer is fitted again
    (`elimination`). The mean is that of a unit that goes alone, exact; the order and its losses are greedy, after those
    that went before. Raises DatasetEmpty."""
    found: _Scores = {}

    def look(passed: Passed) -> None:
        if passed.inner is None or not passed.width.count:
            return
        elimination = passed.elimination()
        spread = passed.spread or passed.told
        alone = (elimination.damages / spread).cpu().numpy()
        (reduced,) = elimination.run([passed.width.count - 1])
        losses = tuple(loss / spread for loss in reduced.losses)
        found[passed.site.id] = UnitScore(alone, np.full(len(alone), np.nan), reduced.units, losses)

    images = list(batches())
    if not images:
        raise DatasetEmpty("There is no image to score with.")
    sites = [site.id for site in architecture.sublayers if site.units]
    survey(PruningPlan.of(architecture), module, architecture, images, sites, look, job)
    return found


_Scores = dict[str, UnitScore]


def _widths(module: nn.Module, architecture: Architecture) -> Iterator[tuple[str, tuple[nn.Module, Width]]]:
    for site in architecture.sublayers:
        if site.units:
            block, _, width = site_width(module, site.id)
            yield site.id, (block, width)


@torch.no_grad()
def _passes(
    module: nn.Module, architecture: Architecture, batches: Batches, job: Job, *, stage: str
) -> Iterator[Mapping[str, Tensor]]:
    """Batch by batch, what the last layer of every branch is given, (images, tokens, inputs)."""
    known = dict(_widths(module, architecture))
    device, training, done = next(module.parameters()).device, module.training, 0
    module.eval()
    try:
        for batch in batches():
            job.check()
            seen: dict[str, Tensor] = {}
            with ExitStack() as stack:
                for site, (block, width) in known.items():

                    def see(_: nn.Module, args: tuple[Tensor, ...], site: str = site, seen: Any = seen) -> None:
                        seen[site] = args[0]

                    stack.callback(part(block, width.last).register_forward_pre_hook(see).remove)
                module(batch.to(device))
            yield {site: full(h).reshape(len(batch), -1, h.shape[-1]) for site, h in seen.items()}
            done += len(batch)
            job.progress(stage, done, done)
    finally:
        module.train(training)


@contextmanager
def _gated(layers: Mapping[str, nn.Module], gates: dict[str, Tensor]) -> Iterator[None]:
    """While this lasts, what each layer is given is multiplied by ones of its own for each image, whose gradients are
    wanted."""
    with ExitStack() as stack:
        for site, layer in layers.items():

            def gate(_: nn.Module, args: tuple[Tensor, ...], site: str = site) -> tuple[Tensor, ...]:
                given = args[0]
                shape = [len(given), *[1] * (given.ndim - 2), given.shape[-1]]
                gates[site] = torch.ones(shape, device=given.device, requires_grad=True)
                return (given * gates[site], *args[1:])

            stack.callback(layer.register_forward_pre_hook(gate).remove)
        yield
