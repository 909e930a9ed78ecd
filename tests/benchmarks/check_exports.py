"""Which families can be had as a program of torch.export and as ONNX: reduced models of the conformance suite, pruned.

    python tests/benchmarks/check_exports.py [--family TEXT] [--each 1]

Each is compared with the pruned model in memory on one, three and three images at once.
"""

from __future__ import annotations

import argparse
import importlib
import random
import tempfile
import time
from pathlib import Path

import torch

from tests.core.families.conformance import FamilyConformance, build
from vitprune import PruningPlan, apply, describe
from vitprune.errors import VitPruneError
from vitprune.export import onnx_model, program
from vitprune.export.proving import compared, in_parts, probe

FAMILIES = Path(__file__).parents[1] / "core" / "families"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--family", default="")
    parser.add_argument("--each", type=int, default=1, help="models of each family")
    asked = parser.parse_args()
    failed = 0
    for file in sorted(FAMILIES.glob(f"test_*{asked.family}*.py")):
        module = importlib.import_module(f"tests.core.families.{file.stem}")
        cases = [kind for kind in vars(module).values() if isinstance(kind, type) and "MODELS" in vars(kind)]
        for kind in cases:
            if not issubclass(kind, FamilyConformance) or kind.__module__ != module.__name__:
                continue
            for name in list(kind.MODELS)[: asked.each]:
                started = time.monotonic()
                said = check(*kind.MODELS[name])
                failed += said.count("ExportFailed") > 0
                print(
                    f"{file.stem.removeprefix('test_'):<28} {name:<40} {time.monotonic() - started:5.1f} s  {said}",
                    flush=True,
                )
    return 1 if failed else 0


def check(architecture: str, arguments: dict[str, object]) -> str:
    """What became of each format."""
    model = build(architecture, arguments)
    described = describe(model)
    able = [site.id for site in described.prunable if not site.fixed]
    plan = PruningPlan.of(described, dict.fromkeys(random.Random(0).sample(able, 1), "remove"))
    pruned = apply(plan, model).eval()
    images = probe(described, 1).images
    wanted = in_parts(pruned, images)
    told: list[str] = []
    try:
        traced = program.traced(pruned, described.input_size)
        told.append(f"torch.export {compared('torch.export', in_parts(traced.module(), images), wanted)[1]:.0e}")
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "model.onnx"
            onnx_model.write(traced, file)
            told.append(f"onnx {compared('ONNX', in_parts(onnx_model.session(file), images), wanted)[1]:.0e}")
    except VitPruneError as error:
        told.append(f"{type(error).__name__}: {error.message}")
    except Exception as error:  # noqa: BLE001  a defect, which is what is looked for
        told.append(f"ExportFailed without a name: {type(error).__name__}: {str(error).splitlines()[0][:200]}")
    return ", ".join(told)


if __name__ == "__main__":
    torch.set_num_threads(1)
    raise SystemExit(main())
