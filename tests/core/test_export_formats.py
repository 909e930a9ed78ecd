"""ONNX, torch.export and ptblop: what is written says what the pruned model says, or nothing is written."""

from __future__ import annotations

import json
import threading
import time
import zipfile
from pathlib import Path
from typing import Any, cast

import onnxruntime
import pytest
import timm
import torch
from small_models import build, images, shallow_sample
from torch import nn

from tests.core.exporting import loaded, write
from vitprune import PruningPlan, apply, describe, formats, workflow
from vitprune.errors import ArgumentInvalid, ExportFailed, ExtraMissing
from vitprune.export import apart, onnx_model, program, proving, ptblop
from vitprune.formats import chosen
from vitprune.jobs import Cancelled, Job, Progress
from vitprune.loading import LoadedModel, open_model
from vitprune.plan import Action

REMOVED = {"blocks.1.attn": "remove", "blocks.2.mlp": "remove"}


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> LoadedModel:
    """Without most of its blocks, each of which takes a while to be traced."""
    return open_model(str(shallow_sample(tmp_path_factory.mktemp("models"), 4)))


@pytest.fixture(scope="module")
def pictures(sample: LoadedModel) -> Any:
    return workflow.open_images("sample", sample, images=24)


def mixed(model: nn.Module) -> PruningPlan:
    """A branch that goes, a block that goes, and, where anything can, something that stands in the place of another."""
    architecture = describe(model)
    sites = {"blocks.0.mlp": "remove", "blocks.1": "remove"}
    if architecture.by_id["blocks.2.attn"].cost(Action.LINEAR):
        sites["blocks.2.attn"] = "linear"
    return PruningPlan.of(architecture, sites)


@pytest.mark.parametrize(
    ("name", "changes"),
    [
        ("qk norm, average pool", {}),
        ("attention pool", {"attn_layer": "diff"}),
        ("eva, swiglu, rope", {}),
        ("eva, gamma", {}),
        ("eva, mixed rope", {}),
    ],
)
def test_every_kind_of_model_can_be_had_in_every_format(name: str, changes: dict[str, Any], tmp_path: Path) -> None:
    """Of any number of images, though it was traced with two. Other small models have no operation that these have not;
    all families are looked at by tests/benchmarks/check_exports.py."""
    model = build(name, **changes)
    pruned = apply(mixed(model), model, calibration=[images(16, seed=2)]).eval()
    traced = program.traced(pruned, (3, 32, 32))
    onnx_model.write(traced, tmp_path / "model.onnx")
    assert [file.name for file in tmp_path.iterdir()] == ["model.onnx"], "weights of less than 2 GB are in the file"
    run = onnxruntime.InferenceSession(tmp_path / "model.onnx", providers=["CPUExecutionProvider"])
    assert [entry.name for entry in (*run.get_inputs(), *run.get_outputs())] == ["images", "logits"]
    for count in (1, 2, 5):
        batch = images(count)
        with torch.no_grad():
            wanted = pruned(batch)
            assert torch.equal(traced.module()(batch), wanted)
        found = torch.from_numpy(cast(Any, run.run(None, {"images": batch.numpy()})[0]))
        assert found.shape == wanted.shape
        assert float((found - wanted).abs().max()) <= 1e-5 * float(wanted.abs().max())


@pytest.mark.usefixtures("forked_proofs")
def test_all_formats_of_the_sample_are_proved_on_its_images(sample: LoadedModel, pictures: Any, tmp_path: Path) -> None:
    plan = PruningPlan.of(sample.architecture, REMOVED)
    names = [format_.name for format_ in formats.FORMATS]
    done = workflow.export(sample, plan, tmp_path / "out", formats=names, images=pictures)
    assert {file.name: file.stat().st_size for file in (tmp_path / "out").iterdir()} == done.files
    assert {"model.onnx", "model.pt2", "ptblop.json"} <= done.files.keys()
    assert (done.source, done.images, set(done.batches)) == (pictures.reference.source, 7, {1, 3})
    assert [proof.format for proof in done.proofs] == ["folder", "onnx", "torch-export"]
    for proof in done.proofs:
        assert proof.relative <= 1e-4
        assert proof.bytes == done.files[proof.file] > done.bytes
        assert proof.latency is not None
        assert proof.latency.threads == torch.get_num_threads()
    assert done.dense is not None
    assert len({proof.latency and proof.latency.conditions for proof in done.proofs} | {done.dense.conditions}) == 1
    # By hand: the file of ONNX on images of the test set, beside the model of the folder.
    batch = next(workflow.open_images("sample", sample, purpose="test", images=5).batches(5, Job()))
    run = onnxruntime.InferenceSession(tmp_path / "out" / "model.onnx", providers=["CPUExecutionProvider"])
    found = torch.from_numpy(cast(Any, run.run(None, {"images": batch.numpy()})[0]))
    with torch.no_grad():
        wanted = open_model(str(tmp_path / "out")).module(batch)
    assert torch.equal(found.argmax(1), wanted.argmax(1))
    assert float((found - wanted).abs().max()) <= 1e-4 * float(wanted.abs().max())
    readme = (tmp_path / "out" / "README.md").read_text("utf-8")
    assert all(f"`{proof.file}` | {proof.bytes:,}" in readme for proof in done.proofs)
    # Alone, each file says what it is of; where it was made is nobody's business.
    recipe = (tmp_path / "out" / "recipe.json").read_text("utf-8")
    assert run.get_modelmeta().custom_metadata_map[onnx_model.RECIPE] == recipe
    assert [value.shape[0] for value in (*run.get_inputs(), *run.get_outputs())] == ["batch", "batch"]
    with zipfile.ZipFile(tmp_path / "out" / "model.pt2") as archive:
        inside = {Path(name).name: archive.read(name) for name in archive.namelist()}
    assert inside["recipe.json"].decode() == recipe
    for content in (*inside.values(), (tmp_path / "out" / "model.onnx").read_bytes()):
        assert str(Path(timm.__file__).parent).encode() not in content


