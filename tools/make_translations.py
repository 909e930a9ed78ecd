"""Collects the window's words into Linguist files and compiles them: run it after changing any text of the window.

    python tools/make_translations.py            updates translations/vitprune_*.ts, compiles .qm
    linguist resources/vitprune_resources/translations/vitprune_de.ts     to translate

English needs its plurals alone. The source texts are English as they stand.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
FOLDER = ROOT / "resources" / "vitprune_resources" / "translations"
OF_LANGUAGE = {"de": ["-target-language", "de_DE"], "en": ["-target-language", "en_GB", "-pluralonly"]}


def collect(folder: Path = FOLDER) -> None:
    sources = sorted(str(path.relative_to(ROOT)) for path in (ROOT / "vitprune_gui").rglob("*.py"))
    for language, options in OF_LANGUAGE.items():
        command = ["lupdate", "-silent", "-no-obsolete", "-locations", "none", "-tr-function-alias", "tr+=noop"]
        _run([*command, *options, *sources, "-ts", str(folder / f"vitprune_{language}.ts")])


def compile_all(folder: Path = FOLDER) -> None:
    for path in folder.glob("*.ts"):
        _run(["lrelease", "-silent", "-nounfinished", str(path), "-qm", str(path.with_suffix(".qm"))])


def _run(command: list[str]) -> None:
    tool, *arguments = command
    subprocess.run([Path(sys.executable).parent / f"pyside6-{tool}", *arguments], cwd=ROOT, check=True)


if __name__ == "__main__":
    collect()
    compile_all()
