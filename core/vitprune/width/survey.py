"""What passes the branches of a repaired model, summed up for fits that have yet to be chosen.

One pass in running order fits what a plan asks for, as `repair.fitting` does, and looks at the branches that stay: what
their last layers are given, and what their normed stream is, each with what the stream of the dense model behind the
branch has and this model's has not. From these sums, what the branch becomes without any of its units, or with a linear
map in its place, is a matter of algebra.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from vitprune.architecture import Architecture, Site
from vitprune.description import layer_scale
from vitprune.families import branch_of, part
from vitprune.jobs import Job
from vitprune.plan import Action, PruningPlan, Target
from vitprune.pooling import own_tokens, pooled_by
from vitprune.precision import full
from vitprune.repair.fitting import Fitting, SiteMoments, Task, add_jointly, prefix_at, watched
from vitprune.repair.ridge import Moments
from vitprune.surgery import cut_absorbed, replacements_of, structured
from vitprune.width.elimination import Elimination
from vitprune.width.units import Width, width_of

STRIDE = 3
"""Of the tokens without a map of their own, one of so many is summed up: neighbours say nearly the same."""


@dataclass(frozen=True)
class Passed:
    """What was summed up at a branch. `inner` are the moments of the inputs of its last layer and of what is lacking
    behind it, `normed` those of its normed stream and of what a replacement should add; None where there is no such
    thing. `scale` multiplies what the last layer says on its way into the stream; `spread` is the variance of the
    stream behind the branch in the dense model, the sum over channels."""

    site: Site
    block: nn.Module
    width: Width
    layer: nn.Linear | None
    scale: Tensor | None
    inner: Moments | None
    normed: SiteMoments | None
    spread: float

    @property
    def weight(self) -> Tensor:
        """(outputs, inputs) of the last layer, as the stream gets it, float64."""
        assert self.layer is not None
        weight = self.layer.weight.detach().double()
        return weight if self.scale is None else weight * self.scale.double()[:, None]

    @property
    def told(self) -> float:
        """The variance of what the last layer says, the sum over its outputs."""
        assert self.inner is not None
        scatter, weight = self.inner.centred()[0], self.weight
        return float((weight @ scatter * weight).sum()) / self.inner.n

    def elimination(self) -> Elimination:
        assert self.inner is not None
        scatter, lacking, _ = self.inner.centred()
        return Elimination(scatter / self.inner.n, lacking / self.inner.n, self.weight, self.width.columns)


def survey(
    plan: PruningPlan,
    module: nn.Module,
    architecture: Architecture,
    batches: Sequence[Tensor],
    sites: Collection[str],
    on_site: Callable[[Passed], None],
    job: Job | None = None,
) -> nn.Module:
    """The pruned and repaired model; `on_site` is told of each of these branches, in running order, before the next
    block is looked at. Nothing of the sums is kept."""
    held = replacements_of(plan, architecture, module, absorbed=True)
    pruned = structured(plan, module, replacements_of(plan, architecture, module) | held)
    training = module.training
    try:
        with torch.no_grad():
            _Survey(plan, module, pruned, architecture, batches, job or Job(), frozenset(sites), on_site).run()
    finally:
        module.train(training)
    cut_absorbed(pruned, held)
    return pruned.eval()


class _Survey(Fitting):
    def __init__(
        self,
        plan: PruningPlan,
        dense: nn.Module,
        pruned: nn.Module,
        architecture: Architecture,
        batches: Sequence[Tensor],
        job: Job,
        sites: frozenset[str],
        on_site: Callable[[Passed], None],
    ) -> None:
        super().__init__(plan, dense, pruned, architecture, batches, job)
        self.sites = frozenset(site for site in sites if site not in plan.sites)
        self.on_site = on_site
        self.behind: dict[str, list[Tensor]] = {}

    def _last(self, tasks: Sequence[Task]) -> int:
        return len(self.segments.blocks) - 1

    def _targets(self, index: int, tasks: Sequence[Task]) -> tuple[dict[str, list[Tensor]], list[Tensor]]:
        known = {task.site for task in tasks if not task.alone}
        more = [self._looking(index, site) for site in self._here(index) if site.id not in known and _in_stream(site)]
        targets, after = super()._targets(index, [*tasks, *more])
        self.behind = targets
        return targets, after

    def _here(self, index: int) -> list[Site]:
        path = self.segments.blocks[index]
        return [site for site in self.architecture.children(path) if site.id in self.sites]

    def _looking(self, index: int, site: Site) -> Task:
        path, branch = branch_of(self.dense, site.id)
        return Task(site.id, "", index, path, branch, False, 0, "")

    def _advance(self, index: int, dense: list[Tensor], *, changed: bool) -> None:
        path = self.segments.blocks[index]
        block = self.pruned.get_submodule(path)
        own = own_tokens(prefix_at(self.dense, path), pooled_by(self.dense))
        sums = [_Sums(block, branch_of(self.dense, site.id)[1], site, own) for site in self._here(index)]
        after: list[Tensor] = []
        with ExitStack() as stack:
            for each in sums:
                each.watch(stack)
            for number, state in enumerate(self.current):
                self.job.check()
                after.append(self.mine.advance(state, index, index + 1))
                for each in sums:
                    each.add(number, self.behind.get(each.site.id))
        for each in sums:
            self.on_site(each.passed())
        self.diverged = self.diverged or changed
        alike = not self.diverged or self.plan.target is Target.BRANCH
        self.current = list(dense) if alike else after
        self.states = dense


class _Sums:
    """Of one branch."""

    def __init__(self, block: nn.Module, branch: Any, site: Site, own: int) -> None:
        self.block, self.branch, self.site, self.own = block, branch, site, own
        self.width = width_of(block, branch)
        self.layer: Any = part(block, self.width.last) if self.width.count else None
        self.inner: Moments | None = None
        self.normed: SiteMoments | None = None
        self._count = 0
        self._sum: Tensor | None = None
        self._squares: Tensor | None = None
        self._given: list[Tensor] = []
        self._tell: Any = None

    def watch(self, stack: ExitStack) -> None:
        if _in_stream(self.site):
            self._tell = stack.enter_context(watched(self.block, self.branch))
        if self.layer is not None:
            handle = self.layer.register_forward_pre_hook(lambda _, args: self._given.append(args[0]))
            stack.callback(handle.remove)

    def add(self, number: int, behind: Sequence[Tensor] | None) -> None:
        """What the batch of this number said when it passed, and the dense stream behind the branch, by batches."""
        lacking: Tensor | None = None
        if self._tell is not None and behind is not None:
            seen = self._tell()
            missing = behind[number] - seen.stream
            tokens = _some(missing.shape[1], self.own)
            self._spread(behind[number])
            if self.site.cost(Action.LINEAR):
                x, t = seen.normed[:, tokens], missing[:, tokens]
                self.normed = self.normed or SiteMoments(x.shape[-1], t.shape[-1], self.own, x.device)
                self.normed.add(x, t)
            lacking = missing - seen.added if self.site.absorbs else None
        if self.layer is None:
            return
        inputs = full(self._given.pop())
        inputs = inputs.reshape(len(inputs), -1, inputs.shape[-1])
        if lacking is None:  # it is to say what it says now
            lacking = inputs.new_zeros(()).expand(*inputs.shape[:2], self.layer.out_features)
        tokens = _some(inputs.shape[1], self.own)
        x, t = inputs[:, tokens], lacking[:, tokens]
        self.inner = self.inner or Moments(x.shape[-1], t.shape[-1], x.device)
        add_jointly(self.inner, x, t, self.own)

    def _spread(self, stream: Tensor) -> None:
        self._count += stream.shape[0] * stream.shape[1]
        sums, squares = stream.sum((0, 1), dtype=torch.float64), stream.square().sum((0, 1), dtype=torch.float64)
        self._sum = sums if self._sum is None else self._sum + sums
        self._squares = squares if self._squares is None else self._squares + squares

    def passed(self) -> Passed:
        spread = 0.0
        if self._sum is not None and self._squares is not None:
            spread = float((self._squares / self._count - (self._sum / self._count).square()).sum())
        scale = layer_scale(self.block, self.branch) if self.site.absorbs else None
        return Passed(self.site, self.block, self.width, self.layer, scale, self.inner, self.normed, spread)


def _in_stream(site: Site) -> bool:
    """Whether the stream before and behind a branch can be seen, token by token."""
    return site.absorbs or bool(site.repairs)


def _some(tokens: int, own: int) -> list[int]:
    """The same of every image: what is summed up is not to depend on how many images run at once."""
    return [*range(own), *range(own, tokens, STRIDE)] if tokens > own + STRIDE else [*range(tokens)]
