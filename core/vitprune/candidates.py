"""A repaired model, and what it becomes with one site more replaced: for all sites from one pass over the images."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

import torch
from torch import Tensor, nn

from vitprune.families import Branch, branch_of, family_of, part
from vitprune.lab import Blocks, Lab, shared_copy
from vitprune.plan import Action, PruningPlan, Target
from vitprune.pooling import own_tokens, pooled_by, prefix_of
from vitprune.repair.fitting import Sight, SiteMoments, add_jointly, fill, output_of, watched
from vitprune.repair.ridge import Moments, constant
from vitprune.segments import Segments
from vitprune.surgery import Form, cut, removals_of, repaired, replace, replacements_of

T = TypeVar("T")


@dataclass(frozen=True)
class _Trial:
    """A site that may go next, and the branch in whose place something would stand for it."""

    site: str
    branch: Branch
    whole: bool
    plan: PruningPlan
    form: Form
    absorbed: bool
    own: int


class Fitted:
    """The model of a lab as a plan leaves it, repaired on `batches`, with fewer images at a time where memory runs out.
    `blocks` are those that are not the lab's own."""

    def __init__(self, lab: Lab, plan: PruningPlan, batches: Sequence[Tensor]) -> None:
        self.lab, self.plan, self.batches = lab, plan, batches
        self.architecture = lab.architecture
        self.model = self._repaired(plan) if len(plan) else lab.module
        self.blocks = self._changed(plan, self.model)

    def with_one_more(self, plans: Mapping[str, PruningPlan]) -> Iterator[tuple[str, Blocks]]:
        """For each site the blocks that stand for the model's own when it goes too, by its plan: this one and the site.

        What stands for the site is fitted to what the dense stream behind it has and the stream of this model before it
        lacks, and what stands for the others stays, though behind the site it was fitted to another stream. Where the
        site holds what stands for others, or is to be folded, everything is fitted anew.
        """
        trials: dict[str, list[_Trial]] = {}
        anchors = {self.plan.anchor(self.architecture, site) for site in self.plan.sites}
        for site, plan in plans.items():
            action = plan.action(site)
            path = self.architecture.by_id[site].parent or site
            if action is Action.FOLD or site in anchors:
                yield site, self._changed(plan, self._repaired(plan))
            elif action is Action.REMOVE:
                yield site, {**self.blocks, path: self._block(path, plan)}
            else:
                trials.setdefault(path, []).append(self._trial(site, path, plan))
        for path, moments in self._over_batches(lambda batches: self._passed(trials, batches)):
            for trial in trials[path]:
                block = self._block(path, trial.plan, trial)
                replacement = part(block, trial.branch.name)
                found = moments[trial.site]
                if isinstance(found, SiteMoments):
                    fill(replacement, found)
                else:
                    with torch.no_grad():
                        replacement.bias.copy_(constant(found).bias)
                yield trial.site, {**self.blocks, path: block}

    def _repaired(self, plan: PruningPlan) -> nn.Module:
        (made,) = self._over_batches(lambda batches: [repaired(plan, self.lab.module, batches, job=self.lab.job)[0]])
        return made.eval()

    def _over_batches(self, run: Callable[[Iterator[Tensor]], Iterable[T]]) -> Iterator[T]:
        return self.lab.portions.passes(lambda: self.batches, run)

    def _changed(self, plan: PruningPlan, model: nn.Module) -> dict[str, nn.Module]:
        """The blocks of a model that its plan changed."""
        by_id, order = self.architecture.by_id, self.lab.segments.blocks
        touched = {*plan.touched, *(plan.anchor(self.architecture, site) for site in plan.sites)} - {""}
        paths = {by_id[site].parent or site for site in touched}
        if plan.target is Target.MODEL and paths:
            paths = set(order[min(map(order.index, paths)) :])
        return {path: model.get_submodule(path) for path in order if path in paths}

    def _trial(self, site: str, path: str, plan: PruningPlan) -> _Trial:
        children = self.architecture.children(site)
        where = children[0].id if children else site
        module = self.lab.module
        forms = replacements_of(plan, self.architecture, module)
        held = replacements_of(plan, self.architecture, module, absorbed=True)
        block = module.get_submodule(path)
        family = family_of(block)
        assert family is not None
        own = own_tokens(prefix_of(module, block, family), pooled_by(module))
        form = forms[where] if where in forms else held[where]
        return _Trial(site, branch_of(module, where)[1], bool(children), plan, form, where in held, own)

    def _block(self, path: str, plan: PruningPlan, trial: _Trial | None = None) -> nn.Module:
        """A block of this model with what a plan removes more of it gone, or replaced by what adds nothing yet."""
        block = shared_copy(self.model.get_submodule(path))
        kept = {f"{path}.{trial.branch.name}"} if trial else set()
        gone = set(removals_of(self.plan, self.lab.module, self._stands()).get(path, ()))
        names = removals_of(plan, self.lab.module, kept | self._stands()).get(path, [])
        if more := [name for name in names if name not in gone]:
            cut(block, {"": more})
        if trial:
            replace(block, {trial.branch.name: trial.form})
        return block

    def _stands(self) -> set[str]:
        """The branches of this model in whose place something stands."""
        return set(replacements_of(self.plan, self.architecture, self.lab.module))

    def _passed(
        self, trials: Mapping[str, Sequence[_Trial]], batches: Iterable[Tensor]
    ) -> Iterator[tuple[str, Mapping[str, Any]]]:
        """The moments of every trial, block by block."""
        dense = self.lab.segments
        mine = Segments(self.model, dense.size) if len(self.plan) else dense
        device = next(self.model.parameters()).device
        theirs = [dense.enter(batch.to(device)) for batch in batches]
        ours = list(theirs)
        last = max((dense.blocks.index(path) for path in trials), default=-1)
        for index, path in enumerate(dense.blocks[: last + 1]):
            moments: dict[str, SiteMoments | Moments] = {}
            for number in range(len(theirs)):
                self.lab.job.progress(
                    "Fitting candidates", index * len(theirs) + number, (last + 1) * len(theirs), "batches"
                )
                here = trials.get(path, ())
                with _looking(self.lab.module.get_submodule(path), here) as of_dense:
                    theirs[number] = dense.advance(theirs[number], index, index + 1)
                    wanted = {trial.site: of_dense(trial) for trial in here}
                seen = wanted
                if mine is not dense:
                    with _looking(self.model.get_submodule(path), here) as of_mine:
                        ours[number] = mine.advance(ours[number], index, index + 1)
                        seen = {trial.site: of_mine(trial) for trial in here}
                for trial in here:
                    source = wanted if trial.plan.target is Target.BRANCH else seen
                    _add(moments, trial, wanted[trial.site][1], source[trial.site][0])
            if path in trials:
                yield path, moments


