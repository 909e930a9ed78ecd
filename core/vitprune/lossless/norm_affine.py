"""W (gamma n + beta) + b is (W gamma) n + (b + W beta): a norm's scale and shift go into the layers after it."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from vitprune.lossless.rule import TOKEN_NORMS, Places, Rule, Saving, branches, is_linear, plain, uncovered, wide


def readers(branch: nn.Module) -> list[nn.Linear]:
    """The linear layers at the entrance of an attention or MLP."""
    names = ("qkv", "q_proj", "k_proj", "v_proj", "gate", "fc1", "fc1_g", "fc1_x")
    found = [getattr(branch, name, None) for name in names]
    return [layer for layer in found if isinstance(layer, nn.Linear)]


def drop_norm_affine(model: nn.Module, place: str) -> None:
    """Take scale and shift of a branch's norm out; where there was a shift, every layer that reads it has a bias."""
    path, _, name = place.rpartition(".")
    block: Any = model.get_submodule(path)
    branch, norm = (block.attn, block.norm1) if name == "attn" else (block.mlp, block.norm2)
    if getattr(norm, "bias", None) is not None:
        for layer in readers(branch):
            if layer.bias is None:
                layer.bias = nn.Parameter(layer.weight.new_zeros(layer.out_features))
        if getattr(branch, "q_bias", None) is not None:
            branch.q_bias = branch.k_bias = branch.v_bias = None
        norm.bias = None
    norm.weight = None
    norm.elementwise_affine = False


def _norm(block: Any, name: str) -> Any:
    return block.norm1 if name == "attn" else block.norm2


def _bias(branch: Any, layer: nn.Linear) -> Tensor | None:
    """The bias of one of the `readers`; EVA keeps those of the queries and values beside the layer."""
    if layer is getattr(branch, "qkv", None) and getattr(branch, "q_bias", None) is not None:
        return torch.cat((branch.q_bias, branch.k_bias, branch.v_bias))
    return layer.bias


def _places(model: nn.Module) -> Places:
    found: dict[str, Saving | str] = {}
    for place, block, branch in branches(model, "attn", "mlp"):
        reason = plain(block) or uncovered(branch)
        if reason:
            found[place] = reason
        elif getattr(norm := _norm(block, place.rpartition(".")[2]), "weight", None) is not None:
            found[place] = _saving(norm, branch)
    return found or {"": "no norm has a scale"}


def _saving(norm: Any, branch: Any) -> Saving | str:
    layers = readers(branch)
    if type(norm) not in TOKEN_NORMS:
        return f"norms of the class {type(norm).__name__} are not covered"
    if not layers or not all(map(is_linear, layers)):
        return "a layer that reads the norm is not a plain linear one"
    saved = norm.weight.numel()
    if (shift := getattr(norm, "bias", None)) is not None:
        saved += shift.numel()
        saved -= sum(layer.out_features for layer in layers if _bias(branch, layer) is None)
        if getattr(branch, "q_bias", None) is not None:
            saved -= branch.k_bias.numel()
    if saved <= 0:
        return "the layers after the norm have no bias, and a new one would be larger than what the norm saves"
    return Saving(saved, 0)


def _fold(model: nn.Module, place: str) -> None:
    path, _, name = place.rpartition(".")
    block: Any = model.get_submodule(path)
    branch, norm = getattr(block, name), _norm(block, name)
    gamma, beta = norm.weight, getattr(norm, "bias", None)
    values: list[tuple[nn.Linear, Tensor, Tensor | None]] = []
    for layer in readers(branch):
        weight, bias = wide(layer.weight), _bias(branch, layer)
        if beta is not None:
            shift = weight @ wide(beta)
            bias = shift if bias is None else wide(bias) + shift
        values.append((layer, weight * wide(gamma), bias))
    drop_norm_affine(model, place)
    with torch.no_grad():
        for layer, weight, bias in values:
            layer.weight.copy_(weight)
            if bias is not None:
                layer.bias.copy_(bias)


RULE = Rule(
    "norm-affine",
    "Fold scale and shift of norms into the layers after",
    "A norm's scale and shift go into the weights and biases of the linear layers that read it; it still normalises.",
    1,
    _places,
    _fold,
    drop_norm_affine,
)
