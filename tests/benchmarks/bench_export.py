"""An exported model in every format: is it smaller by what was predicted, does it say the same, and how fast is it,
dense and pruned?

    python tests/benchmarks/bench_export.py MODEL CALIBRATION TEST [--architecture NAME] [--model-args img_size=112,...]
        [--plan PLAN.json | --remove 8 --method repairable --repair linear] [--threads 2] [--batch-size 16]

Every form is compared with the pruned model in memory on images of TEST: the folder's rebuild.py and the program of
torch.export in processes of their own, ONNX Runtime here. Times are taken in turns, of all forms of both models.
"""

from __future__ import annotations

import argparse
import struct
import tempfile
from pathlib import Path

import torch

from vitprune import devices, workflow
from vitprune.export import onnx_model, program
from vitprune.export.proving import in_parts, loaded, probe, rebuilt, timed
from vitprune.formats import TOLERANCE
from vitprune.jobs import Compute, Job
from vitprune.plan import PruningPlan, read
from vitprune.selection import Budget
from vitprune.sources import model_args_in

FORMATS = ("onnx", "torch-export")


def tensors(file: Path) -> int:
    """The bytes of a safetensors file without its head."""
    with file.open("rb") as stream:
        (head,) = struct.unpack("<Q", stream.read(8))
    return file.stat().st_size - 8 - head


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model")
    parser.add_argument("calibration")
    parser.add_argument("test")
    parser.add_argument("--architecture")
    parser.add_argument("--model-args", type=model_args_in, default={})
    parser.add_argument("--plan", type=Path)
    parser.add_argument("--method", default="repairable")
    parser.add_argument("--remove", type=int, default=8)
    parser.add_argument("--repair", default="linear")
    parser.add_argument("--fit-to", default="model")
    parser.add_argument("--images", type=int, default=64, help="that the forms are compared on")
    parser.add_argument("--batch-size", type=int)
    parser.add_argument("--threads", type=int, default=2)
    asked = parser.parse_args()

    compute = Compute("cpu", asked.batch_size, asked.threads)
    model = workflow.open_model(asked.model, architecture=asked.architecture, model_args=asked.model_args)
    calibration = workflow.open_images(asked.calibration, model)
    test = workflow.open_images(asked.test, model, purpose=workflow.TEST, images=asked.images)
    if asked.plan:
        plan = read(asked.plan, model.architecture)
    else:
        found = workflow.analyze(model, calibration, repairs=asked.method == "repairable", compute=compute)
        plan = workflow.plan(
            found,
            model.architecture,
            method=asked.method,
            budget=Budget(remove=asked.remove),
            repair=asked.repair,
            target=asked.fit_to,
            model=model,
            images=calibration,
            compute=compute,
        )
    print(f"{model.reference.architecture} without {', '.join(sorted(plan.sites))}")
    summary = plan.summary(model.architecture)

    with tempfile.TemporaryDirectory() as name, devices.running_on(compute):
        here, ok = Path(name), True
        forms = {}
        batch_size = devices.batch_size(compute, model.architecture)
        for kind, chosen in (("dense", PruningPlan.of(model.architecture)), ("pruned", plan)):
            folder = here / kind
            done = workflow.export(
                model, chosen, folder, calibration=calibration, formats=FORMATS, images=test, compute=compute
            )
            module = workflow.pruned(model, chosen, calibration)  # fitted again: what was written is no part of it
            images = torch.cat(list(test.batches(32, Job())))
            run = onnx_model.session(folder / "model.onnx")
            with torch.inference_mode():
                wanted = torch.cat([module(part) for part in images.split(32)])
                here_onnx = torch.cat([run(part) for part in images.split(5)])
            few = probe(model.architecture, batch_size, images).images
            some = in_parts(module, few)
            print(f"\n{kind}: on {len(images)} images, of {len(few)} those in processes of their own")
            for what, given, expected in (
                ("rebuild.py", rebuilt(folder, images, Job()), wanted),
                ("torch.export", loaded(folder / "model.pt2", few, Job()), some),
                ("ONNX Runtime", here_onnx, wanted),
            ):
                difference = float((given - expected).abs().max())
                relative = difference / float(expected.abs().max())
                same = float((given.argmax(1) == expected.argmax(1)).double().mean())
                ok = ok and relative <= TOLERANCE
                print(f"  {what:<14} differs by {difference:.1e}, {relative:.1e} of the scale; same class {same:.1%}")
            for file, size in done.files.items():
                print(f"  {file:<20} {size:>14,} bytes")
            traced = program.traced(module, model.architecture.input_size)
            forms |= {
                f"{kind}, PyTorch": module,
                f"{kind}, torch.export": traced.module(),
                f"{kind}, ONNX Runtime": run,
            }

        before, after = (tensors(here / kind / "model.safetensors") for kind in ("dense", "pruned"))
        predicted = 4 * summary.params_removed
        ok = ok and before - after == predicted
        print(f"\nweights: {before:,} to {after:,} bytes: {before - after:,} less, {predicted:,} predicted")
        print(f"multiply-accumulates bound the speed-up at {summary.speedup_bound:.2f}\n")
        times = dict(zip(forms, timed(list(forms.values()), model.architecture, batch_size, Job()), strict=True))
        for form, time in times.items():
            low, high = time.quartiles_ms
            of = times[form.replace("pruned", "dense")].median_ms / time.median_ms
            print(
                f"{form:<22} {time.median_ms:8.2f} ms (quartiles {low:.2f} to {high:.2f}), "
                f"dense over it {of:.2f}; {time.batch_size} images, {time.threads} threads"
            )
        print("all agree" if ok else "NOT ALL AGREE")
    return 0 if ok else 1


if __name__ == "__main__":
    raise SystemExit(main())
