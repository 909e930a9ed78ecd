"""What a model can do: accuracy where there are labels and a fitting head, closeness to the dense model where not."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, fields
from functools import partial
from typing import Any, cast

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment
from torch import Tensor, nn

from vitprune.ahead import to_device
from vitprune.architecture import Architecture
from vitprune.jobs import ALONE, Job, Shard
from vitprune.memory import Portions
from vitprune.plan import PruningPlan
from vitprune.precision import current, exactly
from vitprune.published import classes_present, is_imagenet
from vitprune.results import DataReference, Evaluation, now
from vitprune.scores import read_only
from vitprune.statistics import bootstrap_mean, proportion

NEIGHBOURS = 20


@dataclass
class _Tally:
    """What one model says of every image, batch by batch."""

    predictions: list[Tensor] = field(default_factory=list)
    top5: list[Tensor] = field(default_factory=list)
    loss: list[Tensor] = field(default_factory=list)
    agreement: list[Tensor] = field(default_factory=list)
    kl: list[Tensor] = field(default_factory=list)
    feature_cosine: list[Tensor] = field(default_factory=list)
    features: list[Tensor] = field(default_factory=list)

    def extend(self, other: _Tally) -> None:
        """Add the images of another one after those of this."""
        for entry in fields(self):
            getattr(self, entry.name).extend(getattr(other, entry.name))

    def state(self) -> dict[str, NDArray[Any]]:
        """All that was measured, one array each, over the images seen."""
        found = {entry.name: getattr(self, entry.name) for entry in fields(self)}
        return {name: torch.cat(chunks).cpu().numpy() for name, chunks in found.items() if chunks}

    @classmethod
    def of(cls, states: Sequence[dict[str, NDArray[Any]]]) -> _Tally:
        """All images of these states in turn."""
        tally = cls()
        for state in states:
            for name, values in state.items():
                getattr(tally, name).append(torch.from_numpy(values))
        return tally


def evaluate(
    dense: nn.Module,
    pruned: Sequence[tuple[PruningPlan, nn.Module]],
    batches: Iterable[Tensor],
    data: DataReference,
    architecture: Architecture,
    *,
    device: torch.device,
    job: Job | None = None,
    part: range | None = None,
    shard: Shard = ALONE,
) -> tuple[Evaluation, ...]:
    """Evaluate the dense model and its pruned forms on the same batches; the dense one comes first.

    `batches` yields (B, C, H, W) float tensors in the order of `data.paths`. Labels count when the head has as many
    outputs as the data has classes. Top-1, top-5 and agreement carry Wilson intervals, the means bootstrap intervals.
    Where several processes share the images, `batches` are those of this `shard`, whose images are `part` of all. A
    batch that memory does not suffice for is run in halves.
    """
    job = job or Job()
    plans = [PruningPlan.of(architecture), *(plan for plan, _ in pruned)]
    modules = [dense, *(module for _, module in pruned)]
    labels = torch.tensor(data.labels, dtype=torch.long) if data.labels else None
    fits = labels is not None and architecture.num_classes == len(data.class_names)
    tallies = [_Tally() for _ in modules]
    part = range(data.images) if part is None else part
    done = part.start
    portions = Portions(job)

    def run(batch: Tensor, some: slice) -> list[_Tally]:
        """What the models say of these images of a batch, of which the first is number `done` of all."""
        images = to_device(batch[some], device)
        mine = slice(done + some.start, done + some.stop)
        target = labels[mine].to(device) if fits and labels is not None else None
        reference: tuple[Tensor, Tensor] | None = None
        said = [_Tally() for _ in modules]
        for module, tally in zip(modules, said, strict=True):
            job.check()
            features, logits = _forward(module, images, architecture.num_classes > 0)
            reference = reference or (features, logits)
            _record(tally, features, logits, reference, target, keep=labels is not None and not fits)
        return said

    with torch.inference_mode():
        for module in modules:
            module.eval()
        for batch in batches:
            for said in portions.run(len(batch), partial(run, batch)):
                for tally, more in zip(tallies, said, strict=True):
                    tally.extend(more)
            done += len(batch)
            job.progress("Evaluating", done - part.start, len(part))
    gathered = shard.gather([tally.state() for tally in tallies])
    tallies = [_Tally.of(states) for states in zip(*gathered, strict=True)]
    created = now()
    return tuple(
        _summarise(plan, tally, data, architecture, fits, created, current(device), is_dense=index == 0)
        for index, (plan, tally) in enumerate(zip(plans, tallies, strict=True))
    )


def _forward(module: nn.Module, images: Tensor, has_head: bool) -> tuple[Tensor, Tensor]:
    """Pooled features and logits, (B, width) and (B, classes); the features twice for a model without a head."""
    model = cast(Any, module)
    tokens = model.forward_features(images)
    features = model.forward_head(tokens, pre_logits=True)
    return features, model.forward_head(tokens) if has_head else features


def _record(
    tally: _Tally, features: Tensor, logits: Tensor, dense: tuple[Tensor, Tensor], target: Tensor | None, *, keep: bool
) -> None:
    log_p, dense_log_p = logits.float().log_softmax(-1), dense[1].float().log_softmax(-1)
    predictions = log_p.argmax(-1)
    tally.predictions.append(predictions)
    tally.agreement.append(predictions == dense_log_p.argmax(-1))
    tally.kl.append(F.kl_div(log_p, dense_log_p, reduction="none", log_target=True).sum(-1).clamp_min(0))
    tally.feature_cosine.append(F.cosine_similarity(features.float(), dense[0].float(), dim=-1))
    if target is not None:
        tally.loss.append(F.nll_loss(log_p, target, reduction="none"))
        best = log_p.topk(min(5, log_p.shape[-1]), dim=-1).indices
        tally.top5.append((best == target[:, None]).any(-1))
    if keep:
        tally.features.append(F.normalize(features.float(), dim=-1).cpu())


def _summarise(
    plan: PruningPlan,
    tally: _Tally,
    data: DataReference,
    architecture: Architecture,
    fits: bool,
    created: str,
    precision: str,
    *,
    is_dense: bool,
) -> Evaluation:
    summary = plan.summary(architecture)
    predictions = _joined(tally.predictions).astype(np.int64)
    has_head = architecture.num_classes > 0
    labels = np.array(data.labels, dtype=np.int64)
    per_image: dict[str, NDArray[np.float64]] = {}
    if fits:
        per_image["top1"] = (predictions == labels).astype(np.float64)
        per_image["top5"] = _joined(tally.top5)
        per_image["loss"] = _joined(tally.loss)
    if not is_dense:
        per_image["feature_cosine"] = _joined(tally.feature_cosine)
        if has_head:
            per_image["agreement"] = _joined(tally.agreement)
            per_image["kl"] = _joined(tally.kl)
    if tally.features:
        per_image["knn"] = nearest_neighbours(torch.cat(tally.features), labels).astype(np.float64)
    shares = {"top1", "top5", "agreement", "knn"}
    estimates = {
        name: proportion(values.astype(bool)) if name in shares else bootstrap_mean(values)
        for name, values in per_image.items()
    }
    predictions.setflags(write=False)
    return Evaluation(
        plan=plan,
        data=data,
        params=summary.params,
        macs=summary.macs,
        predictions=predictions if has_head else read_only(np.empty(0, np.int64)),
        per_image={name: read_only(values) for name, values in per_image.items()},
        warnings=_warnings(predictions, labels, data, fits, has_head) if is_dense else (),
        created=created,
        precision=precision,
        top1=estimates.get("top1"),
        top5=estimates.get("top5"),
        loss=estimates.get("loss"),
        agreement=estimates.get("agreement"),
        kl=estimates.get("kl"),
        feature_cosine=estimates.get("feature_cosine"),
        knn=estimates.get("knn"),
    )


def _joined(chunks: list[Tensor]) -> NDArray[np.float64]:
    return torch.cat(chunks).double().cpu().numpy()


def nearest_neighbours(features: Tensor, labels: NDArray[np.int64], neighbours: int = NEIGHBOURS) -> NDArray[np.bool_]:
    """Leave-one-out: whether the `neighbours` nearest other images, by cosine, vote for the right class.

    `features` is (images, width), of unit length. Votes weigh exp(cosine / 0.07), as in Wu et al. 2018
    (arXiv:1805.01978).
    """
    n = len(features)
    classes = F.one_hot(torch.from_numpy(labels)).float()
    hits = np.empty(n, dtype=bool)
    for start in range(0, n, 1024):
        rows = torch.arange(start, min(n, start + 1024))
        with exactly(features.device):
            similar = features[rows] @ features.T
        similar[torch.arange(len(rows)), rows] = -torch.inf
        best = similar.topk(min(neighbours, n - 1), dim=-1)
        votes = (best.values / 0.07).exp().unsqueeze(-1) * classes[best.indices]
        hits[rows.numpy()] = votes.sum(1).argmax(-1).numpy() == labels[rows.numpy()]
    return hits


def _warnings(
    predictions: NDArray[np.int64], labels: NDArray[np.int64], data: DataReference, fits: bool, has_head: bool
) -> tuple[str, ...]:
    if fits and is_imagenet(data):  # WordNet ids leave no doubt about the order
        present, classes = classes_present(data), len(data.class_names)
        few = f"The images are of {present:,} of the head's {classes:,} classes; accuracy is over all of its outputs."
        return (few,) if present < classes else ()
    if fits and (order := _other_order(predictions, labels, len(data.class_names))) is not None:
        names = ",".join(data.class_names[label] for label in order)
        return (
            "The head seems to hold the classes in another order than the image folders: most images would be right "
            f"with these class names, in this order (--class-names): {names}",
        )
    if data.labels and has_head and not fits:
        return (
            f"The images have {len(data.class_names)} classes and the model's head does not: accuracy is not measured.",
        )
    return ()


def _other_order(predictions: NDArray[np.int64], labels: NDArray[np.int64], classes: int) -> list[int] | None:
    """For each output of the head the class that it most plausibly means, where that explains far more images than the
    order given. Found by the assignment that gets most images right; it only advises, no figure uses it."""
    confusion = np.zeros((classes, classes))
    np.add.at(confusion, (predictions, labels), 1)
    outputs, best = linear_sum_assignment(-confusion)
    now, could = np.trace(confusion) / len(labels), confusion[outputs, best].sum() / len(labels)
    return [int(label) for label in best] if could > 0.6 and could > now + 0.25 else None
