"""Small models of every kind that is looked into, in which every parameter matters."""

from __future__ import annotations

from typing import Any

import small_models
import timm
import torch

SMALL = small_models.SMALL
SWIN = {
    "img_size": 64,
    "patch_size": 4,
    "window_size": 4,
    "embed_dim": 24,
    "depths": (2, 2, 2),
    "num_heads": (2, 3, 4),
    "num_classes": 10,
}
MODELS: dict[str, tuple[str, dict[str, Any]]] = {
    "class token": ("vit_tiny_patch16_224", SMALL),
    "average": ("vit_tiny_patch16_224", SMALL | {"global_pool": "avg", "class_token": False}),
    "attention pool": ("vit_base_patch16_siglip_224", SMALL),
    "registers": ("vit_small_patch14_reg4_dinov2", SMALL | {"init_values": 0.5}),
    "SwiGLU, packed": ("vit_giant_patch14_dinov2", SMALL | {"mlp_ratio": 2.0}),
    "distilled": ("deit_tiny_distilled_patch16_224", SMALL),
    "EVA": ("eva02_tiny_patch14_224", SMALL),
    "SwiGLU": ("eva02_base_patch14_224", SMALL),
    "DINOv3": ("vit_small_patch16_dinov3", SMALL),
    "mixed angles": ("vit_small_patch16_rope_mixed_224", SMALL),
    "Gemma": ("gemma4_vit_167m", SMALL),
    "BEiT": ("beit_base_patch16_224", SMALL),
    "Swin": ("swin_tiny_patch4_window7_224", SWIN),
    "CaiT": ("cait_xxs24_224", SMALL),
    "PiT": (
        "pit_ti_224",
        {"img_size": 64, "depth": (1, 1, 2), "base_dims": (16, 16, 16), "heads": (1, 2, 4), "num_classes": 10},
    ),
    "XCiT": ("xcit_nano_12_p8_224", {"img_size": 32, "embed_dim": 48, "depth": 3, "num_heads": 3, "num_classes": 10}),
}


def build(name: str) -> Any:
    architecture, arguments = MODELS[name]
    model = timm.create_model(architecture, **arguments)
    generator = torch.Generator().manual_seed(0)
    with torch.no_grad():
        for parameter in model.parameters():
            spread = 0.15 if parameter.ndim > 1 else 0.5
            parameter.copy_(torch.randn(parameter.shape, generator=generator) * spread + (parameter.ndim == 1) * 0.5)
    return model.eval()


def image(name: str, seed: int = 1) -> torch.Tensor:
    return small_models.images(1, seed, MODELS[name][1]["img_size"])
