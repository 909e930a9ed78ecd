"""Write the table of methods into docs/methods.md, between its two marks: `python tools/make_methods.py`."""

from __future__ import annotations

from pathlib import Path

from vitprune.selection import methods
from vitprune.selection.method import Needs

PAGE = Path(__file__).parent.parent / "docs" / "methods.md"
BEGIN, END = "<!-- methods -->\n", "<!-- end of methods -->\n"
NEEDS = {
    Needs.SCORES: "scores of the session",
    Needs.IMAGES: "model and images",
    Needs.LABELS: "model and labelled images",
}


def written() -> str:
    """The table and the sections, as Markdown."""
    rows = [
        f"| [`{m.name}`](#{m.name}) | {m.title} | {', '.join(m.granularities)} | {NEEDS[m.needs]} |"
        for m in methods().values()
    ]
    head = ["| `--method` | | for | reads |", "|---|---|---|---|"]
    sections = [
        f"### {m.name}\n\n{m.title}. {m.paper}.\n\n{m.what}\n\n*Differs:* {m.differs}\n" for m in methods().values()
    ]
    return "\n".join([*head, *rows, "", *sections])


def page(text: str) -> str:
    """The page with what is between the marks made anew."""
    before, rest = text.split(BEGIN)
    return f"{before}{BEGIN}{written()}{END}{rest.split(END)[1]}"


if __name__ == "__main__":
    PAGE.write_text(page(PAGE.read_text("utf-8")), "utf-8")