@pytest.mark.usefixtures("forked_proofs")
@pytest.mark.parametrize("action", ["remove", "linear", "mean"])
def test_the_file_is_smaller_by_what_the_plan_predicts(
    action: str, sample: LoadedModel, pictures: Any, tmp_path: Path
) -> None:
    """To the byte, but for the names of the tensors at the head of the file."""

    def held(folder: Path) -> int:
        with (folder / "model.safetensors").open("rb") as file:
            head = int.from_bytes(file.read(8), "little")
        return (folder / "model.safetensors").stat().st_size - 8 - head

    plan = PruningPlan.of(sample.architecture, dict.fromkeys(REMOVED, action))
    summary = plan.summary(sample.architecture)
    proved = action == "linear"  # once is enough: it takes another process
    if proved:
        done = workflow.export(sample, plan, tmp_path / "pruned", calibration=pictures)
        assert done.source == pictures.reference.source
        assert (done.predicted, done.dense_bytes - done.bytes) == (4 * summary.params_removed,) * 2
        assert done.bytes == held(tmp_path / "pruned")
        dense = done.dense_bytes
    else:
        write(sample, tmp_path / "pruned", plan, calibration=list(pictures.batches(8, Job())))
        write(sample, tmp_path / "dense", {})
        dense = held(tmp_path / "dense")
    assert dense - held(tmp_path / "pruned") == 4 * summary.params_removed > 0


@pytest.mark.usefixtures("forked_proofs")
def test_what_says_something_else_is_not_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    convert = onnx_model.write

    def disturbed(traced: Any, *where: Any) -> None:
        traced.state_dict["head.weight"] = nn.Parameter(traced.state_dict["head.weight"] + 1e-2)
        convert(traced, *where)

    monkeypatch.setattr(onnx_model, "write", disturbed)
    model = loaded(build("vit"))
    with pytest.raises(ExportFailed, match="ONNX and the model in memory differ by") as failed:
        workflow.export(model, PruningPlan.of(model.architecture), tmp_path / "out", formats=["onnx"])
    assert "was not written" in failed.value.hint
    assert list(tmp_path.iterdir()) == []


@pytest.mark.usefixtures("forked_proofs")
def test_without_images_it_says_that_it_was_proved_on_noise(tmp_path: Path) -> None:
    model = loaded(build("vit"))
    done = workflow.export(model, PruningPlan.of(model.architecture, REMOVED), tmp_path / "out")
    assert done.source == ""
    assert "7 pictures of noise, since no images were at hand" in (tmp_path / "out" / "README.md").read_text("utf-8")


def test_a_script_that_fails_is_heard(tmp_path: Path) -> None:
    """In a process of its own, in its own folder, without the way to this package."""
    script = tmp_path / "script.py"
    script.write_text(
        "import os, sys\nsys.exit(f'{os.getcwd()} {sys.argv[1:]} {os.environ.get(\"PYTHONPATH\")}')", "utf-8"
    )
    with pytest.raises(ExportFailed, match=r"script\.py of the exported folder does not run") as failed:
        apart.run(script, ["a", "b"], job=Job())
    assert failed.value.details.strip() == f"{tmp_path} ['a', 'b'] None"


def test_a_script_is_stopped_where_the_job_is(tmp_path: Path) -> None:
    script, job = tmp_path / "script.py", Job()
    script.write_text("import time\nopen('begun', 'w').close()\ntime.sleep(600)", "utf-8")

    def stop() -> None:
        while not (tmp_path / "begun").exists():
            time.sleep(0.01)
        job.stop.set()

    thread = threading.Thread(target=stop)
    thread.start()
    with pytest.raises(Cancelled):
        apart.run(script, [], job=job)
    thread.join()


