"""First-order importance: how much the loss would change, to first order, by taking each weight of a site to zero."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Iterator, Sequence

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.func import functional_call

from vitprune.errors import ArgumentInvalid, DatasetEmpty
from vitprune.families import Family, adopt, find_blocks, present
from vitprune.jobs import Job
from vitprune.scores import Score, read_only
from vitprune.surgery import cut

Owned = dict[str, Tensor | None]
"""Parameters of a site, by their paths in the model; of those that it shares, which elements are its own."""


def taylor(
    module: nn.Module,
    batches: Iterable[Tensor],
    labels: Sequence[int] | NDArray[np.int64] | None = None,
    *,
    total: int | None = None,
    job: Job | None = None,
) -> dict[str, Score]:
    """Of every branch and block, the sum over its parameters of |w dL/dw|, of each image (Molchanov et al. 2019,
    arXiv:1906.10771; as a score of blocks, Kim et al. 2024, arXiv:2402.02834).

    L is the cross-entropy of one image to its label, or without `labels` to the class that the model predicts. Each
    image has its own gradient, so that the batch size changes nothing. `batches` yields (B, C, H, W) float tensors. The
    model runs in evaluation mode, and is left as it was.

    Raises DatasetEmpty without images, ArgumentInvalid when labels and images are not as many, or for a model without a
    head.
    """
    job = job or Job()
    owned = dict(_owned(module))
    own = dict(module.named_parameters())
    weights = {
        name: own[name].detach().requires_grad_() for name in own if any(name in mine for mine in owned.values())
    }
    device = next(module.parameters()).device
    rows: list[dict[str, float]] = []
    training = module.training
    try:
        module.eval()
        for batch in batches:
            for image in batch.to(device):
                job.check()
                label = None if labels is None else labels[len(rows) : len(rows) + 1]
                rows.append(_of_image(module, image, label, weights, owned))
                job.progress("Gradients", len(rows), total or len(rows))
    finally:
        module.train(training)
    if not rows:
        raise DatasetEmpty("There is no image to score with.")
    if labels is not None and len(labels) != len(rows):
        raise ArgumentInvalid(f"There are {len(labels)} labels for {len(rows)} images.")
    return {site: Score(read_only(np.array([row[site] for row in rows]))) for site in owned}


def _of_image(
    module: nn.Module,
    image: Tensor,
    label: Sequence[int] | NDArray[np.int64] | None,
    weights: dict[str, Tensor],
    owned: dict[str, Owned],
) -> dict[str, float]:
    with torch.enable_grad():
        logits = functional_call(module, weights, (image[None],)).float()
        if logits.shape[-1] < 2 or (label is not None and not len(label)):
            raise ArgumentInvalid("There is no loss to take a gradient of.", hint="Use a model with a head.")
        target = (
            logits.detach().argmax(-1) if label is None else torch.as_tensor(np.asarray(label), device=image.device)
        )
        loss = F.cross_entropy(logits, target.long())
        gradients = torch.autograd.grad(loss, list(weights.values()), allow_unused=True)
    products = {
        name: (weight.detach().double() * gradient.double()).abs()
        for (name, weight), gradient in zip(weights.items(), gradients, strict=True)
        if gradient is not None
    }
    sums = {name: product.sum() for name, product in products.items()}
    zero = torch.zeros((), dtype=torch.float64, device=image.device)
    totals = [
        sum((sums[n] if mask is None else products[n][mask].sum() for n, mask in mine.items() if n in sums), zero)
        for mine in owned.values()
    ]
    return dict(zip(owned, torch.stack(totals).tolist(), strict=True))


def _owned(module: nn.Module) -> Iterator[tuple[str, Owned]]:
    for path, block, family in find_blocks(module):
        prefix = f"{path}." if path else ""
        yield path, {f"{prefix}{name}": None for name, _ in block.named_parameters()}
        for branch, mine in _branches(block, family):
            yield f"{prefix}{branch}", {f"{prefix}{name}": mask for name, mask in mine.items()}


def _branches(block: nn.Module, family: Family) -> Iterator[tuple[str, Owned]]:
    """What goes with each branch: the elements that are no longer there once it is cut out of a copy in which each
    element is its own number."""
    parameters = dict(block.named_parameters())
    starts = np.cumsum([0, *(parameter.numel() for parameter in parameters.values())]).tolist()
    for branch in present(block, family):
        numbered = copy.deepcopy(block).cpu().double()
        adopt(numbered, block)
        with torch.no_grad():
            for parameter, start in zip(numbered.parameters(), starts, strict=False):
                numbers = torch.arange(start, start + parameter.numel(), dtype=torch.float64)
                parameter.copy_(numbers.reshape(parameter.shape))
        cut(numbered, {"": branch.owns})
        gone = torch.ones(starts[-1], dtype=torch.bool)
        for parameter in numbered.parameters():
            gone[parameter.detach().flatten().long()] = False
        mine: Owned = {}
        for (name, parameter), start in zip(parameters.items(), starts, strict=False):
            mask = gone[start : start + parameter.numel()].reshape(parameter.shape)
            if bool(mask.all()):
                mine[name] = None
            elif bool(mask.any()):
                mine[name] = mask.to(parameter.device)
        yield branch.name, mine
