"""Small timm models with random weights in which every parameter matters."""

from __future__ import annotations

import json
import shutil
from importlib.resources import files
from pathlib import Path
from typing import Any

import timm
import torch
from safetensors.torch import load_file, save_file
from torch import nn

SMALL = {"img_size": 32, "patch_size": 8, "embed_dim": 48, "depth": 3, "num_heads": 3, "num_classes": 10}
MODELS: dict[str, tuple[str, dict[str, Any]]] = {
    "vit": ("vit_tiny_patch16_224", SMALL),
    "layer scale, registers": ("vit_small_patch14_reg4_dinov2", SMALL | {"init_values": 0.5}),
    "qk norm, average pool": (
        "vit_tiny_patch16_224",
        SMALL | {"qk_norm": True, "global_pool": "avg", "class_token": False},
    ),
    "differential attention": ("vit_tiny_patch16_224", SMALL | {"attn_layer": "diff"}),
    "attention pool": ("vit_base_patch16_siglip_224", SMALL),
    "no head": ("vit_base_patch16_clip_224", SMALL | {"num_classes": 0}),
    "eva, swiglu, rope": ("eva02_tiny_patch14_224", SMALL),
    "eva, gamma": ("vit_small_patch16_dinov3", SMALL),
    "eva, mixed rope": ("vit_small_patch16_rope_mixed_224", SMALL),
    "eva, post-norm": ("eva02_tiny_patch14_224", SMALL | {"use_post_norm": True}),
}


def build(name: str, **changes: Any) -> nn.Module:
    """A model of `MODELS`, in evaluation mode. Norms, biases and scales are random too: what is forgotten shows."""
    architecture, arguments = MODELS[name]
    model = timm.create_model(architecture, **(arguments | changes))
    generator = torch.Generator().manual_seed(0)
    with torch.no_grad():
        for parameter in model.parameters():
            spread = 0.3 if parameter.ndim > 1 else 0.5
            parameter.copy_(torch.randn(parameter.shape, generator=generator) * spread + (parameter.ndim == 1) * 0.5)
    return model.eval()


def shallow_sample(folder: Path, depth: int = 5) -> Path:
    """The sample without its middle, as a folder called `sample` in this one: the first blocks of its twelve, and the
    last, with their trained weights."""
    source, made = Path(str(files("vitprune_resources") / "sample")), folder / "sample"
    made.mkdir()
    recipe = json.loads((source / "recipe.json").read_text("utf-8"))
    last, recipe["model_args"]["depth"] = recipe["model_args"]["depth"] - 1, depth
    (made / "recipe.json").write_text(json.dumps(recipe), "utf-8")
    shutil.copy(source / "README.md", made)
    places = {f"blocks.{old}.": f"blocks.{new}." for new, old in enumerate((*range(depth - 1), last))}
    kept = {}
    for name, weights in load_file(source / "model.safetensors").items():
        if not name.startswith("blocks."):
            kept[name] = weights
        for old, new in places.items():
            if name.startswith(old):
                kept[new + name.removeprefix(old)] = weights
    save_file(kept, made / "model.safetensors")
    return made


def images(count: int, seed: int = 1, size: int = 32) -> torch.Tensor:
    return torch.randn(count, 3, size, size, generator=torch.Generator().manual_seed(seed))


def hooks_of(model: nn.Module) -> int:
    kinds = ("_forward_hooks", "_forward_pre_hooks", "_backward_hooks", "_backward_pre_hooks")
    return sum(len(getattr(module, kind)) for module in model.modules() for kind in kinds)