def test_few_images_are_used_again(sample: LoadedModel) -> None:
    two = torch.rand(2, *sample.architecture.input_size)
    found = proving.probe(sample.architecture, 4, two, "two")
    assert torch.equal(found.images, two[[0, 1, 0, 1, 0, 1, 0]])


def test_what_cannot_be_traced_says_why() -> None:
    class Fickle(nn.Module):
        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return x if float(x.sum()) > 0 else x + 1

    model = build("vit")
    cast(Any, model).norm = Fickle()
    with pytest.raises(ExportFailed, match=r"torch\.export cannot trace VisionTransformer: ") as failed:
        program.traced(model, (3, 32, 32))
    assert len(failed.value.details) > 50
    assert "without this format" in failed.value.hint


def test_what_is_not_installed_is_named(sample: LoadedModel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    installed = formats.find_spec
    monkeypatch.setattr(formats, "find_spec", lambda name: None if name == "onnxscript" else installed(name))
    with pytest.raises(ExtraMissing, match="onnxscript is not installed") as missing:
        workflow.export(sample, PruningPlan.of(sample.architecture), tmp_path / "out", formats=["onnx"])
    assert 'pip install "vitprune[onnx]"' in missing.value.hint
    assert list(tmp_path.iterdir()) == []
    assert chosen(["torch-export"])[0].missing == ()


def test_an_unknown_format_is_refused() -> None:
    with pytest.raises(ArgumentInvalid, match="'onyx'"):
        chosen(["onyx"])


@pytest.mark.usefixtures("forked_proofs")
def test_a_cancel_between_steps_leaves_nothing(tmp_path: Path) -> None:
    def report(progress: Progress) -> None:
        if progress.stage == "Tracing the model":
            job.stop.set()

    job, model = Job(report), loaded(build("vit"))
    with pytest.raises(Cancelled):
        workflow.export(model, PruningPlan.of(model.architecture), tmp_path / "out", formats=["onnx"], job=job)
    assert list(tmp_path.iterdir()) == []


def used_by(model: nn.Module, configuration: dict[str, dict[str, bool]], batch: torch.Tensor) -> torch.Tensor:
    """What the whole model gives when each of its blocks computes what the configuration says, and nothing else."""

    def forward(block: Any, uses: dict[str, bool]) -> Any:
        def run(x: torch.Tensor, *_: object, **__: object) -> torch.Tensor:
            x = x + block.ls1(block.attn(block.norm1(x))) if uses["use_attention"] else x
            return x + block.ls2(block.mlp(block.norm2(x))) if uses["use_mlp"] else x

        return run

    for path, uses in configuration.items():
        block = model.get_submodule(path)
        assert type(block) is timm.models.vision_transformer.Block
        block.forward = forward(block, uses)
    with torch.no_grad():
        return model(batch)


@pytest.mark.parametrize("name", ["vit", "layer scale, registers"])
def test_ptblop_is_told_what_goes(name: str, tmp_path: Path) -> None:
    model, batch = build(name), images(3)
    plan = PruningPlan.of(describe(model), {"blocks.0.attn": "remove", "blocks.2.mlp": "remove", "blocks.1": "remove"})
    pruned = apply(plan, model)
    found = json.loads(json.dumps(ptblop.configuration(pruned, plan)))
    assert found == {
        "blocks.0": {"use_attention": False, "use_mlp": True},
        "blocks.1": {"use_attention": False, "use_mlp": False},
        "blocks.2": {"use_attention": True, "use_mlp": False},
    }
    with torch.no_grad():
        wanted = pruned(batch)
    assert torch.allclose(used_by(model, found, batch), wanted, atol=1e-5 * float(wanted.abs().max()))


@pytest.mark.parametrize(
    ("name", "sites", "target", "said"),
    [
        ("vit", {"blocks.0.attn": "linear"}, "stream", "blocks.0.attn is fitted to images"),
        ("vit", {"blocks.0.attn": "mean"}, "stream", "blocks.0.attn is fitted to images"),
        ("vit", {"blocks.0.attn": "remove"}, "model", "branches that stay are fitted to images"),
        ("eva, gamma", {"blocks.0.attn": "remove"}, "stream", "blocks.0 is of class EvaBlock"),
    ],
)
def test_what_ptblop_cannot_say_is_refused(name: str, sites: dict[str, str], target: str, said: str) -> None:
    model = build(name)
    plan = PruningPlan.of(describe(model), sites, target)
    pruned = apply(plan, model, calibration=[images(8)])
    with pytest.raises(ExportFailed, match="ptblop") as refused:
        ptblop.configuration(pruned, plan)
    assert said in refused.value.message


def test_ptblop_is_not_told_of_a_part_of_a_layer() -> None:
    model = build("vit")
    plan = PruningPlan.of(
        describe(model), {"blocks.1.mlp": "remove"}, units={"blocks.0.attn": [1]}, compensation="none"
    )
    with pytest.raises(ExportFailed, match=r"takes whole layers out; blocks\.0\.attn has lost a part"):
        ptblop.configuration(apply(plan, model), plan)
