"""What is published: the wheel and the source archive, what they say of themselves, and the pages of a release."""

from __future__ import annotations

import importlib
import re
import subprocess
import sys
import tarfile
import tomllib
from collections.abc import Mapping
from pathlib import Path
from types import ModuleType
from zipfile import ZipFile

import pytest
from packaging.metadata import Metadata
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

import vitprune
from vitprune.sessions.schema import NEEDS

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
NAME = f"vitprune-{vitprune.__version__}"
SOURCES = {
    "vitprune_gui": "vitprune_gui",
    "core/vitprune": "vitprune",
    "resources/vitprune_resources": "vitprune_resources",
}


def built(source: Path, folder: Path, *targets: str) -> None:
    build = [sys.executable, "-m", "hatchling", "build", "--directory", str(folder)]
    subprocess.run(build + [f"--target={target}" for target in targets], cwd=source, check=True, capture_output=True)


@pytest.fixture(scope="session")
def release(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("release")
    built(ROOT, folder, "sdist", "wheel")
    return folder


@pytest.fixture(scope="session")
def wheel(release: Path) -> Path:
    return release / f"{NAME}-py3-none-any.whl"


@pytest.fixture(scope="session")
def sources(release: Path) -> Path:
    return release / f"{NAME}.tar.gz"


@pytest.fixture(scope="session")
def unpacked(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel as pip lays it out."""
    folder = tmp_path_factory.mktemp("unpacked")
    with ZipFile(wheel) as archive:
        archive.extractall(folder)
    return folder


def kept() -> set[str]:
    """The files of the repository: those that git does not ignore, or all of an unpacked source archive."""
    if not (ROOT / ".git").exists():
        found = (path.relative_to(ROOT) for path in ROOT.rglob("*") if path.is_file())
        return {str(path) for path in found if "__pycache__" not in path.parts} - {"PKG-INFO"}
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, check=True)
    return {name for name in listed.stdout.decode().split("\0") if name and (ROOT / name).is_file()}


def test_the_wheel_holds_three_packages_with_the_pages_and_nothing_else(wheel: Path) -> None:
    with ZipFile(wheel) as archive:
        names = set(archive.namelist())
    own = {name for name in names if not name.startswith(f"{NAME}.dist-info/")}
    expected = {
        name[len(folder) - len(Path(folder).name) :]
        for folder in SOURCES
        for name in kept()
        if name.startswith(f"{folder}/")
    }
    pages = {name for name in kept() if re.fullmatch(r"docs/[\w-]+\.md", name)}
    texts = "".join((ROOT / page).read_text("utf-8") for page in pages)
    pictures = {f"docs/{picture}" for picture in re.findall(r"!\[[^]]*\]\(([^)]+)\)", texts)}
    assert len(pages) > 15
    assert pictures
    assert own == expected | {f"vitprune_resources/{name}" for name in pages | pictures}
    about = {"METADATA", "RECORD", "WHEEL", "entry_points.txt", "licenses/LICENSE", "licenses/THIRD-PARTY-LICENSES.md"}
    assert {name.removeprefix(f"{NAME}.dist-info/") for name in names - own} == about
    assert wheel.stat().st_size < 12_000_000


def test_the_source_archive_is_the_repository(sources: Path) -> None:
    with tarfile.open(sources) as archive:
        members = archive.getmembers()
    assert all(member.isfile() for member in members)
    assert {member.name.removeprefix(f"{NAME}/") for member in members} == kept() | {"PKG-INFO"}
    assert {member.name.removeprefix(f"{NAME}/") for member in members if member.mode & 0o100} == {
        name for name in kept() if (ROOT / name).stat().st_mode & 0o100
    }
    assert sources.stat().st_size < 24_000_000


def test_the_source_archive_builds_the_same_wheel_byte_for_byte(wheel: Path, sources: Path, tmp_path: Path) -> None:
    with tarfile.open(sources) as archive:
        archive.extractall(tmp_path, filter="data")
    built(tmp_path / NAME, tmp_path / "again", "wheel")
    assert (tmp_path / "again" / wheel.name).read_bytes() == wheel.read_bytes()


def test_the_index_takes_the_metadata(unpacked: Path, sources: Path) -> None:
    """Checked field by field against the standard, as an upload is."""
    text = (unpacked / f"{NAME}.dist-info" / "METADATA").read_bytes()
    about = Metadata.from_email(text, validate=True)
    assert (about.name, str(about.version)) == ("vitprune", vitprune.__version__)
    assert about.description == (ROOT / "README.md").read_text("utf-8")
    assert about.description_content_type == "text/markdown"
    assert about.license_expression == "Apache-2.0"
    assert about.summary
    assert len(about.summary) < 200
    assert set(about.provides_extra or ()) == set(PROJECT["optional-dependencies"])
    asked = {str(Requirement(line)) for line in PROJECT["dependencies"]}
    assert {str(line) for line in about.requires_dist or () if line.marker is None} == asked
    with tarfile.open(sources) as archive:
        member = archive.extractfile(f"{NAME}/PKG-INFO")
        assert member is not None
        assert member.read() == text


def test_the_pythons_that_are_named_are_those_that_a_release_is_tried_with() -> None:
    named = re.findall(r"Programming Language :: Python :: (3\.\d+)", "\n".join(PROJECT["classifiers"]))
    (tried,) = re.findall(r'make release PYTHONS="(.+)"', (ROOT / "docs" / "releasing.md").read_text("utf-8"))
    assert tried.split() == [f"python{version}" for version in named]
    assert PROJECT["requires-python"] == f">={named[0]}"


@pytest.mark.parametrize("group", ["console_scripts", "gui_scripts"])
def test_the_programs_of_the_wheel_start_away_from_the_repository(unpacked: Path, tmp_path: Path, group: str) -> None:
    code = (
        "import sys; sys.path.insert(0, sys.argv.pop(1))\n"
        "from importlib.metadata import distribution\n"
        "(entry,) = distribution('vitprune').entry_points.select(group=sys.argv.pop(1))\n"
        "main = entry.load()\n"
        "print(sys.modules['vitprune'].__file__, flush=True)\n"
        "sys.exit(main())\n"
    )
    run = [sys.executable, "-P", "-c", code, str(unpacked), group, "--version"]
    done = subprocess.run(run, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    file, version = done.stdout.splitlines()
    assert unpacked in Path(file).parents
    assert version.lower() == f"vitprune {vitprune.__version__}"


def test_resources_are_found_through_the_package(unpacked: Path, tmp_path: Path) -> None:
    """Not through the folder that the source happens to lie in."""
    code = (
        "import sys; sys.path.insert(0, sys.argv[1])\n"
        "from importlib.resources import files\n"
        "from vitprune.catalog import models\n"
        "print(files('vitprune_resources') / 'sample')\n"
        "print(any(entry.supported and entry.macs for entry in models('vit_base_patch16_224')))\n"
    )
    run = [sys.executable, "-P", "-c", code, str(unpacked)]
    done = subprocess.run(run, cwd=tmp_path, capture_output=True, text=True, check=True)
    sample, found = done.stdout.splitlines()
    assert unpacked in Path(sample).parents
    assert Path(sample).is_dir()
    assert found == "True"


def test_this_release_reads_the_files_that_it_writes() -> None:
    """What a session says of the release that it needs is no later one."""
    newest = Version(vitprune.__version__)
    assert all(Version(needed) <= newest for needed in NEEDS.values())


def test_the_changes_begin_with_this_version() -> None:
    first, *_ = re.findall(r"^## (.+)", (ROOT / "CHANGELOG.md").read_text("utf-8"), re.MULTILINE)
    assert re.fullmatch(rf"(\[Unreleased\]: )?{re.escape(vitprune.__version__)}( - \d{{4}}-\d\d-\d\d)?", first)


def test_every_promise_about_files_of_others_has_tests() -> None:
    page = (ROOT / "SECURITY.md").read_text("utf-8")
    rows = [line for line in page.splitlines() if line.startswith("| **")]
    assert len(rows) > 8
    for row in rows:
        named = re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", row)
        assert named, row
        for file, test in named:
            assert re.search(rf"^ *def {test}\(", (ROOT / file).read_text("utf-8"), re.MULTILINE), (file, test)


@pytest.fixture
def licences(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(ROOT / "tools")
    return importlib.import_module("make_licences")


def rows(text: str) -> Mapping[str, str]:
    return {line.split(" | ")[0].removeprefix("| "): line for line in text.splitlines() if line.startswith("| ")}


def test_the_page_of_licences_names_every_dependency(licences: ModuleType) -> None:
    """That is asked for, with its range. What comes along changes with every release of others: most of it is there."""
    listed = rows((ROOT / "THIRD-PARTY-LICENSES.md").read_text("utf-8"))
    made = rows(licences.written())
    asked = [Requirement(line) for line in PROJECT["dependencies"]]
    extras = set(PROJECT["optional-dependencies"]) - {"dev", "docs"}
    asked += [Requirement(line) for extra in extras for line in PROJECT["optional-dependencies"][extra]]
    assert len(asked) > 15
    for requirement in asked:
        name = canonicalize_name(requirement.name)
        assert listed[name].split(" | ")[1] == made[name].split(" | ")[1], "run `python tools/make_licences.py`"
        assert all(clause.version in listed[name] for clause in requirement.specifier)
    assert len(set(made) & set(listed)) > 35
    assert not [name for name, row in listed.items() if "not stated" in row and name != "cuda-toolkit"]


def test_the_tool_for_licences_follows_extras_and_markers(licences: ModuleType) -> None:
    found = licences.needed([Requirement("timm"), Requirement("absent; python_version < '3'")])
    assert "absent" not in found
    assert found["timm"] == set()
    assert "timm" in found["torch"]
    assert "torch" in found["sympy"], "what is asked for by what is asked for"
    assert "pytest" not in found


def test_every_distribution_has_a_text_for_the_bundle(licences: ModuleType) -> None:
    texts = licences.bundled(programs=["pytest"], libraries=[])
    assert all(Path(text).stat().st_size > 100 for text, _ in texts)
    places = [(folder, Path(text).name) for text, folder in texts]
    assert len(set(places)) == len(places), "none is written over another"
    folders = {folder.split("/")[1] for _, folder in texts if "/" in folder}
    parts = [requirement for part in licences.PARTS for requirement in licences.direct(part)]
    assert set(licences.needed(parts)) | {"pytest", "python"} == folders
    named = {Path(text).name for text, folder in texts if folder == "licences"}
    assert named == {"LICENSE", "THIRD-PARTY-LICENSES.md", "LGPL-3.0.txt", "GPL-3.0.txt", "OFL-1.1.txt"}
    third = {folder for _, folder in texts if folder.startswith("licences/torch/")}
    assert len(third) > 10, "a distribution carries the licences of what it carries itself"


@pytest.mark.skipif(not Path("/var/lib/dpkg/status").is_file(), reason="the packages of a library are those of Debian")
def test_libraries_of_the_system_bring_their_licence(licences: ModuleType) -> None:
    library = next(Path("/usr/lib").glob("*/libz.so.1"))
    assert [text.parent.name for text in licences.of_the_system([str(library), "/nowhere/libnothing.so"])] == ["zlib1g"]


def test_every_font_of_the_icons_has_its_licence_on_the_page() -> None:
    import qtawesome

    page = (ROOT / "THIRD-PARTY-LICENSES.md").read_text("utf-8")
    named = re.findall(r"`(\w+)\*`", page)
    fonts = sorted((Path(qtawesome.__file__).parent / "fonts").glob("*.ttf"))
    assert fonts
    assert [font.name for font in fonts if not font.name.startswith(tuple(named))] == []
