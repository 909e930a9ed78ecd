"""What holds the repository together: import names, the wheel, the weight of an import, and the pages for readers."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
import sysconfig
import tomllib
from importlib import metadata
from pathlib import Path
from typing import Any

import packaging.version
import pytest
from packaging.requirements import Requirement

from vitprune.cli import parser

ROOT = Path(__file__).parents[1]
SITE_PACKAGES = Path(sysconfig.get_path("purelib"))
PAGES = sorted(str(page.relative_to(ROOT)) for folder in (ROOT, ROOT / "docs") for page in folder.glob("*.md"))


def python(code: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-c", code, *arguments], capture_output=True, text=True, check=False)


def test_the_packaging_folder_shadows_no_package() -> None:
    assert SITE_PACKAGES in Path(packaging.version.__file__).parents
    assert not list((ROOT / "packaging").glob("*.py"))


def test_make_run_and_make_test_install_everything_that_the_project_declares() -> None:
    """The Makefile installs these extras; nothing that is needed may be declared elsewhere."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    assert set(project["project"]["optional-dependencies"]) == {"gui", "onnx", "parquet", "docs", "dev"}
    assert "dependency-groups" not in project
    makefile = (ROOT / "Makefile").read_text()
    assert "'.[gui]'" in makefile
    assert "'.[gui,dev]'" in makefile
    assert "'.[gui,docs]'" in makefile


def test_torch_and_torchvision_are_a_pair_that_works() -> None:
    """Installing is no proof: torchvision's operators register only beside the torch that it was built for."""
    code = "import torch, torchvision; print(torchvision.ops.nms(torch.ones(1, 4), torch.ones(1), 0.5).tolist())"
    assert python(code).stdout == "[0]\n"


def test_no_version_of_qt_that_crashes_is_allowed() -> None:
    """PySide6 6.12.0 on Python 3.11 ends the process after a while; the other three break plots or docks."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    declared = [Requirement(line) for line in project["optional-dependencies"]["gui"]]
    qt = [r.specifier for r in declared if r.name == "PySide6-Essentials" and (not r.marker or r.marker.evaluate())]
    bad = ["6.9.1", "6.11.0", "6.11.1", *(["6.12.0"] if sys.version_info < (3, 12) else [])]
    assert [version for version in bad if all(version in allowed for allowed in qt)] == []
    assert all("6.11.3" in allowed for allowed in qt)
    assert metadata.version("PySide6-Essentials") not in bad


@pytest.mark.parametrize(
    "module", ["vitprune", "vitprune.cli", "vitprune.offline", "vitprune_gui.__main__", "vitprune_gui.app"]
)
def test_importing_is_light(module: str) -> None:
    code = "import importlib, sys; importlib.import_module(sys.argv[1]); print(*sys.modules)"
    done = python(code, module)
    assert done.returncode == 0, done.stderr
    loaded = set(done.stdout.split())
    assert module in loaded
    heavy = {"torch", "torchvision", "timm"} | ({"PySide6"} if module != "vitprune_gui.app" else set())
    assert loaded & heavy == set()


def test_the_command_needs_no_qt() -> None:
    """As on a server, where the gui extra is not installed."""
    code = (
        "import sys\n"
        "for name in ('PySide6', 'shiboken6', 'pyqtgraph', 'qtawesome', 'platformdirs'): sys.modules[name] = None\n"
        "from vitprune.cli import main\n"
        "import vitprune.workflow\n"
        "main(['--help'])\n"
    )
    done = python(code)
    assert done.returncode == 0, done.stderr
    assert "analyze" in done.stdout


def test_the_sample_stays_small() -> None:
    """It travels with every clone and every wheel."""
    files = [f for f in (ROOT / "resources" / "vitprune_resources" / "sample").rglob("*") if f.is_file()]
    assert len(files) > 1000
    assert sum(f.stat().st_size for f in files) < 8_000_000


def test_scripts_can_be_run() -> None:
    for script in (".ci/run", "packaging/system-packages.sh", "packaging/try.sh", "packaging/try-wheel.sh"):
        assert (ROOT / script).stat().st_mode & 0o111


def anchors(page: Path) -> set[str]:
    """Of the headings of a page, as forges name them."""
    text = re.sub(r"^```.*?^```", "", page.read_text("utf-8"), flags=re.M | re.S)
    names: list[str] = []
    for heading in re.findall(r"^#+ (.+?)\s*$", text, re.M):
        plain = re.sub(r"\[([^]]*)\]\([^)]*\)", r"\1", heading)
        name = re.sub(r"[^\w -]", "", plain.lower()).replace(" ", "-")
        names.append(name if name not in names else f"{name}-{names.count(name)}")
    return set(names)


@pytest.mark.parametrize("page", PAGES)
def test_links_lead_somewhere(page: str) -> None:
    """To a file that is there and, where they name one, to a heading in it."""
    place = ROOT / page
    missing: list[str] = []
    for link in re.findall(r"\]\(([^)\s]+)\)", re.sub(r"^```.*?^```", "", place.read_text("utf-8"), flags=re.M | re.S)):
        name, _, heading = link.partition("#")
        target = place.parent / name if name else place
        if "://" not in link and (not target.exists() or (heading and heading not in anchors(target))):
            missing.append(link)
    assert missing == []


def test_the_first_page_of_the_documentation_leads_to_all_others() -> None:
    linked = re.findall(r"\]\(([\w-]+\.md)\)", (ROOT / "docs" / "index.md").read_text("utf-8"))
    assert sorted(linked) == sorted(page.name for page in (ROOT / "docs").glob("*.md") if page.name != "index.md")


@pytest.mark.parametrize("page", PAGES)
def test_commands_in_the_pages_exist(page: str) -> None:
    blocks = "\n".join(re.findall(r"^```\w*\n(.*?)^```", (ROOT / page).read_text("utf-8"), re.M | re.S))
    joined = blocks.replace("\\\n", " ")
    commands = [line.removeprefix("$ ") for line in joined.splitlines() if re.match(r"(\$ )?vitprune ", line)]
    if page == "README.md":
        assert len(commands) > 5
    for command in commands:
        parser().parse_args(shlex.split(command, comments=True)[1:])
    targets = re.findall(r"^(?:\$ )?make (\w+)", joined, re.M)
    assert set(targets) <= set(re.findall(r"^(\w+):", (ROOT / "Makefile").read_text(), re.M))


def test_the_python_example_of_the_readme_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    """As printed, with a small model in place of the published one, which would have to be downloaded."""
    import timm

    (example,) = re.findall(r"^```python\n(.*?)^```", (ROOT / "README.md").read_text("utf-8"), re.M | re.S)
    small: dict[str, Any] = {
        "img_size": 32,
        "patch_size": 8,
        "embed_dim": 48,
        "depth": 12,
        "num_heads": 3,
        "num_classes": 10,
    }
    create = timm.create_model
    monkeypatch.setattr(timm, "create_model", lambda name, **_: create(name.split(".")[0], **small))
    example = example.replace("224, 224", "32, 32")
    values: dict[str, object] = {}
    exec(compile(example, "README.md", "exec"), values)
    assert getattr(values["proof"], "ok", None) is True
