"""Train the bundled sample model on Fashion-MNIST and write `resources/vitprune_resources/sample/`.

The images come from Debian's package `dataset-fashion-mnist` (Fashion-MNIST, MIT licence). Twelve blocks, so that the
sample has as many sites to study as a ViT-S or ViT-B, but 96 wide, so that every step of the program takes seconds.

    apt-get install dataset-fashion-mnist
    .venv/bin/python tools/train_sample.py [--epochs 15]
"""

from __future__ import annotations

import argparse
import gzip
import json
import math
import time
from pathlib import Path
from typing import Any

import numpy as np
import timm
import torch
from PIL import Image
from safetensors.torch import save_file
from torch import nn

SAMPLE = Path(__file__).parents[1] / "resources" / "vitprune_resources" / "sample"
CLASSES = ("t-shirt", "trouser", "pullover", "dress", "coat", "sandal", "shirt", "sneaker", "bag", "ankle-boot")
ARCHITECTURE = "vit_tiny_patch16_224"
MODEL_ARGS: dict[str, Any] = {
    "img_size": 28,
    "patch_size": 4,
    "embed_dim": 96,
    "depth": 12,
    "num_heads": 3,
    "num_classes": 10,
}
MEAN = STD = 0.5
SEED = 0


def read_idx(path: Path) -> np.ndarray:
    raw = gzip.decompress(path.read_bytes())
    shape = [int.from_bytes(raw[4 + 4 * i : 8 + 4 * i], "big") for i in range(raw[3])]
    return np.frombuffer(raw, np.uint8, offset=4 + 4 * raw[3]).reshape(shape)


def read_split(folder: Path, split: str) -> tuple[np.ndarray, np.ndarray]:
    return read_idx(folder / f"{split}-images-idx3-ubyte.gz"), read_idx(folder / f"{split}-labels-idx1-ubyte.gz")


def to_input(images: torch.Tensor) -> torch.Tensor:
    """(B, 28, 28) bytes to the (B, 3, 28, 28) floats that the model sees."""
    return ((images.float() / 255 - MEAN) / STD)[:, None].expand(-1, 3, -1, -1)


def augment(images: torch.Tensor) -> torch.Tensor:
    """Flip half of the images: (B, 28, 28) bytes to the same."""
    flip = torch.rand(len(images)) < 0.5
    return torch.where(flip[:, None, None], images.flip(-1), images)


@torch.inference_mode()
def accuracy(model: nn.Module, images: torch.Tensor, labels: torch.Tensor) -> float:
    model.eval()
    hits = sum(
        int((model(to_input(x)).argmax(1) == y).sum())
        for x, y in zip(images.split(500), labels.split(500), strict=True)
    )
    return hits / len(labels)


def train(model: Any, images: torch.Tensor, labels: torch.Tensor, epochs: int, batch: int = 128) -> None:
    """Two thirds of the epochs see a random half of the patches, which halves their cost; the rest see all of them."""
    decayed = [p for p in model.parameters() if p.ndim > 1]
    others = [p for p in model.parameters() if p.ndim <= 1]
    optimizer = torch.optim.AdamW(
        [{"params": decayed, "weight_decay": 0.05}, {"params": others, "weight_decay": 0.0}], lr=1.0, betas=(0.9, 0.98)
    )
    steps = epochs * (len(images) // batch)
    warmup = steps // 12

    def rate(step: int) -> float:
        done = (step - warmup) / max(1, steps - warmup)
        return 1e-3 * (step / warmup if step < warmup else 0.5 * (1 + math.cos(math.pi * done)))

    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, rate)
    loss_of = nn.CrossEntropyLoss(label_smoothing=0.1)
    started = time.monotonic()
    for epoch in range(epochs):
        model.train()
        model.patch_drop.prob = 0.5 if epoch < 2 * epochs // 3 else 0.0
        total = 0.0
        order = torch.randperm(len(images))
        for rows in order[: len(order) // batch * batch].split(batch):
            loss = loss_of(model(to_input(augment(images[rows]))), labels[rows])
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
            schedule.step()
            total += loss.item()
        done = time.monotonic() - started
        print(f"epoch {epoch + 1}/{epochs}  loss {total / (len(order) // batch):.4f}  {done:.0f} s", flush=True)


def write_images(folder: Path, images: np.ndarray, labels: np.ndarray, per_class: int) -> None:
    for label, name in enumerate(CLASSES):
        (folder / name).mkdir(parents=True, exist_ok=True)
        for i in np.flatnonzero(labels == label)[:per_class]:
            Image.fromarray(images[i]).save(folder / name / f"{i:05d}.png", optimize=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path("/usr/share/datasets/fashion-mnist"))
    parser.add_argument("--epochs", type=int, default=15)
    parser.add_argument("--out", type=Path, default=SAMPLE)
    args = parser.parse_args()

    torch.manual_seed(SEED)
    train_images, train_labels = read_split(args.data, "train")
    test_images, test_labels = read_split(args.data, "t10k")
    args.out.mkdir(parents=True, exist_ok=True)
    write_images(args.out / "calibration", train_images, train_labels, 60)
    write_images(args.out / "test", test_images, test_labels, 100)

    model = timm.create_model(ARCHITECTURE, pretrained=False, drop_path_rate=0.1, patch_drop_rate=0.5, **MODEL_ARGS)
    train(model, torch.from_numpy(train_images.copy()), torch.from_numpy(train_labels.astype(np.int64)), args.epochs)

    # Scored as it is shipped: the weights rounded to float16 first.
    weights = {name: value.half().contiguous() for name, value in model.state_dict().items()}
    model.load_state_dict({name: value.float() for name, value in weights.items()})
    top1 = accuracy(model, torch.from_numpy(test_images.copy()), torch.from_numpy(test_labels.astype(np.int64)))
    print(f"top-1 on {len(test_labels)} test images: {top1:.4f}")

    save_file(weights, str(args.out / "model.safetensors"))
    recipe = {
        "format": "vitprune-recipe",
        "version": 1,
        "architecture": ARCHITECTURE,
        "model_args": MODEL_ARGS,
        "data_config": {
            "input_size": [3, 28, 28],
            "interpolation": "bicubic",
            "mean": [MEAN] * 3,
            "std": [STD] * 3,
            "crop_pct": 1.0,
            "crop_mode": "center",
        },
        "class_names": list(CLASSES),
        "licence": "apache-2.0",
        "training": {
            "data": "Fashion-MNIST, training split, 60,000 images (MIT licence, Zalando SE)",
            "epochs": args.epochs,
            "seed": SEED,
            "torch": torch.__version__.split("+")[0],
            "timm": timm.__version__,
            "top1": top1,
            "test_images": len(test_labels),
        },
    }
    (args.out / "recipe.json").write_text(json.dumps(recipe, indent=2) + "\n")


if __name__ == "__main__":
    main()
