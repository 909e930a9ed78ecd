"""What happens inside a model on one image, as values: patches, positions, attention, neurons, the residual stream,
what the head would say at each depth, and how alike tokens and layers are. `vitprune.dissection` finds them out.

Arrays are float32 and read-only unless said otherwise. L is the number of layers of a kind in running order, H of
heads, N of tokens of a stream, P of its patches."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from vitprune.statistics import Estimate

Array = NDArray[np.float32]
"""Read-only, float32."""
FIRES = 0.05
"""Of the largest hidden unit of an image: a unit that is above that fires."""


@dataclass(frozen=True, eq=False)
class Subject:
    """The image that is looked into. `pixels`, (height, width, 3) uint8, is what reaches the model, after its resize
    and crop and before normalisation; `label` is the class it is said to be, by its folder, None where nobody says."""

    source: str
    digest: str
    pixels: NDArray[np.uint8]
    label: int | None


@dataclass(frozen=True)
class Tokens:
    """The tokens of a stream: `prefix` names those before the patches ("class", "distillation", "register 1", ...),
    then come the patches, row by row on `grid`, (rows, columns). The grid is None where they do not lie so, and
    `reason` says why."""

    prefix: tuple[str, ...]
    patches: int
    grid: tuple[int, int] | None
    reason: str = ""

    def __len__(self) -> int:
        return len(self.prefix) + self.patches

    @property
    def class_token(self) -> int | None:
        return self.prefix.index("class") if "class" in self.prefix else None

    def cell(self, token: int) -> tuple[int, int] | None:
        """Row and column of a token; None for one that is no patch, or where there is no grid."""
        at = token - len(self.prefix)
        return divmod(at, self.grid[1]) if self.grid is not None and at >= 0 else None

    def token_at(self, row: int, column: int) -> int:
        """The token of a cell. Raises ValueError where there is no grid."""
        if self.grid is None:
            raise ValueError(self.reason)
        return len(self.prefix) + row * self.grid[1] + column

    def on_grid(self, values: Array) -> Array:
        """Values of all tokens, (..., N), as maps of the patches, (..., rows, columns). Raises ValueError where there
        is no grid."""
        if self.grid is None:
            raise ValueError(self.reason)
        return values[..., len(self.prefix) :].reshape(*values.shape[:-1], *self.grid)


@dataclass(frozen=True, eq=False)
class Patches:
    """An image cut into patches and embedded. `size` is (height, width) of a patch in pixels, `values` what one patch
    holds, `width` the length of a token. `embedded` is (P, width), before positions are added; `filters`, (k, height,
    width, 3), the first principal components of the rows of the projection as pictures, each scaled to 0..1 about 0.5,
    and `explained`, (k,), the share of each (Dosovitskiy et al. 2021, arXiv:2010.11929, figure 7). `filters` is empty,
    with `reason`, where a stem of several layers makes the tokens."""

    tokens: Tokens
    size: tuple[int, int]
    values: int
    width: int
    embedded: Array
    filters: Array
    explained: Array
    reason: str = ""


@dataclass(frozen=True, eq=False)
class Positions:
    """How the model knows where a patch is. `kind` is "learned" (a vector added to each token), "fixed" (the same, not
    learned), "rotary" (queries and keys are turned by angles of row and column), "relative" (a bias on the scores) or
    "none". A model may know it in several ways: `kinds` are all that were found, in the order in which they act.

    `similarity`, (P, P), is the cosine between the vectors of two patches; of rotary ones the mean over pairs of
    channels of the cosine of the angle between them, which is what the product of two equal vectors keeps of its
    length; of relative ones the mean bias over heads, NaN for two patches that do not lie in one window. Each row is a
    map over `tokens.grid`. `angles`, (P, pairs), are those of rotary positions, in radians from -pi to pi, empty
    otherwise; where heads turn by angles of their own, all pairs of one head come before those of the next. `by_head`,
    (H, P, P), is the bias of each head of the layer `site`, empty otherwise."""

    kind: str
    tokens: Tokens
    similarity: Array
    angles: Array
    by_head: Array
    site: str = ""
    reason: str = ""
    kinds: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class Attention:
    """One attention layer at work. All arrays are (H, queries, keys), over the tokens of the stream, also where windows
    cut it: what lies in another window has a score of -inf and a weight of 0.

    `scores` are q.k times the scale, with what the model adds to them (bias, mask) or does to them before the softmax;
    `weights` those after the softmax, and what is multiplied by the values. They differ from the softmax of `scores`
    only where the model mixes heads after it (`mixed`, arXiv:2003.02436), or where windows reach beyond the image: then
    the padding has the rest of the weight. `value_norms`, (H, keys), are lengths of the value vectors; `effect`, (H,
    queries, keys), the length of what each key adds to the output of a head, weight times the length of the value after
    the head's part of the projection (Kobayashi et al. 2020, arXiv:2004.10102), or of the value itself where more than
    a linear map follows.

    `queries` and `keys` say where the tokens lie; class attention has one query. `q`, `k` and `v`, (H, tokens, width of
    a head), are the very vectors multiplied, and `scale`, (H,), is by what their products are."""

    site: str
    queries: Tokens
    keys: Tokens
    scores: Array
    weights: Array
    q: Array
    k: Array
    v: Array
    scale: Array
    effect: Array
    mixed: bool = False

    @cached_property
    def value_norms(self) -> Array:
        return np.linalg.norm(self.v, axis=-1)


@dataclass(frozen=True, eq=False)
class Heads:
    """All heads of all layers, (L, H) each; L layers named by `sites`, NaN where a layer has fewer heads.

    `entropy` is the mean over queries of the entropy of the weights, in bits, `most` its largest possible value;
    `distance` the mean over patch queries of the weighted distance to the keys that are patches, in pixels (Raghu et
    al. 2021, arXiv:2108.08810), their weights scaled to add up to 1. Of a layer that mixes heads after the softmax,
    both are of what was before. `maps`, one per layer, are (H, rows, columns): the weights of the class token's query,
    or the mean over all queries where there is none (`of_class`). A layer without a grid has NaN for its distance and
    an empty map; one that cannot be shown, NaN for all."""

    sites: tuple[str, ...]
    entropy: Array
    most: Array
    distance: Array
    maps: tuple[Array, ...]
    of_class: tuple[bool, ...]


@dataclass(frozen=True, eq=False)
class Rollout:
    """Where the answer is said to come from, by four opinions, each a map over the patches, (rows, columns).

    `raw` is the last layer's attention from the class token, mean over heads; `rollout` multiplies, from the first
    layer to the last, half identity and half mean attention (Abnar and Zuidema 2020, arXiv:2005.00928); `gradient`
    weights each head by the positive part of gradient times weight of the logit of `target` (Chefer et al. 2021,
    arXiv:2103.15679). Where the head reads other tokens than that of the class, they are means over those. `ablated` is
    measured: by how much the log probability of `target` falls when the patch is replaced by the mean of the image's
    patches at the input of the first block. `by_layer`, (L, N), is the row of the rollout after each layer of `sites`.
    Where tokens are merged on the way, maps are on the grid of the last ones, and all that one covers is replaced.

    `ranks` says how well each opinion orders patches as the ablation does: Spearman with its interval, by name. Patches
    are resampled, n is their number; they are not independent, so that the interval is rather too narrow. An opinion
    that the model does not allow is empty, and `reasons` says why, by name. Without a head `target` is -1."""

    tokens: Tokens
    target: int
    probability: float
    raw: Array
    rollout: Array
    gradient: Array
    ablated: Array
    by_layer: Array
    sites: tuple[str, ...]
    ranks: dict[str, Estimate]
    reasons: dict[str, str]


@dataclass(frozen=True, eq=False)
class Neurons:
    """The hidden units of one MLP, (N, hidden): what each is before the activation, and after it. `kind` is the
    activation's name. A unit of a plain MLP is an output of its first linear layer. One of a `gated` MLP (GLU, SwiGLU)
    has two: `before` is the one that goes through the activation, the gate, and `after` the product of the gate after
    the activation and the other one. `share` of the units are above `FIRES` of the largest of this image after
    the activation: a mean over tokens, with its interval."""

    site: str
    tokens: Tokens
    before: Array
    after: Array
    kind: str
    share: Estimate
    gated: bool = False


@dataclass(frozen=True, eq=False)
class Preferred:
    """The patches of a data set that make hidden units largest. `units` (U,) are those asked for; `values`, (U, K), the
    largest, in falling order, at most one per image; `images`, numbers in the data set, and `tokens`, (U, K), say
    where. `crops`, (U, K, height, width, 3) uint8, show the patch with its neighbours (three patches a side, grey
    beyond the edge of the image). Over `n` images."""

    site: str
    units: NDArray[np.int64]
    values: Array
    images: NDArray[np.int64]
    tokens: NDArray[np.int64]
    crops: NDArray[np.uint8]
    n: int


@dataclass(frozen=True, eq=False)
class StreamNorms:
    """The residual stream on one image. For each branch in `sites`: lengths of the tokens before it and of what it
    adds, and the cosine of the stream before and after, (N,) each. That cosine, and the ratio of the lengths, is what
    colours the tree, there as a mean over tokens and images. Streams of later stages have fewer tokens."""

    sites: tuple[str, ...]
    tokens: tuple[Tokens, ...]
    before: tuple[Array, ...]
    added: tuple[Array, ...]
    cosine: tuple[Array, ...]


@dataclass(frozen=True, eq=False)
class Lens:
    """What the head says of the stream after each block (logit lens: nostalgebraist 2020; for vision, Vilas et al.
    2023, arXiv:2310.18969). `logits`, (L + 1, classes), of the stream as the head pools it, first at the entry of the
    first block, last the model's own answer: what the model would say if no block after this depth added anything.
    `patches`, (L + 1, N), the class that the head would give to each token alone, and `probability`, (L + 1, N), of
    that class. `tokens` are those of the last stage.

    `depths` are the entry of the first block ("") and the blocks. Depths that the head cannot read, since their stream
    has another shape, are not among them, and `reason` says so; the first is then the last block before those that it
    can read, followed by whatever merges its tokens. `patches` and `probability` are (L + 1, 0), with `reason`, where
    the head cannot read a token alone."""

    depths: tuple[str, ...]
    tokens: Tokens
    logits: Array
    patches: NDArray[np.int64]
    probability: Array
    reason: str = ""


@dataclass(frozen=True, eq=False)
class Likeness:
    """How alike the tokens of one image are at each depth: `depths` are the entry of the first block ("") and the
    blocks, but for those whose stream has fewer than two patches.

    `similarity`, one per depth, is (N, N), cosines; `mean`, (depths,), that of all pairs of different patches; `rank`,
    (depths,), the effective rank of the patches, exp of the entropy of their normalised singular values (Roy and
    Vetterli 2007), at most `most`."""

    depths: tuple[str, ...]
    tokens: tuple[Tokens, ...]
    similarity: tuple[Array, ...]
    mean: Array
    rank: Array
    most: Array


@dataclass(frozen=True, eq=False)
class LayerPairs:
    """How alike the stream is at two depths, (depths, depths): `cka` linear CKA of the mean patch token over `n`
    images, with its `standard_error`; `cosine` the mean over tokens and images of the cosine between the same token
    at both, NaN where the streams differ in shape. `depths` as in `Likeness`, `tokens` one per depth. `tokens_cosine`,
    (depths, depths, P), is that of each patch of the image looked into; P is the largest number of patches, and a
    stream of fewer fills the first ones, NaN behind."""

    depths: tuple[str, ...]
    cka: Array
    standard_error: Array
    cosine: Array
    tokens: tuple[Tokens, ...]
    tokens_cosine: Array
    n: int
