"""The loop: a model is taught what its teacher says of random views of images.

Nothing in it is drawn but from the seed, the pass and the image: on one CPU, with the same threads, the same settings
give the same weights, and a training that goes on from a checkpoint ends in those of one that was never stopped.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from vitprune.curve import WEIGHTS, Check, Curve, TrainingSettings
from vitprune.errors import ArgumentInvalid, DatasetEmpty, ModelNotFinite, ModelUnsupported
from vitprune.jobs import Cancelled, Job
from vitprune.memory import halving
from vitprune.precision import current
from vitprune.scores import read_only
from vitprune.statistics import Estimate, bootstrap_difference, bootstrap_mean, proportion, standard_error
from vitprune.training import checkpoint as checkpoints
from vitprune.training import rates
from vitprune.training.aims import Aims
from vitprune.training.coordinates import Coordinates
from vitprune.training.distance import Distance, Said, say
from vitprune.training.views import Pool, apart, cropped, order

CHECKS = 40  # of the held-out images, evenly over the time
WARM = 0.05  # of the time, in which the learning rate rises
BEHIND = 0.02  # of the time, from where on the schedule goes by the time and not by the passes
TRIED_ON = 16  # images for the trial of learning rates
SCALED_BY = 64  # images from which the scale of the features is known
LARGEST_GRADIENT = 1.0  # its norm; a longer one is shortened
KEPT_SECONDS = 60.0  # between checkpoints


def train(
    student: nn.Module,
    teacher: nn.Module,
    pool: Pool,
    settings: TrainingSettings,
    *,
    labels: Sequence[int] | None = None,
    size: int = 8,
    identity: str = "",
    checkpoint: Path | None = None,
    spent: float = 0.0,
    keep_stopped: bool = False,
    on_check: Callable[[Curve], None] = lambda _: None,
    job: Job | None = None,
) -> Curve:
    """Teach the student in place. It ends with its last weights where their loss on the held-out images is within one
    standard error, image by image, of the lowest that was seen (Breiman et al. 1984, section 3.4.3), else with those of
    the lowest, its first ones among them; these too where the training ends before its time. The teacher is read only.
    Both are on the device to train on, and `size` images are run at once.

    `spent` seconds of the time that the settings give are over already. With `checkpoint` the state is kept in that
    file about once a minute, and a training of the same `identity` and settings goes on from what is there. The file
    goes when the training is through, or cancelled. With `keep_stopped` a cancel ends the training early; the answer is
    what was reached.

    Raises ArgumentInvalid for settings that cannot be, or a checkpoint of another training, DatasetEmpty for fewer than
    two images, ModelUnsupported for a model without linear layers, ModelNotFinite where the loss becomes infinite.
    """
    job = job or Job()
    check_settings(settings)
    if len(pool) < 2:
        raise DatasetEmpty("Training takes at least two images: one of them is held out.", hint="Give more images.")
    run = _Run(student, teacher, pool, settings, labels, size, on_check, job)
    try:
        run.begin()
        if checkpoint is not None and checkpoint.exists():
            run.restore(*checkpoints.read(checkpoint), identity)
        else:
            run.spend(spent)
        curve = run.to_the_end(checkpoint, identity)
    except Cancelled:
        if not keep_stopped or not run.checks:
            if checkpoint is not None:
                checkpoint.unlink(missing_ok=True)
            raise
        curve = run.ended("It was stopped.")
    finally:
        run.leave()
    if checkpoint is not None:
        checkpoint.unlink(missing_ok=True)
    return curve


def check_settings(settings: TrainingSettings) -> None:
    """Raises ArgumentInvalid."""

    def refuse(message: str, hint: str) -> None:
        raise ArgumentInvalid(message, hint=hint)

    if settings.minutes is None and settings.passes is None:
        refuse("Nothing says when the training is to end.", "Give minutes, or passes over the images.")
    if settings.minutes is not None and not 0 < settings.minutes < math.inf:
        refuse(f"{settings.minutes} minutes are no time to train.", "Give minutes above 0.")
    if settings.passes is not None and settings.passes < 1:
        refuse(f"{settings.passes} passes train nothing.", "Give at least 1.")
    if settings.weights not in WEIGHTS:
        refuse(f"There is no way {settings.weights!r} to train.", f"Known: {', '.join(WEIGHTS)}.")
    if settings.rank < 1 or settings.batch_size < 1 or settings.patience < 1:
        refuse("Rank, batch size and patience are at least 1.", "Leave them out for the usual ones.")
    if (
        not 0 < (1e-4 if settings.learning_rate is None else settings.learning_rate) <= 1
        or not 0 < settings.temperature <= 100
    ):
        refuse("The learning rate is above 0 and at most 1, the temperature above 0.", "The usual ones are good.")
    if not 0 < settings.crop <= 1 or not 0 < settings.held_out < 1:
        refuse("The smallest crop and the part that is held out are shares.", "Give numbers from 0 to 1.")
    if min(settings.features, settings.labels) < 0:
        refuse("Weights of a loss are 0 or more.", "Leave them out for the usual ones.")


@dataclass
class _Best:
    number: int
    loss: float
    losses: NDArray[np.float64]
    """Of each held-out image."""
    weights: dict[str, Tensor]


class _Run:
    """What changes while a training runs."""

    def __init__(
        self,
        student: nn.Module,
        teacher: nn.Module,
        pool: Pool,
        settings: TrainingSettings,
        labels: Sequence[int] | None,
        size: int,
        on_check: Callable[[Curve], None],
        job: Job,
    ) -> None:
        self._student, self._teacher, self._pool, self._settings = student, teacher, pool, settings
        self._size, self._on_check, self._job = size, on_check, job
        self._labels = None if labels is None or not settings.labels else torch.tensor(labels)
        self._device = next(student.parameters()).device
        self._training, self._held = apart(len(pool), settings)
        self._steps_a_pass = -(-len(self._training) // settings.batch_size)
        self._asked = [(p, p.requires_grad) for p in student.parameters()]
        self._modes = [(module, module.training) for root in (student, teacher) for module in root.modules()]
        self.checks: list[Check] = []
        self._losses: list[float] = []
        self._best = _Best(0, math.inf, np.zeros(0), {})
        self._first = self._last = np.zeros(0)  # the losses of the held-out images at the first check and the last one
        self._worse = 0  # so many checks in a row were more than a standard error worse than the best
        self._began = time.monotonic()
        self._before = 0.0  # the share of the time that was over before the first step

    def begin(self) -> None:
        settings = self._settings
        self._student.requires_grad_(True)
        _learning(self._student)
        self._teacher.eval()
        self._held_aim = Said.of([self._said(self._teacher, images) for images, _ in self._held_out()])
        some = self._training[:SCALED_BY]
        parts = [some[start : start + self._size] for start in range(0, len(some), self._size)]
        whole = [self._said(self._teacher, self._pool.take(part, self._job)) for part in parts]
        known = Said.of(whole)
        self._distance = Distance(settings, known)
        headless = known.logits is None
        self._aims = Aims(len(self._pool), known, features=bool(settings.features) or headless)

        def run() -> None:
            for part in parts:
                views = cropped(self._pool.take(part, self._job), part, settings, 0)
                self._said(self._student, views)

        rank = settings.rank if settings.weights == "low-rank" else 0
        self._coordinates = Coordinates(self._student, run, rank, settings.seed)
        self._weights, self._values = self._coordinates.weights, self._coordinates.values
        if not self._values:
            raise ModelUnsupported(
                "Nothing of this model can be trained: it has no linear layers.", hint="Evaluate it as it is repaired."
            )
        for parameter in self._student.parameters():
            parameter.requires_grad_(any(parameter is weight for weight in self._weights.values()))
        self._rate = settings.learning_rate or self._tried()
        # No decay: zero is nothing that the weights of a trained model should be drawn to.
        self._optimiser = torch.optim.AdamW(self._values.values(), weight_decay=0.0)

    def spend(self, seconds: float) -> None:
        """As if it had begun so long ago."""
        self._began -= seconds

    def to_the_end(self, checkpoint: Path | None, identity: str) -> Curve:
        if not self.checks:
            self._before = min(self._spent(), 1.0)
            self._check()
        kept = time.monotonic()
        while (share := self._share()) < 1:
            self._job.progress("Training", round(1000 * share), 1000, "‰")
            self._step(share)
            if self._share() >= len(self.checks) / CHECKS:
                self._check()
                if self._worse >= self._settings.patience:
                    return self.ended("The loss on the held-out images rose.")
            if checkpoint is not None and time.monotonic() - kept >= KEPT_SECONDS:
                self.keep(checkpoint, identity)
                kept = time.monotonic()
        if self.checks[-1].step < len(self._losses):
            self._check()
        return self.ended("It had the time that it was given.", through=True)

    def ended(self, why: str, *, through: bool = False) -> Curve:
        """Put the weights in place that are to be kept. The rule of one standard error is for a training that is
        `through`: before, the rate still shakes the weights."""
        if through and not self._worse:
            return self._curve(why, len(self.checks) - 1, self._last)
        with torch.no_grad():
            for name, weight in self._weights.items():
                weight.copy_(self._best.weights[name])
        return self._curve(why)

    def leave(self) -> None:
        """The modules in the modes that they were in, the student in the structure."""
        for parameter in self._student.parameters():
            parameter.grad = None
        for parameter, asked in self._asked:
            parameter.requires_grad_(asked)
        for module, mode in self._modes:
            module.training = mode

    # What goes on

    def _share(self) -> float:
        """Of what there was at the first step of the time, or of the passes, whichever is nearer to its end."""
        settings = self._settings
        done = len(self._losses) / (self._steps_a_pass * settings.passes) if settings.passes else 0.0
        spent = (self._spent() - self._before) / (1 - self._before) if self._before < 1 else 1.0
        # While there is time enough, nothing depends on how fast the machine is.
        return spent if spent >= 1 or spent > done + BEHIND else done

    def _spent(self) -> float:
        """Of the time that it may take, what came before the training included."""
        return self._seconds() / (60 * self._settings.minutes) if self._settings.minutes else 0.0

    def _seconds(self) -> float:
        return time.monotonic() - self._began

    def _step(self, share: float) -> None:
        step = len(self._losses)
        number, place = divmod(step, self._steps_a_pass)
        size = self._settings.batch_size
        chosen = [self._training[i] for i in order(len(self._training), self._settings, number)]
        indices = chosen[place * size : (place + 1) * size]
        view = self._aims.view(number)
        views = cropped(self._pool.take(indices, self._job), indices, self._settings, view)
        for group in self._optimiser.param_groups:
            group["lr"] = self._rate * rate(share)

        def gradient(size: int) -> float:
            self._size = size
            self._student.zero_grad()
            total = 0.0
            for start in range(0, len(indices), size):
                some = slice(start, start + size)
                images = views[some].to(self._device)
                aim = self._aims.said(view, indices[some], partial(self._said, self._teacher, images))
                self._job.check()
                loss = self._distance(say(self._student, images), aim, self._labels_of(indices[some]))
                self._job.check()
                (loss.sum() / len(indices)).backward()
                self._job.check()
                total += float(loss.detach().sum())
            return total / len(indices)

        loss = halving(self._size, gradient, self._job)
        self._coordinates.pull()
        norm = nn.utils.clip_grad_norm_(self._values.values(), LARGEST_GRADIENT)
        if not math.isfinite(loss) or not bool(torch.isfinite(norm)):
            raise ModelNotFinite(
                f"The loss became infinite in step {step + 1} of the training.", hint="Use a lower learning rate."
            )
        self._optimiser.step()
        self._coordinates.push()
        self._losses.append(loss)

    def _tried(self) -> float:
        some = self._training[:TRIED_ON]
        views = cropped(self._pool.take(some, self._job), some, self._settings, 0).to(self._device)
        pieces = [(piece, self._said(self._teacher, piece)) for piece in views.split(self._size)]

        def loss() -> Tensor:
            self._coordinates.push()
            with torch.no_grad():
                found = [self._distance(self._said(self._student, piece), aim).sum() for piece, aim in pieces]
            return torch.stack(found).sum() / len(some)

        for piece, aim in pieces:
            self._job.progress("Finding a learning rate", 0, 0, "")
            (self._distance(say(self._student, piece), aim).sum() / len(some)).backward()
        self._coordinates.pull()
        found = rates.by_trial(list(self._values.values()), loss)
        self._coordinates.push()
        return found

    def _labels_of(self, indices: Sequence[int]) -> Tensor | None:
        return None if self._labels is None else self._labels[list(indices)].to(self._device)

    def _said(self, module: nn.Module, images: Tensor) -> Said:
        self._job.check()
        with torch.no_grad():
            return say(module, images.to(self._device))

    def _held_out(self) -> Iterator[tuple[Tensor, list[int]]]:
        for start in range(0, len(self._held), self._size):
            some = self._held[start : start + self._size]
            yield self._pool.take(some, self._job), some

    def _check(self) -> None:
        losses: list[Tensor] = []
        agreed: list[Tensor] = []
        done = 0
        for images, some in self._held_out():
            said, aim = self._said(self._student, images), self._held_aim.part(slice(done, done + len(some)))
            losses.append(self._distance(said, aim, self._labels_of(some)).double().cpu())
            if said.logits is not None and aim.logits is not None:
                agreed.append((said.logits.argmax(-1) == aim.logits.argmax(-1)).cpu())
            done += len(some)
        values = torch.cat(losses).numpy()
        found = bootstrap_mean(values)
        shared = proportion(torch.cat(agreed).numpy()) if agreed else None
        self._first = self._first if self.checks else values
        self._last = values
        if not self.checks or found.value < self._best.loss:
            weights = {name: weight.detach().clone() for name, weight in self._weights.items()}
            self._best = _Best(len(self.checks), found.value, values, weights)
        more = values - self._best.losses
        near = self._best.number == len(self.checks) or float(more.mean()) <= standard_error(more)
        self._worse = 0 if near else self._worse + 1
        self.checks.append(Check(len(self._losses), self._seconds(), found, shared))
        self._on_check(self._curve(""))

    def _curve(self, ended: str, kept: int | None = None, losses: NDArray[np.float64] | None = None) -> Curve:
        """With the check whose weights are kept, and its losses; those of the best without."""
        return Curve(
            settings=self._settings,
            losses=read_only(np.array(self._losses, dtype=np.float64)),
            checks=tuple(self.checks),
            best=self._best.number if kept is None else kept,
            gain=bootstrap_difference(self._first, self._best.losses if losses is None else losses),
            images=len(self._training),
            held_out=len(self._held),
            labelled=self._labels is not None,
            trained=sum(value.numel() for value in self._values.values()),
            seconds=self._seconds(),
            ended=ended,
            precision=current(self._device),
        )

    # Going on later

    def keep(self, path: Path, identity: str) -> None:
        """Write the state into a file."""
        tensors = {f"now.{name}": value for name, value in self._values.items()}
        tensors |= {f"best.{name}": weight for name, weight in self._best.weights.items()}
        for name, value in self._values.items():
            state = self._optimiser.state.get(value, {})
            tensors |= {f"{part}.{name}": state[part] for part in MOMENTS if part in state}
        tensors |= {f"said.{name}": tensor for name, tensor in self._aims.tensors.items()}
        held_out = {"first": self._first, "lowest": self._best.losses, "last": self._last}
        tensors |= {name: torch.tensor(losses) for name, losses in held_out.items()}
        rest = {
            "identity": identity,
            "settings": asdict(self._settings),
            "losses": self._losses,
            "checks": [asdict(check) for check in self.checks],
            "best": self._best.number,
            "best_loss": self._best.loss,
            "worse": self._worse,
            "seconds": self._seconds(),
            "before": self._before,
            "size": self._size,
        }
        checkpoints.write(path, tensors, rest)

    def restore(self, tensors: dict[str, Tensor], rest: dict[str, Any], identity: str) -> None:
        if rest.get("identity") != identity or rest.get("settings") != asdict(self._settings):
            raise ArgumentInvalid(
                "The unfinished training is of another model, of other images or with other settings.",
                hint="Delete it to start again, or ask for the same.",
            )
        try:
            with torch.no_grad():
                for name, value in self._values.items():
                    value.copy_(tensors[f"now.{name}"])
                    found = {part: tensors[f"{part}.{name}"] for part in MOMENTS if f"{part}.{name}" in tensors}
                    if found:
                        step = found.pop("step")
                        moved = {part: tensor.to(self._device) for part, tensor in found.items()}
                        self._optimiser.state[value] = {"step": step, **moved}
            self._coordinates.push()
            self._aims.restore(
                {name.removeprefix("said."): said for name, said in tensors.items() if name.startswith("said.")}
            )
            best = {name: tensors[f"best.{name}"].to(self._device) for name in self._weights}
            self._best = _Best(int(rest["best"]), float(rest["best_loss"]), tensors["lowest"].numpy(), best)
            self._losses = [float(loss) for loss in rest["losses"]]
            self.checks = [_check_of(check) for check in rest["checks"]]
            self._worse = int(rest["worse"])
            self._first, self._last = tensors["first"].numpy(), tensors["last"].numpy()
            self._size = min(self._size, int(rest["size"]))
            self._began = time.monotonic() - float(rest["seconds"])
            self._before = float(rest["before"])
        except (KeyError, TypeError, ValueError, RuntimeError) as error:
            raise ArgumentInvalid(
                "The unfinished training is damaged.", hint="Delete it to start again.", details=repr(error)
            ) from error
        self._on_check(self._curve(""))


MOMENTS = ("step", "exp_avg", "exp_avg_sq")  # what AdamW keeps of each weight


def rate(share: float) -> float:
    """Of the largest learning rate, when this share of the training is over."""
    return min(1.0, (share + 1e-3) / WARM) * 0.5 * (1 + math.cos(math.pi * min(1.0, share)))


def _learning(module: nn.Module) -> None:
    """In training mode, for what keeps no results from one forward to the next then; but running statistics stay, and
    nothing is dropped."""
    module.train()
    for part in module.modules():
        if isinstance(part, FROZEN) or type(part).__name__ in DROPPING:
            part.eval()


FROZEN = (nn.modules.batchnorm._BatchNorm, nn.modules.dropout._DropoutNd)  # pyright: ignore[reportPrivateUsage]
DROPPING = ("DropPath", "PatchDropout", "PatchDropoutWithIndices")


def _check_of(fields: dict[str, Any]) -> Check:
    loss, shared = fields["loss"], fields["agreement"]
    return Check(
        int(fields["step"]), float(fields["seconds"]), Estimate(**loss), None if shared is None else Estimate(**shared)
    )
