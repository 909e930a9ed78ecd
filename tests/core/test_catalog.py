"""The catalogue agrees with timm, and with what is on the disk."""

from __future__ import annotations

import importlib
import subprocess
import sys
import time
from pathlib import Path

import pytest
import timm
import torch
from timm.models import eva, get_pretrained_cfg, vision_transformer

from vitprune import catalog
from vitprune.catalog import Support, known, models
from vitprune.description import describe
from vitprune.hub import WeightsCache

AUGREG = "vit_tiny_patch16_224.augreg_in21k_ft_in1k"


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "hub"))
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "torch"))
    return tmp_path / "hub"


def put(hub: Path, name: str, file: str = "model.safetensors", revision: str = "main") -> Path:
    repository = hub / f"models--timm--{name}"
    snapshot = repository / "snapshots" / ("a" * 40)
    snapshot.mkdir(parents=True)
    (repository / "refs").mkdir()
    (repository / "refs" / revision).write_text("a" * 40)
    (snapshot / file).write_bytes(b"weights")
    return snapshot / file


def cached() -> list[str]:
    return [entry.name for entry in models(cached=True)]


def test_lists_what_timm_lists() -> None:
    assert [entry.name for entry in models()] == timm.list_models(pretrained=True)


def test_entry_says_what_timm_says() -> None:
    (entry,) = models(AUGREG)
    config = get_pretrained_cfg(AUGREG)
    assert config is not None
    assert (entry.architecture, entry.tag) == ("vit_tiny_patch16_224", "augreg_in21k_ft_in1k")
    assert entry.family == "vision_transformer"
    assert (entry.input_size, entry.num_classes, entry.licence) == ((3, 224, 224), 1000, config.license)


@pytest.mark.parametrize(
    "name",
    [AUGREG, "vit_tiny_patch16_224.augreg_in21k", "resnet18.a1_in1k", "eva02_tiny_patch14_336.mim_in22k_ft_in1k"],
)
def test_counts_and_support_are_those_of_the_model(name: str) -> None:
    (entry,) = (entry for entry in models(name) if entry.name == name)
    with torch.device("meta"):
        model = timm.create_model(name)
    blocks = (vision_transformer.Block, eva.EvaBlock, eva.EvaBlockPostNorm)
    assert entry.params == sum(p.numel() for p in model.parameters())
    assert entry.supported == any(type(m) in blocks for m in model.modules())


def test_macs_of_a_vit_are_its_closed_form() -> None:
    (entry,) = models(AUGREG)
    width, tokens, patches = 192, 197, 196
    block = 12 * width**2 * tokens + 2 * tokens**2 * width
    assert entry.macs == 12 * block + patches * 3 * 16 * 16 * width + width * 1000


def test_architectures_newer_than_the_catalogue_have_no_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(catalog, "_catalogue", lambda: catalog._Catalogue((), {}, {}))
    (entry,) = models(AUGREG)
    assert (entry.params, entry.macs, entry.supported, entry.support) == (None, None, False, Support.UNKNOWN)


