"""Fits what stands for removed sites, block by block in running order, and fills it in.

    weight, bias = argmin Σ |y - x - weight n - bias|² + ridge |weight|²

x is the stream of the repaired model before the site, n its normed form, y the stream of the dense model after the site
(target "stream" and "model"; for "branch", x and n are the dense model's too). Fitting to y - x, and not to what the
branch added, makes good what earlier repairs left. Branches that lose units are fitted in their turn
(`width.compensation`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from vitprune.architecture import Architecture
from vitprune.description import layer_scale
from vitprune.errors import DatasetEmpty
from vitprune.families import Branch, branch_of, family_of, part
from vitprune.jobs import Job
from vitprune.plan import Action, Compensation, PruningPlan, Target
from vitprune.pooling import own_tokens, pooled_by, prefix_of
from vitprune.precision import full
from vitprune.repair.replacement import Replacement
from vitprune.repair.ridge import Fit, Moments, constant, diagonal, reduced, ridge
from vitprune.results import SiteRepair
from vitprune.segments import Segments
from vitprune.width.compensation import add_to, inputs_of, lost, solve
from vitprune.width.units import left_by, site_width

OWN_SHARE = 0.2  # of the weight of a fit that all tokens share, for those that have no map of their own in it
REFIT = "refit"
REFITS = (REFIT, str(Compensation.BIAS), str(Compensation.AFFINE))
"""Fits of the last layer of a branch that stays."""


@dataclass(frozen=True)
class Sight:
    """What passed a branch on one batch, each (images, tokens, width): the stream before it, its normed form, what the
    last linear layer was given, and what the branch added; in float32 at least. None for what was not asked for, or
    does not exist."""

    stream: Tensor
    normed: Tensor
    inner: Tensor | None
    added: Tensor | None


class _Enough(Exception):
    """All that was wanted of this forward has been seen."""


@contextmanager
def watched(block: nn.Module, branch: Branch, until: str = "") -> Iterator[Callable[[], Sight]]:
    """While this lasts, what passes the branch of a block is seen; what this gives tells the last of it. A forward is
    stopped, by an exception, once `until` is seen, "normed" or "added"."""
    seen: dict[str, Tensor] = {}

    def see(name: str, tensor: Tensor) -> None:
        seen[name] = tensor
        if name == until or (name == "stream" and until == "normed" and branch.entry == branch.name):
            raise _Enough

    def enter(_: nn.Module, args: tuple[Any, ...]) -> None:
        seen.clear()
        see("stream", args[0])

    def normed(_: nn.Module, __: object, output: Tensor) -> None:
        see("normed", output)

    def inner(_: nn.Module, args: tuple[Any, ...]) -> None:
        see("inner", args[0])

    def leave(_: nn.Module, __: object, output: Tensor) -> None:
        see("added", output)

    def tell() -> Sight:
        images = len(seen["stream"])
        shaped = {name: full(tensor).reshape(images, -1, tensor.shape[-1]) for name, tensor in seen.items()}
        stream = shaped["stream"]
        return Sight(stream, shaped.get("normed", stream), shaped.get("inner"), shaped.get("added"))

    entry = part(block, branch.entry)
    handles = [entry.register_forward_pre_hook(enter)]
    if branch.entry != branch.name:
        handles.append(entry.register_forward_hook(normed))
    if branch.last and isinstance(last := _last(block, branch), nn.Linear):
        handles.append(last.register_forward_pre_hook(inner))
    handles.append(part(block, branch.exit).register_forward_hook(leave))
    try:
        yield tell
    finally:
        for handle in handles:
            handle.remove()


def sight(block: nn.Module, branch: Branch, run: Callable[[], Any], *, until: str) -> Sight:
    """What passes the branch of a block while `run` runs it, as far as "normed" or "added"."""
    with watched(block, branch, until) as tell:
        with suppress(_Enough):
            run()
        return tell()


def _last(block: nn.Module, branch: Branch) -> nn.Module | None:
    try:
        return part(block, branch.last)
    except AttributeError:
        return None  # something stands in its place


class SiteMoments:
    """The moments of one site: of the tokens that share a map, and of the first `own` that have one of their own."""

    def __init__(self, inputs: int, outputs: int, own: int, device: torch.device | None = None) -> None:
        self.own = own
        self.shared = Moments(inputs, outputs, device)
        self.apart = Moments(inputs, outputs, device) if own else None

    def add(self, x: Tensor, t: Tensor) -> None:
        """(images, tokens, inputs) and (images, tokens, outputs)."""
        self.shared.add(x[:, self.own :].flatten(0, 1), t[:, self.own :].flatten(0, 1))
        if self.apart is not None:
            self.apart.add(x[:, : self.own].flatten(0, 1), t[:, : self.own].flatten(0, 1))

    def fits(self, form: str, rank: int) -> tuple[Fit, Fit | None]:
        fitted: Callable[[Moments], Fit] = {
            "mean": constant,
            "diagonal": diagonal,
            "linear": ridge,
            "low-rank": lambda moments: reduced(moments, ridge(moments), rank),
        }[form]
        return fitted(self.shared), fitted(self.apart) if self.apart is not None else None


def fill(replacement: Replacement, moments: SiteMoments) -> tuple[Fit, Fit | None]:
    """Solve, and write the maps into the replacement."""
    fits = moments.fits(replacement.form, replacement.rank)
    with torch.no_grad():
        for name, fit_ in zip(("", "own_"), fits, strict=True):
            if fit_ is None:
                continue
            getattr(replacement, f"{name}bias").copy_(fit_.bias)
            match replacement.form:
                case "linear":
                    getattr(replacement, f"{name}weight").copy_(fit_.weight)
                case "diagonal":
                    getattr(replacement, f"{name}scale").copy_(fit_.weight.diagonal())
                case "low-rank":
                    left, spread, right = torch.linalg.svd(fit_.weight, full_matrices=False)
                    root = spread[: replacement.rank].sqrt()
                    getattr(replacement, f"{name}up").copy_(left[:, : replacement.rank] * root)
                    getattr(replacement, f"{name}down").copy_(root[:, None] * right[: replacement.rank])
    return fits


@dataclass(frozen=True)
class Task:
    """One fit: `branch` of block `index` is where the stream is looked at, `site` what the plan names. `anchor` is the
    branch whose last layer takes in a constant or a fold. `units` are those that go from a branch that stays, and
    `alone`, that what makes up for them is fitted in the dense model."""

    site: str
    action: str
    index: int
    path: str
    branch: Branch
    whole_block: bool
    own: int
    anchor: str
    units: tuple[int, ...] = ()
    alone: bool = False


@torch.no_grad()
def fit(
    plan: PruningPlan,
    dense: nn.Module,
    pruned: nn.Module,
    architecture: Architecture,
    batches: Sequence[Tensor],
    *,
    job: Job | None = None,
) -> tuple[SiteRepair, ...]:
    """Fit everything that the plan puts in the place of something to the batches (B, C, H, W), and write it into
    `pruned`, which has the structure already. Keeps the streams of all images at one boundary, of both models.

    Raises DatasetEmpty without images.
    """
    if not batches:
        raise DatasetEmpty("A repair has to be fitted to images, and there are none.", hint="Give calibration images.")
    return Fitting(plan, dense, pruned, architecture, batches, job or Job()).run()


class Fitting:
    """Fits block by block; both models are one block further after each."""

    def __init__(
        self,
        plan: PruningPlan,
        dense: nn.Module,
        pruned: nn.Module,
        architecture: Architecture,
        batches: Sequence[Tensor],
        job: Job,
    ) -> None:
        self.plan, self.architecture, self.job = plan, architecture, job
        self.dense, self.pruned = dense, pruned
        self.segments, self.mine = Segments(dense), Segments(pruned)
        device = next(dense.parameters()).device
        self.states = [self.segments.enter(batch.to(device)) for batch in batches]
        self.current = list(self.states)
        """The stream of the model that is being repaired; the dense model's own tensors until they differ."""
        self.diverged = False
        self.added: dict[str, list[Tensor]] = {}  # by what later sites are folded into
        self.fitted: list[SiteRepair] = []

    def run(self) -> tuple[SiteRepair, ...]:
        tasks = list(self._tasks())
        anchors = {task.anchor for task in tasks if task.action == Action.FOLD}
        last = self._last(tasks)
        gone = {self.segments.blocks.index(self.architecture.by_id[site].parent or site) for site in self.plan.touched}
        for index, path in enumerate(self.segments.blocks[: last + 1]):
            self.job.progress("Repairing", index, last + 1, "blocks")
            here = [task for task in tasks if task.index == index]
            targets, dense = self._targets(index, here)
            for task in here:
                if task.alone:
                    self._compensate(task)
                else:
                    self._solve(task, targets[task.site])
            for site in self.architecture.children(path):
                if site.id in anchors:
                    self.added[site.id] = self._contribution(index, site.id)
            self._advance(index, dense, changed=index in gone or bool(here))
        self.job.progress("Repairing", last + 1, last + 1, "blocks")
        return tuple(self.fitted)

    def _last(self, tasks: Sequence[Task]) -> int:
        """The last block that has to be looked at."""
        return max((task.index for task in tasks), default=-1)

    def _tasks(self) -> Iterator[Task]:
        """Every fit, in running order."""
        actions = dict(self.plan.actions)
        refit = self.plan.target is Target.MODEL
        started = False
        pooled = pooled_by(self.dense)
        for site in self.architecture.sites:
            children = self.architecture.children(site.id)
            action = actions.get(site.id)
            units = self.plan.units_of(site.id)
            started = started or action is not None or bool(units)
            fits = action is not None and action is not Action.REMOVE
            stays = site.parent is not None and action is None and site.parent not in actions
            makes_up = bool(units) and self.plan.compensation is not Compensation.NONE and self._biased(site.id)
            if not fits and not makes_up and not (refit and started and stays and site.absorbs):
                continue
            path, branch = branch_of(self.dense, (children[0] if children else site).id)
            index = self.segments.blocks.index(path)
            anchor = self.plan.anchor(self.architecture, site.id) if fits else ""
            own = own_tokens(prefix_at(self.dense, path), pooled)
            name = str(action) if fits else str(self.plan.compensation) if makes_up else REFIT
            alone = makes_up and (self.plan.target is Target.BRANCH or not site.absorbs)
            yield Task(site.id, name, index, path, branch, bool(children), own, anchor, units, alone)

    def _biased(self, site: str) -> bool:
        block, _, width = site_width(self.dense, site)
        return part(block, width.last).bias is not None

    def _targets(self, index: int, tasks: Sequence[Task]) -> tuple[dict[str, list[Tensor]], list[Tensor]]:
        """The dense stream after each site of a block that is to be fitted, and after the block, batch by batch."""
        tasks = [task for task in tasks if not task.alone]
        targets: dict[str, list[Tensor]] = {task.site: [] for task in tasks}
        after: list[Tensor] = []
        block = self.dense.get_submodule(self.segments.blocks[index])
        for state in self.states:
            self.job.check()
            with ExitStack() as stack:
                given = stack.enter_context(output_of(block))
                tells = {t.site: stack.enter_context(watched(block, t.branch)) for t in tasks if not t.whole_block}
                after.append(self.segments.advance(state, index, index + 1))
                for task in tasks:
                    if task.whole_block:
                        targets[task.site].append(given[0].reshape(len(given[0]), -1, given[0].shape[-1]))
                        continue
                    seen = tells[task.site]()
                    assert seen.added is not None
                    targets[task.site].append(seen.stream + seen.added)
        return targets, after

    def _run_dense(self, state: Tensor, index: int) -> None:
        self.segments.advance(state, index, index + 1)

    def _run_mine(self, state: Tensor, index: int) -> None:
        self.mine.advance(state, index, index + 1)

    def _compensate(self, task: Task) -> None:
        """Make up for the units of a branch by what they say in the dense model."""
        block, _, width = site_width(self.dense, task.site)
        layer = part(block, width.last)
        left, gone = width.places(left_by(self.plan, task.site, width.count)), width.places(task.units)
        moments: Moments | None = None
        for state in self.states:
            self.job.check()
            x, t = lost(layer, inputs_of(layer, lambda s=state: self._run_dense(s, task.index)), left, gone)
            moments = moments or _moments(x, t)
            add_jointly(moments, x, t, task.own)
        assert moments is not None
        fitted = solve(moments, task.action)
        add_to(self.pruned.get_submodule(task.path), width.last, fitted)
        self.fitted.append(SiteRepair(task.site, task.action, fitted.explained, float("nan"), fitted.ridge))

    def _solve(self, task: Task, targets: Sequence[Tensor]) -> None:
        to_branch = self.plan.target is Target.BRANCH
        model = self.dense if to_branch else self.pruned
        states = self.states if to_branch else self.current
        advance = self._run_dense if to_branch else self._run_mine
        block = model.get_submodule(task.path)
        moments: SiteMoments | None = None
        joint: Moments | None = None
        absorbed = task.anchor and task.action in (Action.MEAN, Action.FOLD)
        if task.action == Action.FOLD and task.anchor not in self.added:  # it is in the same block
            self.added[task.anchor] = self._contribution(task.index, task.anchor)
        for number, (state, target) in enumerate(zip(states, targets, strict=True)):
            self.job.check()
            refit = task.action in REFITS
            seen = sight(
                block, task.branch, lambda s=state: advance(s, task.index), until="added" if refit else "normed"
            )
            rest = target - seen.stream
            if refit:
                assert seen.inner is not None
                assert seen.added is not None
                joint = joint or _moments(seen.inner, rest)
                add_jointly(joint, seen.inner, rest - seen.added, task.own)
            elif task.action == Action.FOLD:
                given = self.added[task.anchor][number]
                joint = joint or _moments(given, rest)
                add_jointly(joint, given, rest, task.own)
            elif absorbed:
                joint = joint or _moments(seen.normed, rest)
                add_jointly(joint, seen.normed, rest, task.own)
            else:
                moments = moments or SiteMoments(
                    seen.normed.shape[-1], rest.shape[-1], self._replacement(task).own, rest.device
                )
                moments.add(seen.normed, rest)
        own = None
        if moments is not None:
            shared, own = fill(self._replacement(task), moments)
        else:
            assert joint is not None
            shared = constant(joint) if task.action in (Action.MEAN, Compensation.BIAS) else ridge(joint)
            self._absorb(task, shared)
        self.fitted.append(
            SiteRepair(task.site, task.action, shared.explained, own.explained if own else float("nan"), shared.ridge)
        )

    def _replacement(self, task: Task) -> Replacement:
        found = part(self.pruned.get_submodule(task.path), task.branch.name)
        assert isinstance(found, Replacement)
        return found

    def _absorb(self, task: Task, fitted: Fit) -> None:
        """Write a map into the last layer of the branch that takes it in, which adds scale * (weight h + bias)."""
        site = task.anchor or task.site
        path, branch = branch_of(self.dense, site)
        block = self.pruned.get_submodule(path)
        layer = part(block, branch.last)
        scale = layer_scale(block, branch)
        if task.action in REFITS:
            add_to(block, branch.last, fitted, scale)
            return
        scale = torch.ones_like(fitted.bias) if scale is None else scale.double()
        weight, bias = layer.weight.double(), layer.bias.double()
        change = fitted.weight * scale / scale[:, None] if task.action == Action.FOLD else None
        if change is not None:
            weight, bias = weight + change @ weight, bias + change @ bias
        layer.weight.copy_(weight)
        layer.bias.copy_(bias + fitted.bias / scale)
        if self.plan.target is Target.BRANCH:
            return
        if self.segments.blocks.index(path) == task.index:  # it has yet to run
            self.added.pop(site, None)
            return
        changed: list[Tensor] = []
        for number, state in enumerate(self.current):
            more = fitted.bias.to(state.dtype)
            if task.action == Action.FOLD:
                given = self.added[site][number]
                more = given @ fitted.weight.to(given.dtype).mT + more
            if site in self.added:
                self.added[site][number] = self.added[site][number] + more
            changed.append(state + (more.reshape(state.shape) if more.ndim > 1 else more))
        self.current = changed
        self.diverged = True

    def _contribution(self, index: int, site: str) -> list[Tensor]:
        """What a branch of a block adds, batch by batch."""
        to_branch = self.plan.target is Target.BRANCH
        model, states = (self.dense, self.states) if to_branch else (self.pruned, self.current)
        path, branch = branch_of(self.dense, site)
        block = model.get_submodule(path)
        advance = self._run_dense if to_branch else self._run_mine
        found: list[Tensor] = []
        for state in states:
            added = sight(block, branch, lambda s=state: advance(s, index), until="added").added
            assert added is not None
            found.append(added)
        return found

    def _advance(self, index: int, dense: list[Tensor], *, changed: bool) -> None:
        """Both models one block on; `dense` is where that one comes to."""
        self.diverged = self.diverged or changed
        if not self.diverged or self.plan.target is Target.BRANCH:
            self.current = list(dense)
        else:
            for number, state in enumerate(self.current):
                self.job.check()
                self.current[number] = self.mine.advance(state, index, index + 1)
        self.states = dense


