"""Writes `rebuild.py`: plain Python on torch, timm and safetensors that makes the exported model again.

The script carries the source of the block classes that it needs, so it runs, and reads, without ViTPrune.
"""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

from torch import nn

from vitprune.export.source import base_name, embedded
from vitprune.families.class_token import PrefixBlock, PrefixEvaBlock
from vitprune.lossless import recorded, rules
from vitprune.ranges import folded, spread
from vitprune.repair.replacement import stand_in
from vitprune.surgery import Removals, dropped_from, replacements_in
from vitprune.width.cutting import narrow
from vitprune.width.units import units_left

_TEMPLATE = '''"""{title}

Makes the model of this folder again from timm and model.safetensors, and prints its logits for the images named on the
command line, or for two random ones. Needs torch, timm, safetensors and Pillow; nothing else.

    python rebuild.py [IMAGE ...]

In a program of your own, with this folder in sys.path: `from rebuild import model`.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import timm
import torch
from safetensors.torch import load_file, save_file
{imports}
FOLDER = Path(__file__).resolve().parent
ARCHITECTURE = {architecture!r}
MODEL_ARGS = {model_args}
DATA_CONFIG = {data_config}
CLASS_NAMES = {class_names}
# What was taken out of each block.
REMOVED = {removed}
{narrowed}{replaced}{rewritten}{classes}

def build() -> torch.nn.Module:
    """The model, on the CPU, in evaluation mode."""
    model = timm.create_model(ARCHITECTURE, pretrained=False, **MODEL_ARGS)
{surgery}    weights = load_file(FOLDER / "model.safetensors")
    model.load_state_dict({{name: w.float() if w.is_floating_point() else w for name, w in weights.items()}})
    return model.eval()


def __getattr__(name: str) -> torch.nn.Module:
    """Builds the model for `from rebuild import model`."""
    if name == "model":
        return build()
    raise AttributeError(name)


def read(paths: list[str]) -> torch.Tensor:
    """Images as the model wants them: (B, C, H, W)."""
    from PIL import Image
    from timm.data import create_transform

    transform = create_transform(**DATA_CONFIG)
    return torch.stack([transform(Image.open(path).convert("RGB")) for path in paths])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("images", nargs="*")
    parser.add_argument("--tensor", help="a safetensors file with the tensor 'images' to use instead")
    parser.add_argument("--save", help="write the logits to this safetensors file too")
    args = parser.parse_args()
    if args.tensor:
        images = load_file(args.tensor)["images"]
    elif args.images:
        images = read(args.images)
    else:
        generator = torch.Generator().manual_seed(0)
        images = torch.randn(2, *DATA_CONFIG["input_size"], generator=generator)
    model = build()
    with torch.inference_mode():
        logits = model(images)
    for i, row in enumerate(logits.flatten(1).tolist()):
        name = args.images[i] if args.images else f"image {{i}}"
        if CLASS_NAMES:
            name += f" ({{CLASS_NAMES[max(range(len(row)), key=row.__getitem__)]}})"
        print(f"{{name}}: " + " ".join(f"{{value:.6f}}" for value in row))
    if args.save:
        save_file({{"logits": logits.contiguous()}}, args.save)


if __name__ == "__main__":
    main()
'''

_SURGERY = """    for path, names in REMOVED.items():
        block = model.get_submodule(path)
        block.__class__ = SKIPPING[type(block)]
        block.drop(names)
"""


_NARROWING = """    for site, left in LEFT.items():
        narrow(model.get_submodule(site), spread(left))
"""


_REPLACING = """    for site, entry in REPLACED.items():
        stand_in(model, site, **entry)
"""


_REWRITING = """    for name, places in REWRITTEN.items():
        for place in places:
            RESHAPE[name](model, place)
"""


def script(
    module: nn.Module,
    removals: Removals,
    *,
    title: str,
    architecture: str,
    model_args: dict[str, Any],
    data_config: dict[str, Any],
    class_names: tuple[str, ...],
) -> str:
    """The text of rebuild.py for `module`, whose blocks tell which classes are needed."""
    used = list(dict.fromkeys(_skipping(type(module.get_submodule(path))) for path in removals))
    done = recorded(module)
    replaced = {
        site: asdict(form) | {"dropped": dropped_from(module, site, form.form)}
        for site, form in replacements_in(module).items()
    }
    reshaping = {rule.name: rule.reshape for rule in rules() if rule.name in done}
    left = {site: folded(units) for site, units in units_left(module).items()}
    imports, sources = embedded(
        [*used, *([narrow, spread] if left else ()), *([stand_in] if replaced else ()), *reshaping.values()]
    )
    classes = "".join(f"\n\n{source}" for source in sources)
    if used:
        pairs = ", ".join(dict.fromkeys(f"{base_name(block)}: {block.__name__}" for block in used))
        classes += f"\n\nSKIPPING = {{{pairs}}}\n"
    if reshaping:
        pairs = ", ".join(f"{name!r}: {function.__name__}" for name, function in reshaping.items())
        classes += f"\n\nRESHAPE = {{{pairs}}}\n"
    return _TEMPLATE.format(
        title=title,
        imports="".join(f"{line}\n" for line in imports if line != "import torch"),
        architecture=architecture,
        model_args=_literal(model_args),
        data_config=_literal(data_config),
        class_names=_literal(list(class_names)),
        removed=_literal({path: list(names) for path, names in removals.items()}),
        classes=classes,
        narrowed=f"# The heads and hidden neurons that branches have left.\nLEFT = {_literal(left)}\n" if left else "",
        replaced=f"# What stands in the place of branches.\nREPLACED = {_literal(replaced)}\n" if replaced else "",
        rewritten=f"# What was rewritten, in this order; the logits stay.\nREWRITTEN = {_literal(done)}\n"
        if done
        else "",
        surgery=(_SURGERY if used else "")
        + (_NARROWING if left else "")
        + (_REPLACING if replaced else "")
        + (_REWRITING if done else ""),
    )


def _skipping(block: type[nn.Module]) -> type[nn.Module]:
    """The class that the block had when its branches were taken out, before anything was made of it."""
    return next(kind for kind in block.__mro__ if kind not in (PrefixBlock, PrefixEvaBlock))


def _literal(value: object) -> str:
    """A Python literal over several lines. Through JSON, so that nothing but plain data can reach the script."""
    plain = json.loads(json.dumps(value))
    text = json.dumps(plain, indent=4, ensure_ascii=True)
    return repr(plain) if "true" in text or "false" in text or "null" in text else text