def test_the_catalogue_says_what_timms_registry_says(hub: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Weights that are newer than it come from the registry, with whatever the catalogue knows."""
    listed = known()
    monkeypatch.setattr(catalog, "up_to_date", lambda: False)
    assert models() == listed


def test_every_weight_is_described(hub: Path) -> None:
    """Parameters and multiply-accumulates of every model in the list, and why nothing can go where nothing can."""
    entries = known()
    assert all(entry.params and entry.macs for entry in entries)
    assert all(entry.note for entry in entries if entry.support is Support.DESCRIBE)
    assert all(entry.page.startswith("https://") for entry in entries)
    assert {entry.support for entry in entries} == {Support.REPAIR, Support.PRUNE, Support.DESCRIBE}


def test_the_list_needs_neither_torch_nor_timm() -> None:
    code = (
        "import sys; from vitprune.catalog import known, models; assert known() == models();"
        "assert not {'torch', 'timm'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)


@pytest.mark.parametrize(
    ("name", "support"),
    [
        (AUGREG, Support.REPAIR),
        ("swinv2_tiny_window8_256.ms_in1k", Support.PRUNE),
        ("resnet18.a1_in1k", Support.DESCRIBE),
    ],
)
def test_what_repairs_a_model_allows_is_what_its_description_says(name: str, support: Support) -> None:
    (entry,) = (entry for entry in models(name) if entry.name == name)
    with torch.device("meta"):
        sites = describe(timm.create_model(name)).prunable
    assert entry.support is support
    assert entry.repairs == sum(bool(site.repairs) for site in sites)


def test_a_file_on_this_machine_has_its_size_and_place(hub: Path) -> None:
    file = put(hub, AUGREG)
    (entry,) = models(cached=True)
    assert (entry.file, entry.size) == (file, len(b"weights"))
    assert entry.used == pytest.approx(time.time(), abs=600)


def test_torchs_folder_is_found_without_torch(monkeypatch: pytest.MonkeyPatch) -> None:
    for home, cache in ((None, None), ("~/somewhere", None), (None, "/elsewhere"), ("/here", "/there")):
        for name, value in (("TORCH_HOME", home), ("XDG_CACHE_HOME", cache)):
            monkeypatch.delenv(name, raising=False) if value is None else monkeypatch.setenv(name, value)
        assert WeightsCache().downloads == Path(torch.hub.get_dir()) / "checkpoints"


def test_every_word_filters_in_any_case() -> None:
    found = models("DINOv2  reg4 Apache")
    assert found
    assert all("dinov2" in e.name and "reg4" in e.name and e.licence == "apache-2.0" for e in found)
    assert len(found) < len(models("dinov2"))
    assert models("vision_transformer patch8 224 mit nonsense") == ()


def test_family_filters_exactly() -> None:
    assert {entry.family for entry in models(family="eva")} == {"eva"}
    assert models(family="ev") == ()


def test_cached(hub: Path) -> None:
    assert cached() == []
    put(hub, AUGREG)
    assert cached() == [AUGREG]
    assert [entry.cached for entry in models(AUGREG)] == [True]


@pytest.mark.parametrize("file", ["pytorch_model.bin", "open_clip_model.safetensors", "open_clip_pytorch_model.bin"])
def test_other_names_of_weights(hub: Path, file: str) -> None:
    put(hub, AUGREG, file)
    assert cached() == [AUGREG]


def test_a_repository_without_its_weights_is_not_cached(hub: Path) -> None:
    put(hub, AUGREG, "config.json")
    assert cached() == []


def test_a_half_finished_download_is_not_cached(hub: Path) -> None:
    """The name in the snapshot is a link that is made first when a disk fills up at the wrong moment."""
    file = put(hub, AUGREG)
    file.unlink()
    file.symlink_to(hub / "blobs" / "missing")
    assert cached() == []


def test_weights_with_an_address_only(hub: Path) -> None:
    folder = hub.parent / "torch" / "hub" / "checkpoints"
    folder.mkdir(parents=True)
    (folder / "gcvit_xxtiny_224_nvidia-d1d86009.pth").write_bytes(b"weights")
    assert cached() == ["gcvit_xxtiny.in1k"]


def test_odd_caches(hub: Path) -> None:
    hub.parent.mkdir(exist_ok=True)
    hub.write_bytes(b"a file where the folder should be")
    assert cached() == []
    hub.unlink()
    hub.mkdir()
    (hub / f"models--timm--{AUGREG}").write_bytes(b"a file where a repository should be")
    (hub / "models--timm--resnet18.a1_in1k" / "snapshots").mkdir(parents=True)
    (hub / "models--timm--resnet18.a1_in1k" / "refs" / "main").mkdir(parents=True)
    (hub / "models--timm--resnet18.a2_in1k" / "refs").mkdir(parents=True)
    (hub / "models--timm--resnet18.a2_in1k" / "refs" / "main").write_bytes(b"\xff\xfe\x00")
    (hub / ".locks").mkdir()
    assert cached() == []


def test_is_quick_once_timm_is_imported(hub: Path) -> None:
    for name in timm.list_models(pretrained=True)[:200]:
        put(hub, name)
    models()
    started = time.perf_counter()
    found = models()
    assert time.perf_counter() - started < 1.0  # twice the promise, for a busy machine
    assert sum(entry.cached for entry in found) >= 190


def test_the_page_of_families_is_that_of_the_catalogue(monkeypatch: pytest.MonkeyPatch) -> None:
    root = Path(__file__).parents[2]
    text = (root / "docs" / "families.md").read_text("utf-8")
    if f"timm {timm.__version__}," not in text:
        pytest.skip("the page was written with another timm")
    monkeypatch.syspath_prepend(root / "tools")
    assert importlib.import_module("families_page").page() == text


def test_every_architecture_has_its_tier() -> None:
    found = {entry.name: entry for entry in catalog.architectures()}
    assert list(found) == timm.list_models()
    assert (found["vit_base_patch16_224"].tier, found["swinv2_tiny_window8_256"].tier) == (1, 2)
    assert (found["resnet18"].tier, "no attention" in found["resnet18"].note) == (None, True)
    entry = found["xcit_nano_12_p16_224"]
    assert (entry.attention, entry.mlp, entry.conv, entry.whole) == (14, 14, 12, 14)


def test_nearly_all_weights_of_attention_models_are_covered(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of the modules of timm whose models mix tokens by attention, as in docs/families.md, and of no others."""
    monkeypatch.syspath_prepend(Path(__file__).parents[2] / "tools")
    modules = importlib.import_module("families_page").ATTENTION_ONLY
    chosen = [entry for entry in catalog.architectures() if entry.family in modules]
    assert sum(entry.weights for entry in chosen) >= 745
    covered = sum(entry.weights for entry in chosen if entry.tier in (1, 2))
    assert covered >= 0.95 * sum(entry.weights for entry in chosen)