def add_jointly(moments: Moments, x: Tensor, t: Tensor, own: int) -> None:
    """Add (images, tokens, inputs) and (images, tokens, outputs) to a fit of one map for all tokens: the `own` first,
    which would have a map of their own, get a share of the weight that says how much hangs on them."""
    images, tokens = x.shape[:2]
    weights = x.new_ones(images, tokens)
    if own and own < tokens:
        weights[:, :own] = max(1.0, OWN_SHARE / (1 - OWN_SHARE) * (tokens - own) / own)
    moments.add(x.flatten(0, 1), t.flatten(0, 1), weights.flatten())


def _moments(x: Tensor, t: Tensor) -> Moments:
    return Moments(x.shape[-1], t.shape[-1], x.device)


@contextmanager
def output_of(module: nn.Module) -> Iterator[list[Tensor]]:
    """What a module gives, call by call, while this lasts."""
    given: list[Tensor] = []

    def note(_: nn.Module, __: object, output: Tensor) -> None:
        given.append(output)

    handle = module.register_forward_hook(note)
    try:
        yield given
    finally:
        handle.remove()


def prefix_at(model: nn.Module, path: str) -> int:
    block = model.get_submodule(path)
    family = family_of(block)
    assert family is not None
    return prefix_of(model, block, family)
