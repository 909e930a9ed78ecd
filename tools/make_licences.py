"""The licences of what ViTPrune stands on. `python tools/make_licences.py` writes the tables of THIRD-PARTY-LICENSES.md
from the metadata of what is installed; the spec of the bundle takes the texts to carry from here.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import sysconfig
import tomllib
from collections.abc import Iterable
from importlib import metadata
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "THIRD-PARTY-LICENSES.md"
BEGIN, END = "<!-- dependencies -->\n", "<!-- end of dependencies -->\n"
PARTS = {
    "": "The engine and the command `vitprune`",
    "gui": "The window: `vitprune[gui]`",
    "onnx": "ONNX: `vitprune[onnx]`",
    "parquet": "Images in Parquet files: `vitprune[parquet]`",
}
_TEXT = re.compile(r"(licen[cs]es?|copying|notice|copyright|thirdparty\w*)(-\w+)?(\.(txt|md))?", re.IGNORECASE)
_CUDA = re.compile(r"nvidia-.*|cuda-.*|triton")


def direct(part: str) -> list[Requirement]:
    """What pyproject.toml asks for: "" for the engine, or the name of an extra. One name can stand in several lines."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    lines = project["optional-dependencies"][part] if part else project["dependencies"]
    return [Requirement(line) for line in lines]


def needed(requirements: Iterable[Requirement]) -> dict[str, set[str]]:
    """All that is installed because of these, by canonical name, each with those that ask for it."""
    found: dict[str, set[str]] = {}
    waiting = [(canonicalize_name(r.name), r.extras) for r in requirements if r.marker is None or r.marker.evaluate()]
    seen: set[tuple[str, frozenset[str]]] = set()
    while waiting:
        name, extras = waiting.pop()
        found.setdefault(name, set())
        if (name, frozenset(extras)) in seen:
            continue
        seen.add((name, frozenset(extras)))
        for line in metadata.distribution(name).requires or ():
            other = Requirement(line)
            if other.marker is None or any(other.marker.evaluate({"extra": extra}) for extra in ("", *extras)):
                found.setdefault(canonicalize_name(other.name), set()).add(name)
                waiting.append((canonicalize_name(other.name), other.extras))
    return found


def licence(name: str) -> str:
    """As the distribution states it: an expression of SPDX, a name, or what its classifiers say."""
    about = metadata.metadata(name)
    if "License-Expression" in about:
        return about["License-Expression"]
    stated = about["License"].strip() if "License" in about else ""
    if stated and "\n" not in stated and len(stated) < 60 and not stated.startswith("Copyright"):
        return stated
    named = [line.split(" :: ")[-1] for line in about.get_all("Classifier") or () if line.startswith("License ::")]
    return ", ".join(sorted(set(named))) or "not stated"


def home(name: str) -> str:
    about = metadata.metadata(name)
    links = (line.split(", ", 1) for line in about.get_all("Project-URL") or ())
    by_kind = {kind.lower(): link for kind, link in links}
    kinds = ("homepage", "home", "repository", "source", "source code", "github")
    if "Home-page" in about:
        return about["Home-page"]
    return next((by_kind[kind] for kind in kinds if kind in by_kind), "")


def texts(name: str) -> list[Path]:
    """The files with its licence and with those of what it carries itself; where it comes without any, its metadata."""
    distribution = metadata.distribution(name)
    files = [file for file in distribution.files or () if ".." not in file.parts]
    about = [file for file in files if file.parts[0].endswith(".dist-info")]
    found = [file for file in about if "licenses" in file.parts[1:-1] or _TEXT.fullmatch(file.name)]
    found += [file for file in files if len(file.parts) == 2 and file not in about and _TEXT.fullmatch(file.name)]
    stated = [file for file in about if file.name == "METADATA"]
    return [Path(str(distribution.locate_file(file))) for file in found or stated]


