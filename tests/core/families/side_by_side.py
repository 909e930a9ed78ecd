"""Conformance of blocks whose branches are added in one sum: each is scored as if it were added alone."""

from __future__ import annotations

from collections.abc import Callable

from torch import Tensor, nn

from tests.core.families.conformance import FamilyConformance, cosine
from vitprune.architecture import Architecture, Site


class SideBySide(FamilyConformance):
    def states(self, block: Site, children: tuple[Site, ...], stream: Callable[[list[str]], Tensor]) -> list[Tensor]:
        """Only the block's end; what the branches do is kept for `cosines`."""
        for group in self.groups(children):
            rest = [site.id for site in children if site not in group and site.id > group[-1].id]
            alone = [site.id for site in group]
            before = stream(alone + rest)
            for site in alone:
                added = stream([other for other in alone if other != site] + rest) - before
                self.found[site] = cosine(self.entry(block, before), self.entry(block, before) + added)
        return [stream([])]

    def groups(self, children: tuple[Site, ...]) -> list[tuple[Site, ...]]:
        """The branches that are added at once, in running order."""
        return [children]

    def entry(self, block: Site, before: Tensor) -> Tensor:
        """The stream before a group, given the block's end without that group and what follows."""
        return before

    def cosines(self, model: nn.Module, architecture: Architecture, batch: Tensor) -> dict[str, Tensor]:
        self.found: dict[str, Tensor] = {}
        self.model = model
        blocks = super().cosines(model, architecture, batch)
        return blocks | self.found
