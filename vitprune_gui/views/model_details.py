"""What is known of one model of the list, with its sources as links."""

from __future__ import annotations

from datetime import datetime
from html import escape
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QLabel, QScrollArea, QVBoxLayout, QWidget

from vitprune_gui.item_models.catalog_model import SUPPORT, Row, input_text, licence_note, support_reason
from vitprune_gui.item_models.families import FAMILIES, licence_text
from vitprune_gui.translation import tr
from vitprune_gui.views.activity import duration
from vitprune_gui.views.formatting import si, thousands
from vitprune_gui.views.parts import Facts, bold, breakable, wrapped

if TYPE_CHECKING:
    from vitprune.catalog import ModelEntry
    from vitprune_gui.runner import JobStatus

_PAPERS = "https://arxiv.org/abs/"
_BYTES_A_PARAMETER = 4  # in the 32-bit numbers of most published files


class ModelDetails(QScrollArea):
    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setWidgetResizable(True)
        self.setMinimumWidth(220)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setAccessibleName(tr("Details of the model"))
        self._row: Row | None = None
        self.name = bold(wrapped(selectable=True), larger=1)
        self.about = wrapped(selectable=True)
        self.facts = Facts()
        self.links = QLabel()
        self.links.setTextFormat(Qt.TextFormat.RichText)
        self.links.setWordWrap(True)
        self.links.setOpenExternalLinks(True)
        self.links.setTextInteractionFlags(Qt.TextInteractionFlag.TextBrowserInteraction)
        self.links.setAccessibleName(tr("Where to read more"))
        inside = QWidget()
        column = QVBoxLayout(inside)
        column.setContentsMargins(8, 4, 8, 4)
        column.setSpacing(8)
        for part in (self.name, self.about, self.facts, self.links):
            column.addWidget(part)
        column.addStretch(1)
        self.setWidget(inside)
        self.show_row(None)

    def show_row(self, row: Row | None) -> None:
        if row is self._row and self.name.text():
            return
        self._row = row
        for part in (self.about, self.facts, self.links):
            part.setVisible(row is not None)
        if row is None:
            self.name.setText(tr("Select a model to read about it."))
            return
        self.name.setText(breakable(row.name))
        about = FAMILIES.get(row.entry.family)
        self.about.setText(tr(about[0]) if about and row.local is None else "")
        self.about.setVisible(bool(self.about.text()))
        self.facts.show_facts(_of_file(row) if row.local else _of_weights(row.entry))
        self.links.setText("<br>".join(_links(row.entry)) if row.local is None else "")
        self.links.setVisible(bool(self.links.text()))


def summary(row: Row) -> str:
    """A row in a few lines, for where there is no room for more."""
    entry = row.entry
    if row.local is not None:
        return "\n".join((entry.name, breakable(row.source)))
    params = tr("number of parameters unknown")
    if entry.params is not None:
        params = tr("{count} parameters", count=thousands(entry.params))
    place = tr("on this machine") if entry.cached else tr("will be downloaded when opened")
    facts = (
        params,
        tr("{macs} MACs for an image of {size} pixels", macs=si(entry.macs), size=input_text(entry))
        if entry.macs
        else "",
        tr("licence: {name}", name=entry.licence) if entry.licence else tr("licence: not stated"),
        place,
        tr("ViTPrune can: {what}", what=tr(SUPPORT[entry.support])),
    )
    return "\n".join((entry.name, " · ".join(filter(None, facts))))


def download_text(status: JobStatus) -> str:
    """How far a download is, how fast, and how long it still takes."""
    if status.state == "queued":
        return tr("Waits for another download")
    if status.cancelling:
        return tr("Cancelling…")
    if not status.done:
        return tr("Asking the hub…")
    parts = [
        tr("{done} of {total}", done=size_text(status.done), total=size_text(status.total))
        if status.total
        else size_text(status.done)
    ]
    if status.rate is not None:
        parts.append(tr("{amount} a second", amount=size_text(round(status.rate))))
    if status.eta_seconds is not None:
        parts.append(tr("{time} left", time=duration(status.eta_seconds)))
    return " · ".join(parts)


def size_text(count: int | None) -> str:
    """A number of bytes in decimal units: 346 MB."""
    return si(count, "B")


def _of_weights(entry: ModelEntry) -> list[tuple[str, str]]:
    facts = [
        (tr("ViTPrune can"), f"{tr(SUPPORT[entry.support])}\n{support_reason(entry)}"),
        (tr("Family"), entry.family),
        (tr("Parameters"), thousands(entry.params) if entry.params is not None else ""),
        (tr("MACs"), tr("{macs} for one image", macs=si(entry.macs)) if entry.macs is not None else ""),
        (tr("Input"), tr("{size} pixels, {how}", size=input_text(entry), how=entry.interpolation)),
        (tr("Mean"), _channels(entry.mean)),
        (tr("Deviation"), _channels(entry.std)),
        (tr("Classes"), thousands(entry.num_classes) if entry.num_classes else tr("none: it gives features")),
        (tr("Top-1"), tr("{share} on ImageNet-1k, as timm publishes", share=f"{100 * entry.top1:.2f} %"))
        if entry.top1 is not None
        else ("", ""),
        (tr("Licence"), "\n".join((entry.licence or tr("not stated"), licence_note(entry.licence)))),
        (tr("Repository"), breakable(entry.weights.hf_hub_id)),
        *_place(entry),
    ]
    return [(name, value) for name, value in facts if value]


def _place(entry: ModelEntry) -> list[tuple[str, str]]:
    if entry.file is None:
        if entry.params is None:
            return [(tr("Download"), tr("The hub says how large it is when it starts."))]
        size = size_text(entry.params * _BYTES_A_PARAMETER)
        return [
            (tr("Download"), tr("{size} if it holds 32-bit numbers, as most do; the hub says it exactly", size=size))
        ]
    return [
        (tr("On this machine"), breakable(str(entry.file))),
        (tr("Size"), size_text(entry.size)),
        (tr("Last used"), _day(entry.used)),
    ]


def _of_file(row: Row) -> list[tuple[str, str]]:
    local = row.local
    assert local is not None
    facts = [
        (tr("Kind"), tr("exported folder") if local.folder else tr("weights file")),
        (tr("Architecture"), local.architecture),
        (tr("Place"), breakable(local.source)),
        (tr("Size"), size_text(local.size) if local.size is not None else tr("It is not there any more.")),
        (tr("Changed"), _day(local.used)),
    ]
    return [(name, value) for name, value in facts if value]


def _links(entry: ModelEntry) -> list[str]:
    family = FAMILIES.get(entry.family, ("", ""))[1]
    found = (
        (tr("Page of the weights"), entry.page),
        (tr("Text of the licence"), licence_text(entry.licence)),
        (tr("Paper of the weights"), f"{_PAPERS}{entry.paper}" if entry.paper else ""),
        (tr("Paper of the family"), f"{_PAPERS}{family}" if family and family != entry.paper else ""),
        (tr("Where they come from"), entry.origin),
    )
    return [f'<a href="{escape(address)}">{escape(text)}</a>' for text, address in found if address]


def _channels(values: tuple[float, ...]) -> str:
    return ", ".join(f"{value:.4g}" for value in values)


def _day(seconds: float | None) -> str:
    return datetime.fromtimestamp(seconds).strftime("%Y-%m-%d %H:%M") if seconds is not None else ""