def bundled(*, programs: Iterable[str], libraries: Iterable[str]) -> list[tuple[str, str]]:
    """Licence texts of what a bundle carries, each with the folder in it: of the distributions installed, `programs` of
    which are in it beside those that ViTPrune asks for, of Python, and of the system's `libraries` (paths).
    """
    asked = [requirement for part in PARTS for requirement in direct(part) if _installed(requirement.name)]
    names = sorted({*needed(asked), *programs})
    files = [(str(text), f"licences/{name}/{_below(text)}") for name in names for text in texts(name)]
    files += [(str(text), "licences") for text in sorted((ROOT / "packaging" / "licences").glob("*.txt"))]
    files += [(str(ROOT / name), "licences") for name in ("LICENSE", PAGE.name)]
    files.append((str(_of_python()), "licences/python"))
    return files + [(str(text), f"licences/system/{text.parent.name}") for text in of_the_system(libraries)]


def of_the_system(libraries: Iterable[str]) -> list[Path]:
    """The copyright files of the Debian packages that these files come from; nothing on other systems."""
    if shutil.which("dpkg") is None:
        return []
    places = {
        name for library in libraries for path in (Path(library), Path(library).resolve()) for name in _names(path)
    }
    found = subprocess.run(["dpkg", "-S", *sorted(places)], capture_output=True, text=True, check=False).stdout
    packages = {name.split(":")[0] for line in found.splitlines() for name in line.rsplit(": ", 1)[0].split(", ")}
    texts = (Path("/usr/share/doc") / package / "copyright" for package in sorted(packages))
    return [text for text in texts if text.is_file()]


def written() -> str:
    """The tables, as Markdown."""
    lines: list[str] = []
    rest: dict[str, set[str]] = {}
    stated = {canonicalize_name(requirement.name) for part in PARTS for requirement in direct(part)}
    for part, title in PARTS.items():
        asked = direct(part)
        lines += [f"### {title}", "", "| | versions | licence | |", "|---|---|---|---|"]
        for name in sorted({canonicalize_name(requirement.name) for requirement in asked}):
            ranges = [_range(requirement) for requirement in asked if canonicalize_name(requirement.name) == name]
            lines.append(f"| {name} | {'; '.join(ranges)} | {licence(name)} | {home(name)} |")
        lines.append("")
        for name, users in needed(asked).items():
            if name not in stated:
                rest.setdefault(name, set()).update(users)
    for title, cuda in (("What those ask for", False), ("With the CUDA build of torch, on Linux", True)):
        lines += [f"### {title}", "", "| | asked for by | licence | |", "|---|---|---|---|"]
        for name, users in sorted(rest.items()):
            if bool(_CUDA.fullmatch(name)) == cuda:
                lines.append(f"| {name} | {', '.join(sorted(users))} | {licence(name)} | {home(name)} |")
        lines.append("")
    return "\n".join(lines)


def page(text: str) -> str:
    """The page with what is between the marks made anew."""
    before, rest = text.split(BEGIN)
    return f"{before}{BEGIN}\n{written()}{END}{rest.split(END)[1]}"


def _installed(name: str) -> bool:
    return next(iter(metadata.distributions(name=name)), None) is not None


def _range(requirement: Requirement) -> str:
    order = sorted(requirement.specifier, key=lambda part: (part.operator == "!=", Version(part.version)))
    versions = ", ".join(map(str, order)).replace(">=", "≥ ").replace("!=", "≠ ")
    return f"{versions} ({requirement.marker})" if requirement.marker else versions


def _below(text: Path) -> str:
    """The folder of a text within its distribution, without that of the metadata: several can have one name."""
    inner = [part for part in text.parts[:-1] if not part.endswith(".dist-info")]
    start = len(Path(sysconfig.get_path("purelib")).parts)
    return "/".join(inner[start:]) or "."


def _names(path: Path) -> tuple[str, str]:
    """A library as its package may know it: with /usr before it or without."""
    plain = str(path)
    return plain, plain.removeprefix("/usr") if plain.startswith("/usr/lib") else f"/usr{plain}"


def _of_python() -> Path:
    places = (Path(sysconfig.get_path("stdlib")), Path(sys.base_prefix))
    return next(place / "LICENSE.txt" for place in places if (place / "LICENSE.txt").is_file())


if __name__ == "__main__":
    PAGE.write_text(page(PAGE.read_text("utf-8")), "utf-8")
