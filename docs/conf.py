"""How `make docs` turns the pages into a site: strictly, and from nothing but what is here. Its source is the whole
repository, so that links between these pages and those beside the README lead somewhere there too.
"""

import re
from pathlib import Path

from sphinx.application import Sphinx

ROOT = Path(__file__).parents[1]

project = "ViTPrune"
copyright = "the authors of ViTPrune"  # noqa: A001
release = re.findall(r'__version__ = "(.+)"', (ROOT / "core" / "vitprune" / "__init__.py").read_text("utf-8"))[0]
extensions = ["myst_parser"]
myst_heading_anchors = 4
root_doc = "docs/index"
include_patterns = ["*.md", "docs/*.md"]
html_theme = "alabaster"
html_theme_options = {"description": "Which layers of a vision transformer are redundant?", "fixed_sidebar": True}
html_copy_source = False


def _with_contents(app: Sphinx, name: str, source: list[str]) -> None:
    """What the first page links to is the table of contents, so that it is written once."""
    if name == app.config.root_doc:
        pages = re.findall(r"\]\(([\w./-]+)\.md\)", source[0])
        source[0] += "\n```{toctree}\n:hidden:\n\n" + "\n".join(dict.fromkeys(pages)) + "\n```\n"


def _lead_in(app: Sphinx, error: Exception | None) -> None:
    """Who opens the folder comes to the first page."""
    if error is None:
        (Path(app.outdir) / "index.html").write_text('<meta http-equiv="refresh" content="0; url=docs/index.html">\n')


def setup(app: Sphinx) -> None:
    app.connect("source-read", _with_contents)
    app.connect("build-finished", _lead_in)
