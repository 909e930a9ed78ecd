"""What large models and machines are run with: batches found by trial, channels last, compiled code, shared weights."""

from __future__ import annotations

import io
import json
import tarfile
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import timm
import torch
from small_models import shallow_sample
from torch import nn

from tests.core.test_distributed import here, run
from vitprune import pace, sessions, surgery, workflow
from vitprune.cli import main
from vitprune.description import describe
from vitprune.errors import CompileFailed
from vitprune.jobs import AUTO, Compute, Job
from vitprune.loading import LoadedModel
from vitprune.plan import PruningPlan

CPU = torch.device("cpu")
ONE = Compute(device="cpu", batch_size=2, threads=1)


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> LoadedModel:
    return workflow.open_model(str(shallow_sample(tmp_path_factory.mktemp("small"), 2)))


def tiny(depth: int = 1) -> nn.Module:
    torch.manual_seed(0)
    return timm.create_model(
        "vit_tiny_patch16_224", img_size=32, embed_dim=24, depth=depth, num_heads=2, num_classes=5
    ).eval()


def remover(module: nn.Module, *sites: str) -> PruningPlan:
    return PruningPlan.of(describe(module), dict.fromkeys(sites, "remove"))


class TestBatch:
    def test_is_doubled_until_memory_says_stop(self) -> None:
        module, seen = tiny(), []

        def full(_: nn.Module, args: tuple[Any, ...]) -> None:
            seen.append(len(args[0]))
            if len(args[0]) > 2:
                raise torch.OutOfMemoryError("the memory of this machine ends here")

        module.register_forward_pre_hook(full)
        assert pace.fastest(module, (3, 32, 32), CPU) in (1, 2)
        assert set(seen) <= {1, 2, 4}
        assert not module.training

    def test_is_doubled_until_it_gains_nothing(self, monkeypatch: pytest.MonkeyPatch) -> None:
        rates = {1: 10.0, 2: 18.0, 4: 25.0, 8: 25.1}
        monkeypatch.setattr(pace, "_rate", lambda module, images: rates[len(images)])
        job = Job()
        assert pace.fastest(tiny(), (3, 32, 32), CPU, job) == 4
        assert job.notes == ["Batches of 4 were the fastest."]

    def test_other_errors_are_no_end(self) -> None:
        with pytest.raises(AssertionError):
            pace.fastest(tiny(), (3, 40, 40), CPU)

    def test_is_found_when_asked_for(self, model: LoadedModel, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(pace, "MOST", {"cpu": 4})
        images = workflow.open_images("sample", model, images=6)
        usual, found = (workflow.evaluate(model, images, compute=Compute("cpu", size, 1))[0] for size in (None, AUTO))
        assert found.predictions.tolist() == usual.predictions.tolist()
        assert found.latency is not None
        assert found.latency.batch_size <= 4
        assert any("were the fastest" in warning for warning in found.warnings)


class TestLayout:
    def test_channels_last_says_the_same_and_leaves_nothing(self, model: LoadedModel) -> None:
        images = workflow.open_images("sample", model, images=6)
        usual = workflow.evaluate(model, images, compute=ONE)[0]
        other = workflow.evaluate(model, images, compute=Compute("cpu", 2, 1, channels_last=True))[0]
        np.testing.assert_allclose(other.per_image["loss"], usual.per_image["loss"], rtol=1e-4, atol=1e-5)
        assert all(weight.is_contiguous() for weight in model.module.state_dict().values())
        assert usual.latency is not None
        assert other.latency is not None
        assert other.latency.conditions != usual.latency.conditions, "times that do not compare"
        assert other.latency.device == "cpu, channels last"

    def test_weights_are_laid_out_so_meanwhile(self) -> None:
        module = timm.create_model("vit_small_r26_s32_224", pretrained=False)
        convolutions = [one for one in module.modules() if isinstance(one, nn.Conv2d) and one.kernel_size != (1, 1)]
        with pace.at([module], Compute(channels_last=True)):
            assert all(one.weight.is_contiguous(memory_format=torch.channels_last) for one in convolutions)
        assert all(one.weight.is_contiguous() for one in convolutions)


class TestCompiled:
    @pytest.fixture(autouse=True)
    def fresh(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("TORCHINDUCTOR_CACHE_DIR", str(tmp_path / "compiled"))
        monkeypatch.setenv("TORCHINDUCTOR_COMPILE_THREADS", "1")

    @pytest.mark.timeout(600)
    def test_says_the_same_and_leaves_nothing(self, monkeypatch: pytest.MonkeyPatch) -> None:
        module, images = tiny(), torch.randn(2, 3, 32, 32)
        made: list[object] = []
        compiler = torch.compile

        def simply(function: Any) -> Any:
            """By dynamo, without the compiler of C++, which takes a minute."""
            made.append(function)
            return compiler(function, backend="aot_eager")

        monkeypatch.setattr(torch, "compile", simply)
        with torch.inference_mode():
            usual = module(images)
            with pace.at([module], Compute(compile=True)):
                torch.testing.assert_close(module(images), usual, rtol=1e-4, atol=1e-5)
            assert len(made) == 1
            with pace.at([module], Compute(compile=True), watched=True):
                torch.testing.assert_close(module(images), usual, rtol=1e-4, atol=1e-5)
            assert len(made) == 3
            torch.testing.assert_close(module(images), usual, rtol=0, atol=0)
        assert not {"forward", "forward_features"} & {name for one in module.modules() for name in one.__dict__}

    def test_a_failure_has_a_name(self, monkeypatch: pytest.MonkeyPatch) -> None:
        from torch._inductor import config

        module = tiny()
        with (
            config.patch({"cpp.cxx": ("/nowhere/to/be/found",), "fx_graph_cache": False}),
            pytest.raises(CompileFailed, match=r"torch\.compile does not take"),
            torch.inference_mode(),
            pace.at([module], Compute(compile=True)),
        ):
            module(torch.randn(2, 3, 32, 32))
        assert "forward_features" not in module.__dict__

    def test_what_else_goes_wrong_keeps_its_name(self) -> None:
        with pytest.raises(ZeroDivisionError), pace.at([tiny()], Compute(compile=True)):
            print(1 / 0)


class TestOneCopy:
    """A dense model and what a plan leaves of it are in memory together; what they share is there once."""

    def storages(self, *modules: nn.Module) -> int:
        held = {
            one.untyped_storage().data_ptr(): one.nbytes for module in modules for one in module.state_dict().values()
        }
        return sum(held.values())

    def test_removal_takes_no_memory(self) -> None:
        module = tiny(4)
        plan = remover(module, "blocks.1.attn", "blocks.2.mlp")
        pruned, _ = surgery.repaired(plan, module, shared=True)
        assert self.storages(module, pruned) == self.storages(module)
        alone, _ = surgery.repaired(plan, module)
        assert self.storages(module, alone) > 1.5 * self.storages(module)
        images = torch.randn(2, 3, 32, 32)
        with torch.inference_mode():
            assert torch.equal(pruned.eval()(images), alone.eval()(images))

    def test_the_original_is_as_it_was(self) -> None:
        module = tiny(3)
        before = {name: value.clone() for name, value in module.state_dict().items()}
        surgery.repaired(remover(module, "blocks.0"), module, shared=True)
        after = module.state_dict()
        assert before.keys() == after.keys()
        assert all(torch.equal(after[name], value) for name, value in before.items())

    def test_what_is_fitted_is_a_copy(self) -> None:
        module = tiny(3)
        plan = PruningPlan.of(describe(module), {"blocks.1.mlp": "mean"})
        pruned, _ = surgery.repaired(plan, module, [torch.randn(4, 3, 32, 32)], shared=True)
        owned = {one.data_ptr() for one in module.parameters()}
        assert not owned & {one.data_ptr() for one in pruned.parameters()}

    def test_an_evaluation_makes_no_second_copy(self, model: LoadedModel, monkeypatch: pytest.MonkeyPatch) -> None:
        images = workflow.open_images("sample", model, images=4)
        plan = remover(model.module, "blocks.0.mlp")
        taken: list[int] = []
        measure = workflow.evaluation.evaluate

        def look(dense: nn.Module, pruned: Any, *args: Any, **named: Any) -> Any:
            taken.append(self.storages(dense, *(module for _, module in pruned)))
            return measure(dense, pruned, *args, **named)

        monkeypatch.setattr(workflow.evaluation, "evaluate", look)
        workflow.evaluate(model, images, plan, compute=ONE)
        assert taken == [self.storages(model.module)]


@pytest.mark.timeout(300)
def test_processes_share_a_folder_of_shards(model: LoadedModel, tmp_path: Path) -> None:
    names = workflow.open_images("sample", model, images=12).reference
    root = Path(str(files("vitprune_resources") / "sample" / "calibration"))
    (tmp_path / "shards").mkdir()
    for shard in range(2):
        with tarfile.open(tmp_path / "shards" / f"{shard}.tar", "w") as archive:
            for name in names.paths[shard::2]:
                content = (root / name).read_bytes()
                info = tarfile.TarInfo(name)
                info.size = len(content)
                archive.addfile(info, io.BytesIO(content))
    options = ("--batch-size", 2, "--metrics", "cosine")
    here("analyze", model.reference.source, tmp_path / "shards", "-o", tmp_path / "one.h5", *options)
    done = run(tmp_path, "analyze", model.reference.source, tmp_path / "shards", "-o", tmp_path / "many.h5", *options)
    assert done.returncode == 0, done.stderr
    one, many = sessions.load(tmp_path / "one.h5"), sessions.load(tmp_path / "many.h5")
    assert many.data == one.data
    assert one.data is not None
    assert len(one.data.paths) == 12
    assert sorted(path.partition("/")[2] for path in one.data.paths) == sorted(names.paths)
    assert one.scores is not None
    assert many.scores is not None
    for site, score in one.scores["cosine"].items():
        np.testing.assert_array_equal(many.scores["cosine"][site].per_image, score.per_image)


def test_the_command_line_has_them(model: LoadedModel, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(
            ["evaluate", model.reference.source, "sample", "-o", str(tmp_path / "a.h5"), "--images", "4", "--json",
             "--threads", "1", "--batch-size", "2", "--channels-last"]
        )  # fmt: skip
    assert ended.value.code == 0
    assert json.loads(capsys.readouterr().out)["latency"]["device"] == "cpu, channels last"