@contextmanager
def _looking(block: nn.Module, trials: Sequence[_Trial]) -> Iterator[Callable[[_Trial], tuple[Sight, Tensor]]]:
    """While this lasts, what passes the branches of a block is seen; what this gives tells it of a trial, with the
    stream behind its site, (images, tokens, width)."""
    with ExitStack() as stack:
        given = stack.enter_context(output_of(block))
        tells = {trial.site: stack.enter_context(watched(block, trial.branch)) for trial in trials}

        def tell(trial: _Trial) -> tuple[Sight, Tensor]:
            seen = tells[trial.site]()
            assert seen.added is not None
            behind = given[-1].reshape(seen.stream.shape) if trial.whole else seen.stream + seen.added
            return seen, behind

        yield tell


def _add(moments: dict[str, SiteMoments | Moments], trial: _Trial, behind: Tensor, seen: Sight) -> None:
    """`behind` is the dense stream behind the site."""
    x, t = seen.normed, behind - seen.stream
    if trial.site not in moments:
        width = x.shape[-1], t.shape[-1]
        own = SiteMoments(*width, trial.form.own, x.device)
        moments[trial.site] = Moments(*width, x.device) if trial.absorbed else own
    found = moments[trial.site]
    if isinstance(found, SiteMoments):
        found.add(x, t)
    else:
        add_jointly(found, x, t, trial.own)
