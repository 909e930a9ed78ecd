"""Which tokens a stream has, and where in the image its patches lie."""

from __future__ import annotations

import math
from typing import Any

from torch import Tensor, nn

from vitprune.anatomy import Tokens
from vitprune.families import Family, family_of
from vitprune.families.class_token import PrefixBlock, PrefixEvaBlock
from vitprune.inputs import input_size_of
from vitprune.pooling import prefix_of

_SCATTERED = {
    "Hiera": "Its tokens are kept in the order of mask units, not row by row.",
    "NesT": "Its tokens are kept block by block, not row by row.",
}


def tokens_of(module: nn.Module, block_path: str, stream: Tensor) -> Tokens:
    """The tokens of the residual stream of a block, as the block takes or gives it for one image: (1, N, C), (1, H, W,
    C), or (1, C, H, W) where its family is channels first. Raises KeyError where there is no block at the path."""
    block = module.get_submodule(block_path)
    family = family_of(block)
    if family is None:
        raise KeyError(block_path)
    return tokens_in(module, block, family, stream, prefix_of(module, block, family))


def tokens_in(module: nn.Module, block: nn.Module, family: Family, stream: Tensor, prefix: int) -> Tokens:
    """The same of any stream in a block, of which `prefix` tokens come before the patches."""
    if len(stream) != 1:
        count = stream.numel() // stream.shape[-1]
        return Tokens((), count, None, "Its tokens are kept in several groups, not row by row.")
    if family.name == "NesT":
        count = stream.shape[1] * stream.shape[2]
        return Tokens((), count, None, _SCATTERED["NesT"]) if stream.shape[1] > 1 else _in_rows(module, (), count)
    if stream.ndim == 4:
        rows, columns = stream.shape[2:] if family.channels_first else stream.shape[1:3]
        return Tokens((), rows * columns, (rows, columns))
    names = _prefix_names(module)
    if isinstance(block, PrefixBlock | PrefixEvaBlock) and stream.shape[1] > prefix:
        prefix = len(names)  # it takes all tokens and gives the first
    names = (*names, *(f"extra {i + 1}" for i in range(prefix - len(names))))[:prefix]
    patches = stream.shape[1] - len(names)
    if family.name in _SCATTERED:
        return Tokens(names, patches, None, _SCATTERED[family.name])
    return _in_rows(module, names, patches)


def _in_rows(module: nn.Module, prefix: tuple[str, ...], patches: int) -> Tokens:
    """Patches row by row, in the proportions of the image."""
    if not patches:
        return Tokens(prefix, 0, None, "There is no patch among these tokens.")
    grid = getattr(getattr(module, "patch_embed", None), "grid_size", None)
    if grid and grid[0] * grid[1] == patches:
        return Tokens(prefix, patches, (int(grid[0]), int(grid[1])))
    _, height, width = input_size_of(module)
    rows = math.isqrt(round(patches * height / width))
    if rows and patches % rows == 0 and rows * width == patches // rows * height:
        return Tokens(prefix, patches, (rows, patches // rows))
    return Tokens(prefix, patches, None, "The number of tokens fits no grid of square patches.")


def _prefix_names(module: nn.Module) -> tuple[str, ...]:
    """In the order in which timm's models put them before the patches."""
    holder: Any = getattr(module, "embeds", module)
    names = ["class"] if getattr(holder, "cls_token", None) is not None else []
    if getattr(holder, "dist_token", None) is not None:
        names.append("distillation")
    registers = getattr(holder, "reg_token", None)
    return (*names, *(f"register {i + 1}" for i in range(0 if registers is None else registers.shape[-2])))
