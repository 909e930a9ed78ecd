"""Models from a name, a folder or a file: what timm itself makes of them, or an error that says what is wrong."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import timm
import torch
from safetensors.torch import load_file, save_file
from timm.data.config import resolve_model_data_config
from torch import Tensor, nn

from vitprune import loading
from vitprune.errors import (
    ArgumentInvalid,
    ModelNotFinite,
    ModelNotFound,
    OutOfMemory,
    RecipeInvalid,
    VitPruneError,
    WeightsMismatch,
    WeightsUnreadable,
)
from vitprune.loading import open_model
from vitprune.surgery import cut

NAME = "vit_tiny_patch16_224"
ARGS: dict[str, Any] = {"img_size": 32, "patch_size": 8, "embed_dim": 48, "depth": 3, "num_heads": 3}
CLASSES = ("ant", "bee", "cat", "dog", "elk")
RECIPE: dict[str, Any] = {
    "format": "vitprune-recipe",
    "version": 1,
    "architecture": NAME,
    "model_args": {**ARGS, "num_classes": 5},
    "data_config": {
        "input_size": [3, 32, 32],
        "interpolation": "bilinear",
        "mean": [0.1, 0.2, 0.3],
        "std": [0.4, 0.5, 0.6],
        "crop_pct": 1.0,
        "crop_mode": "squash",
    },
    "class_names": list(CLASSES),
    "licence": "mit",
}


def tiny(**args: Any) -> nn.Module:
    torch.manual_seed(0)
    return timm.create_model(NAME, **{**ARGS, "num_classes": 5, **args}).eval()


def state(**args: Any) -> dict[str, Tensor]:
    return tiny(**args).state_dict()


def saved(folder: Path, weights: dict[str, Tensor] | None = None, name: str = "weights.safetensors") -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    save_file({k: v.contiguous() for k, v in (weights or state()).items()}, folder / name)
    return folder / name


def exported(folder: Path, weights: dict[str, Tensor] | None = None, **changes: Any) -> str:
    """An exported folder. A change of None takes the field out."""
    saved(folder, weights, "model.safetensors")
    recipe = {key: value for key, value in {**RECIPE, **changes}.items() if value is not None}
    (folder / "recipe.json").write_text(json.dumps(recipe))
    return str(folder)


def opened(path: Path, **args: Any) -> loading.LoadedModel:
    return open_model(str(path), architecture=NAME, model_args={**ARGS, **args})


def assert_same(module: nn.Module, expected: nn.Module, size: int = 32) -> None:
    images = torch.randn(2, 3, size, size, generator=torch.Generator().manual_seed(1))
    with torch.inference_mode():
        assert torch.equal(module(images), expected(images))


class TestWeightsFile:
    def test_is_the_model_that_was_saved(self, tmp_path: Path) -> None:
        model = opened(saved(tmp_path))
        assert_same(model.module, tiny())
        assert not model.module.training
        assert model.report == loading.KeyReport(loaded=len(state()))
        assert (model.architecture.num_classes, model.architecture.input_size) == (5, (3, 32, 32))
        assert model.plan is None

    def test_reference_opens_it_again(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        saved(tmp_path / "here")
        monkeypatch.chdir(tmp_path)
        reference = opened(Path("here/weights.safetensors")).reference
        monkeypatch.chdir("/")
        again = open_model(reference.source, architecture=reference.architecture, model_args=reference.model_args)
        assert again.reference == reference
        assert reference.model_args["num_classes"] == 5

    @pytest.mark.parametrize("suffix", ["pth", "pt", "bin"])
    @pytest.mark.parametrize("legacy", [True, False])
    def test_torch_files(self, tmp_path: Path, suffix: str, legacy: bool) -> None:
        torch.save(state(), tmp_path / f"w.{suffix}", _use_new_zipfile_serialization=not legacy)
        assert_same(opened(tmp_path / f"w.{suffix}").module, tiny())

    @pytest.mark.parametrize(
        "wrap",
        [
            lambda weights: {"model": weights},
            lambda weights: {"state_dict": weights, "epoch": 3, "optimizer": {"lr": 0.1}},
            lambda weights: {"model": {"state_dict": weights}},
            lambda weights: {f"module.{k}": v for k, v in weights.items()},
            lambda weights: {"state_dict": {f"_orig_mod.module.{k}": v for k, v in weights.items()}},
            lambda weights: {"state_dict": weights, "args": argparse.Namespace(lr=0.1, model=NAME)},
            lambda weights: {k: nn.Parameter(v) for k, v in weights.items()},
        ],
    )
    def test_wrapped(self, tmp_path: Path, wrap: Callable[[dict[str, Tensor]], object]) -> None:
        torch.save(wrap(state()), tmp_path / "w.pth")
        assert_same(opened(tmp_path / "w.pth").module, tiny())

    @pytest.mark.parametrize("key", ["state_dict_ema", "model_ema"])
    def test_averaged_weights_come_first(self, tmp_path: Path, key: str) -> None:
        other = {name: torch.zeros_like(value) for name, value in state().items()}
        torch.save({"state_dict": other, key: state()}, tmp_path / "w.pth")
        assert_same(opened(tmp_path / "w.pth").module, tiny())

    @pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float64])
    def test_other_precisions_become_float32(self, tmp_path: Path, dtype: torch.dtype) -> None:
        module = opened(saved(tmp_path, {k: v.to(dtype) for k, v in state().items()})).module
        assert {p.dtype for p in module.parameters()} == {torch.float32}
        for name, value in module.state_dict().items():
            assert torch.equal(value, state()[name].to(dtype).float())

    def test_position_embeddings_are_resized_as_timm_does(self, tmp_path: Path) -> None:
        path = saved(tmp_path, state(img_size=64))
        module = opened(path).module
        overlay = {"file": str(path), "num_classes": 5}
        expected = timm.create_model(
            NAME, pretrained=True, pretrained_cfg_overlay=overlay, **ARGS, num_classes=5
        ).eval()
        assert_same(module, expected)

    def test_data_config_has_the_size_that_the_model_was_built_for(self, tmp_path: Path) -> None:
        model = opened(saved(tmp_path))
        assert resolve_model_data_config(model.module)["input_size"] == (3, 224, 224)  # the trap
        assert model.data_config["input_size"] == (3, 32, 32)
        assert model.data_config["mean"] == (0.5, 0.5, 0.5)

    def test_a_file_without_a_head_opens_without_one(self, tmp_path: Path) -> None:
        model = opened(saved(tmp_path, {k: v for k, v in state().items() if not k.startswith("head.")}))
        assert model.reference.model_args["num_classes"] == 0
        expected = tiny()
        expected.reset_classifier(0)  # pyright: ignore[reportCallIssue]
        assert_same(model.module, expected)

    def test_extra_keys_are_reported(self, tmp_path: Path) -> None:
        model = opened(saved(tmp_path, {**state(), "extra.weight": torch.ones(2)}))
        assert model.report.unexpected == ("extra.weight",)
        assert_same(model.module, tiny())

    def test_digest_tells_weights_apart_and_only_weights(self, tmp_path: Path) -> None:
        first = opened(saved(tmp_path / "a")).reference.weights_sha256
        torch.save({"model": state()}, tmp_path / "b.pth")
        assert opened(tmp_path / "b.pth").reference.weights_sha256 == first
        changed = state()
        changed["blocks.1.mlp.fc1.bias"][3] += 1e-6
        assert opened(saved(tmp_path / "c", changed)).reference.weights_sha256 != first

    def test_missing_keys(self, tmp_path: Path) -> None:
        with pytest.raises(WeightsMismatch, match=r"4 missing \(blocks\.1\.attn\.qkv\.weight") as caught:
            opened(saved(tmp_path, {k: v for k, v in state().items() if not k.startswith("blocks.1.attn.")}))
        assert "blocks.1.attn.proj.bias" in caught.value.details

    def test_other_shapes(self, tmp_path: Path) -> None:
        with pytest.raises(WeightsMismatch, match="of another shape"):
            opened(saved(tmp_path, state(embed_dim=60)))

    def test_another_number_of_classes_is_no_random_head(self, tmp_path: Path) -> None:
        with pytest.raises(WeightsMismatch, match=r"head\.weight"):
            opened(saved(tmp_path), num_classes=7)

    def test_integers_are_no_weights(self, tmp_path: Path) -> None:
        weights = {**state(), "norm.bias": torch.ones(48, dtype=torch.int8)}
        with pytest.raises(WeightsMismatch, match=r"norm\.bias"):
            opened(saved(tmp_path, weights))

    @pytest.mark.parametrize("value", [float("nan"), float("inf")])
    def test_not_finite(self, tmp_path: Path, value: float) -> None:
        weights = state()
        weights["blocks.2.attn.proj.weight"][4, 5] = value
        with pytest.raises(ModelNotFinite, match=r"blocks\.2\.attn\.proj\.weight"):
            opened(saved(tmp_path, weights))

    def test_too_large_for_float32_is_not_finite(self, tmp_path: Path) -> None:
        weights = {k: v.double() for k, v in state().items()}
        weights["norm.weight"][0] = 1e300
        with pytest.raises(ModelNotFinite, match=r"norm\.weight"):
            opened(saved(tmp_path, weights))

    def test_the_architecture_has_to_be_said(self, tmp_path: Path) -> None:
        with pytest.raises(ArgumentInvalid, match="architecture") as caught:
            open_model(str(saved(tmp_path)))
        assert "--architecture" in caught.value.hint

    def test_unknown_architecture(self, tmp_path: Path) -> None:
        with pytest.raises(ModelNotFound) as caught:
            open_model(str(saved(tmp_path)), architecture="vit_tiny_patch16_225")
        assert NAME in caught.value.hint

    @pytest.mark.parametrize(
        "args",
        [
            {"checkpoint_path": "/etc/passwd"},
            {"pretrained": True},
            {"pretrained_cfg_overlay": "x"},
            {"embed_dim": 10**9},
            {"depth": 5000},
            {"act_layer": {"a": 1}},
            {"drop_rate": float("nan")},
            {"no such": 1},
        ],
    )
    def test_arguments_are_checked(self, tmp_path: Path, args: dict[str, Any]) -> None:
        with pytest.raises(ArgumentInvalid, match="model_args"):
            opened(saved(tmp_path), **args)

    def test_arguments_that_timm_refuses(self, tmp_path: Path) -> None:
        with pytest.raises(ArgumentInvalid, match="number_of_layers"):
            opened(saved(tmp_path), number_of_layers=3)

    def test_more_than_the_memory(self, tmp_path: Path) -> None:
        with pytest.raises(OutOfMemory, match="GB"):
            opened(saved(tmp_path), embed_dim=96_000)

    def test_other_file(self, tmp_path: Path) -> None:
        (tmp_path / "a.onnx").write_bytes(b"x")
        with pytest.raises(WeightsUnreadable, match=r"a\.onnx"):
            opened(tmp_path / "a.onnx")

    def test_file_called_like_a_model(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        saved(tmp_path, name=f"{NAME}.safetensors")
        monkeypatch.chdir(tmp_path)
        assert_same(open_model(f"{NAME}.safetensors", architecture=NAME, model_args=ARGS).module, tiny())


class TestClassNames:
    def test_from_the_argument(self, tmp_path: Path) -> None:
        path = str(saved(tmp_path))
        assert (
            open_model(path, architecture=NAME, model_args=ARGS, class_names=CLASSES).reference.class_names == CLASSES
        )

    def test_from_the_file_beside(self, tmp_path: Path) -> None:
        path = saved(tmp_path)
        (tmp_path / "classes.txt").write_bytes("\ufeffant\r\nbee\r\n cat \r\ndog\r\nélan\r\n\r\n".encode())
        assert opened(path).reference.class_names == ("ant", "bee", "cat", "dog", "élan")

    @pytest.mark.parametrize("content", [b"\xff\xfe\x00bad", b"ant\nbee\n"])
    def test_unreadable_or_of_another_number(self, tmp_path: Path, content: bytes) -> None:
        path = saved(tmp_path)
        (tmp_path / "classes.txt").write_bytes(content)
        with pytest.raises(ArgumentInvalid):
            opened(path)


class TestFolder:
    def test_is_the_model_that_was_exported(self, tmp_path: Path) -> None:
        model = open_model(exported(tmp_path / "out"))
        assert_same(model.module, tiny())
        assert (model.reference.class_names, model.reference.licence) == (CLASSES, "mit")
        assert model.reference.source == str(tmp_path / "out")
        assert model.data_config["crop_mode"] == "squash"
        assert model.data_config["mean"] == (0.1, 0.2, 0.3)

    def test_pruned(self, tmp_path: Path) -> None:
        surgery = {
            "blocks.1": ["norm1", "attn", "ls1", "drop_path1"],
            "blocks.2": ["norm2", "mlp", "ls2", "drop_path2"],
        }
        expected = tiny()
        cut(expected, surgery)
        sites = {"blocks.1.attn": "remove", "blocks.2.mlp": "remove"}
        folder = exported(
            tmp_path / "out", expected.state_dict(), surgery=surgery, plan={"format": "vitprune-plan", "sites": sites}
        )
        model = open_model(folder)
        assert_same(model.module, expected)
        assert model.plan == sites
        assert "blocks.1.attn" not in model.architecture.by_id
        assert sum(p.numel() for p in model.module.parameters()) < sum(p.numel() for p in tiny().parameters())

    def test_weights_that_the_recipe_was_not_written_for(self, tmp_path: Path) -> None:
        right = open_model(exported(tmp_path / "out")).reference.weights_sha256
        assert open_model(exported(tmp_path / "out", digests={"exported": right})).reference.weights_sha256 == right
        changed = state()
        changed["norm.bias"][0] += 1
        with pytest.raises(WeightsMismatch, match="recipe"):
            open_model(exported(tmp_path / "out", changed, digests={"exported": right}))

    @pytest.mark.parametrize("missing", ["recipe.json", "model.safetensors"])
    def test_without_a_part(self, tmp_path: Path, missing: str) -> None:
        folder = exported(tmp_path / "out")
        (tmp_path / "out" / missing).unlink()
        with pytest.raises(ModelNotFound, match=missing):
            open_model(folder)

    def test_arguments_cannot_change_it(self, tmp_path: Path) -> None:
        with pytest.raises(ArgumentInvalid):
            open_model(exported(tmp_path / "out"), model_args={"depth": 2})

    @pytest.mark.parametrize(
        "change",
        [
            {"format": "other"},
            {"version": 3},
            {"version": True},
            {"architecture": None},
            {"architecture": 3},
            {"architecture": "hf-hub:somebody/model"},
            {"architecture": "local-dir:/tmp"},
            {"architecture": "../vit_tiny_patch16_224"},
            {"architecture": "vit_of_my_own"},
            {"model_args": [1]},
            {"model_args": {**ARGS, "num_classes": 10**12}},
            {"model_args": {**ARGS, "num_classes": 5, "checkpoint_path": "x.pth"}},
            {"model_args": {**ARGS, "num_classes": 5, "cache_dir": "/"}},
            {"model_args": {**ARGS, "num_classes": 5, "depth": "deep"}},
            {"data_config": {**RECIPE["data_config"], "input_size": [3, 64, 64]}},
            {"data_config": {**RECIPE["data_config"], "input_size": [3, 32]}},
            {"data_config": {**RECIPE["data_config"], "input_size": [3, 32.0, 32]}},
            {"data_config": {**RECIPE["data_config"], "std": [0, 1, 1]}},
            {"data_config": {**RECIPE["data_config"], "mean": ["a", 1, 1]}},
            {"data_config": {**RECIPE["data_config"], "interpolation": "magic"}},
            {"data_config": {**RECIPE["data_config"], "crop_mode": "random"}},
            {"data_config": {**RECIPE["data_config"], "crop_pct": 0}},
            {"class_names": "abcde"},
            {"class_names": ["a", "b"]},
            {"class_names": [1, 2, 3, 4, 5]},
            {"licence": 5},
            {"plan": [1]},
            {"plan": {"sites": {"blocks.1; rm": "remove"}}},
            {"plan": {"sites": {"blocks.1": 4}}},
            {"surgery": {"blocks.9": ["norm1", "attn", "ls1", "drop_path1"]}},
            {"surgery": {"blocks.1": ["norm1"]}},
            {"surgery": {"blocks.1": ["__class__"]}},
            {"surgery": {"blocks.1": ["forward"]}},
            {"surgery": {"": ["head"]}},
            {"surgery": {"blocks.1": "attn"}},
        ],
    )
    def test_every_field_of_the_recipe_is_checked(self, tmp_path: Path, change: dict[str, Any]) -> None:
        with pytest.raises(RecipeInvalid) as caught:
            open_model(exported(tmp_path / "out", **change))
        assert caught.value.message.count("\n") == 0
        assert caught.value.hint


class TestName:
    """The weights are put where the hub keeps them; nothing here may need a network."""

    @pytest.fixture
    def cache(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, no_network: object) -> Path:
        monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path))
        return tmp_path

    def put(self, cache: Path, name: str, **args: Any) -> nn.Module:
        torch.manual_seed(3)
        module = timm.create_model(name, **args).eval()
        repository = cache / f"models--timm--{name}"
        (repository / "refs").mkdir(parents=True)
        (repository / "refs" / "main").write_text("f" * 40)
        saved(repository / "snapshots" / ("f" * 40), module.state_dict(), "model.safetensors")
        return module

    def test_opens_from_the_cache(self, cache: Path) -> None:
        expected = self.put(cache, "vit_tiny_patch16_224.augreg_in21k_ft_in1k")
        model = open_model(NAME)
        assert_same(model.module, expected, 224)
        assert (model.reference.source, model.reference.licence) == (NAME, "apache-2.0")
        assert model.reference.architecture == "vit_tiny_patch16_224.augreg_in21k_ft_in1k"
        assert model.architecture.num_classes == 1000
        assert model.data_config["crop_pct"] == 0.9

        smaller = open_model(NAME, model_args={"img_size": 112})
        assert smaller.data_config["input_size"] == (3, 112, 112)
        with pytest.raises(WeightsMismatch, match="1000 classes, not 10"):
            open_model(NAME, model_args={"num_classes": 10})
        with pytest.raises(ArgumentInvalid):
            open_model(NAME, architecture="resnet18")

    def test_a_damaged_copy(self, cache: Path) -> None:
        self.put(cache, "vit_tiny_patch16_224.augreg_in21k_ft_in1k")
        file = next(cache.rglob("model.safetensors"))
        file.write_bytes(file.read_bytes()[:1000])
        with pytest.raises(WeightsUnreadable, match=r"model\.safetensors"):
            open_model(NAME)

    @pytest.mark.parametrize(
        ("name", "hint"),
        [
            ("vit_tinny_patch16_224", NAME),
            ("vit_tiny_patch16_224.augreg_in1k", "vit_tiny_patch16_224.augreg_in21k_ft_in1k"),
            ("vit_little_patch16_reg1_gap_256.nothing", "vit_little_patch16_reg1_gap_256.sbb_in12k_ft_in1k"),
            ("vit_pwee_patch16_reg1_gap_256.", ""),
            ("zzzzqqq", "vitprune models"),
            ("", ""),
        ],
    )
    def test_unknown_names_come_with_close_ones(self, cache: Path, name: str, hint: str) -> None:
        with pytest.raises(ModelNotFound) as caught:
            open_model(name)
        assert hint in caught.value.hint

    @pytest.mark.parametrize("source", ["./no/such/folder", "weights.safetensors", "a\0b", "x" * 5000, "hf-hub:a/b"])
    def test_nothing_there(self, cache: Path, source: str) -> None:
        with pytest.raises(ModelNotFound):
            open_model(source, architecture=NAME)


def test_every_error_is_named_and_says_what_next(tmp_path: Path) -> None:
    """Whatever a truncated file looks like, it is a VitPruneError."""
    path = saved(tmp_path)
    content = path.read_bytes()
    for end in range(0, len(content), len(content) // 40):
        path.write_bytes(content[:end])
        with pytest.raises(VitPruneError) as caught:
            opened(path)
        assert caught.value.hint
    path.write_bytes(content)
    assert load_file(path).keys() == state().keys()
