"""The residual stream on one image: how long it is, and what each branch adds to it."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from vitprune.anatomy import Array, StreamNorms, Tokens
from vitprune.capture import Step, Stream, watching
from vitprune.dissection.passing import placed, still
from vitprune.dissection.tokens import tokens_in
from vitprune.errors import ModelUnsupported
from vitprune.families import find_blocks, present
from vitprune.jobs import Job
from vitprune.metrics.accumulators import cosine_of_lengths
from vitprune.pooling import prefix_of
from vitprune.scores import read_only


def stream_norms(module: nn.Module, image: Tensor) -> StreamNorms:
    """Of every branch that the model still has. Raises ModelUnsupported where it has none."""
    seen = _Seen(module)
    with still(module), watching(module, [seen], Job()):
        module(placed(module, image))
    if not seen.sites:
        raise ModelUnsupported(
            "This model has no branches that add to a stream.", hint="`vitprune models` lists those that have."
        )
    return StreamNorms(tuple(seen.sites), tuple(seen.tokens), tuple(seen.before), tuple(seen.added), tuple(seen.cosine))


class _Seen:
    """Keeps every branch of one image. The cosines are those that the scores are means of."""

    def __init__(self, module: nn.Module) -> None:
        self.module = module
        self.branches = {
            f"{path}.{branch.name}" if path else branch.name: (block, family, branch)
            for path, block, family in find_blocks(module)
            for branch in present(block, family)
        }
        self.sites: list[str] = []
        self.tokens: list[Tokens] = []
        self.before: list[Array] = []
        self.added: list[Array] = []
        self.cosine: list[Array] = []

    def enter(self, site: str, stream: Stream) -> None:
        """Nothing is told of it."""

    def sublayer(self, step: Step) -> None:
        before, added, after = step.before.double(), step.added.double(), step.after.norm.double()
        if step.product is None:
            cosine = cosine_of_lengths(before, added, after)
        else:
            cosine = step.product / (before * after).clamp_min(torch.finfo(torch.float32).tiny)
        self.sites.append(step.site)
        self.tokens.append(self._tokens(step))
        for kept, values in ((self.before, before), (self.added, added), (self.cosine, cosine)):
            kept.append(read_only(values[0].float().cpu().numpy()))

    def _tokens(self, step: Step) -> Tokens:
        block, family, branch = self.branches[step.site]
        prefix = prefix_of(self.module, block, family) if branch.prefix is None else branch.prefix
        count = step.before.shape[1]
        stream = step.after.raw
        seen = stream if stream.ndim == 4 and len(stream) == 1 else step.after.tokens
        found = tokens_in(self.module, block, family, seen, prefix)
        reason = "The tokens of this branch are others than those of the stream."
        return found if len(found) == count else Tokens((), count, None, reason)

    def block(self, site: str, after: Stream) -> None:
        """Blocks are no branches."""

    def end_batch(self) -> None:
        """There is one batch."""
