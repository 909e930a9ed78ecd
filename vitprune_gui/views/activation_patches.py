"""The patches of one image: what they have in common, how long they are, and which are like the one that is clicked."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QSignalBlocker, Qt, Slot
from PySide6.QtGui import QPalette, QResizeEvent
from PySide6.QtWidgets import (
    QBoxLayout,
    QComboBox,
    QHBoxLayout,
    QLabel,
    QScrollArea,
    QSpinBox,
    QSplitter,
    QVBoxLayout,
    QWidget,
)

from vitprune.architecture import Site
from vitprune_gui.explorer import Explorer
from vitprune_gui.state import AppState
from vitprune_gui.translation import noop, tr
from vitprune_gui.views.formatting import decimal, first_up, percent, significant, site_name, thousands
from vitprune_gui.views.parts import SPACE, Elided, rule, wrapped

if TYPE_CHECKING:
    from vitprune.explorer import PatchesOfSite
    from vitprune_gui.charts.patches import PatchMap, PatchStrip
    from vitprune_gui.commands import Commands

_WIDE = 640  # px, from which everything has room beside everything
_SIDE, _NARROW_SIDE = 260, 200  # px of the words beside the map
_MEANINGS = {
    "components": noop(
        "Patches of one colour are alike in the three directions in which the patches of this image differ most. "
        "Colours are of one site: its components are not those of another."
    ),
    "norms": noop(
        "How long the stream is at each patch. A few patches far longer than the rest hold no longer what is in their "
        "place of the image."
    ),
    "similarity": noop("Cosine between the stream at the chosen patch and at every other one, after the site."),
}


class PatchesPage(QWidget):
    def __init__(self, state: AppState, commands: Commands, explorer: Explorer, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._state, self._commands, self._explorer = state, commands, explorer
        self.map: PatchMap | None = None
        self.strip: PatchStrip | None = None

        self.image = QSpinBox()
        self.image.setAccessibleName(tr("Image"))
        self.image.setKeyboardTracking(False)
        self.image.setWrapping(True)
        self.path = Elided(selectable=True)
        self.quantity = QComboBox()
        self.quantity.setAccessibleName(tr("Quantity"))
        self.quantity.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        self.site = QComboBox()
        self.site.setAccessibleName(tr("Site"))
        self.site.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        self._rows = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        self._rows.setSpacing(SPACE)
        self._rows.addLayout(_in_line((tr("&Image"), self.image), ("", self.path)), 1)
        self._rows.addLayout(_in_line((tr("&Show"), self.quantity), (tr("&After"), self.site)))

        self.meaning = wrapped()
        self.meaning.setForegroundRole(QPalette.ColorRole.PlaceholderText)
        self.reading = wrapped(selectable=True)
        self.reading.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.reading.setMinimumHeight(5 * self.fontMetrics().lineSpacing())  # or the map would jump under the mouse
        self.facts = wrapped(selectable=True)
        words = QWidget()
        column = QVBoxLayout(words)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACE)
        for widget in (self.meaning, rule(), self.reading, rule(), self.facts):
            column.addWidget(widget)
        column.addStretch(1)
        self._side = side = QScrollArea()
        side.setFrameShape(QScrollArea.Shape.NoFrame)
        side.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        side.setWidgetResizable(True)
        side.setWidget(words)
        upper = QWidget()
        self._upper = QBoxLayout(QBoxLayout.Direction.LeftToRight, upper)
        self._upper.setContentsMargins(0, 0, 0, 0)
        self._upper.setSpacing(2 * SPACE)
        self._upper.addWidget(side)
        self._splitter = QSplitter(Qt.Orientation.Vertical)
        self._splitter.setChildrenCollapsible(False)
        self._splitter.addWidget(upper)
        page = QVBoxLayout(self)
        page.setContentsMargins(8, 6, 8, 8)
        page.setSpacing(SPACE)
        page.addLayout(self._rows)
        page.addWidget(self._splitter, 1)

        self.image.valueChanged.connect(self._choose_image)
        self.quantity.activated.connect(self._choose_quantity)
        self.site.activated.connect(self._choose_listed)
        explorer.explored_changed.connect(self._offer)
        explorer.picture_changed.connect(self._show)
        explorer.spot_changed.connect(self._show)
        explorer.busy_changed.connect(self._show_image)
        state.selection_changed.connect(self._show_site)
        self._offer(None)

    # What there is

    @Slot(object)
    def _offer(self, _: object) -> None:
        explored = self._explorer.explored
        with QSignalBlocker(self.image), QSignalBlocker(self.site):
            self.image.setRange(1, max(1, explored.images if explored is not None else 1))
            self.image.setValue(self._explorer.image + 1)
            self.site.clear()
            for site in explored.layouts if explored is not None else ():
                known = explored.architecture.by_id.get(site) if explored is not None else None
                self.site.addItem(site_name(known) if known is not None else site, site)
        self._show()

    @Slot()
    def _show(self) -> None:
        picture, explored = self._explorer.picture, self._explorer.explored
        if picture is None or explored is None:
            return
        strip = self._charts()
        quantity = self._quantity()
        patches = {site: self._explorer.patch(site) for site in picture.sites}
        self._show_image()
        self.meaning.setText(tr(_MEANINGS[quantity]))
        title = tr("{quantity} after every site, by block", quantity=self._title())
        strip.show_picture(quantity, picture, explored.architecture.by_id, patches, title)
        self._show_site(None)

    @Slot()
    def _show_image(self) -> None:
        """Which one is on show, or on its way."""
        picture = self._explorer.picture
        with QSignalBlocker(self.image):
            self.image.setValue(self._explorer.image + 1)
        on_show = picture is not None and picture.image == self._explorer.image
        self.path.setText(self._image_name(self._explorer.image) if on_show else tr("Reading…"))

    @Slot(object)
    def _show_site(self, _: object) -> None:
        """The chosen site alone: the strip stays as it is."""
        picture, site = self._explorer.picture, self._explorer.site()
        if picture is None or site is None or self.map is None or self.strip is None:
            return
        found = picture.sites[site]
        known = self._known(site)
        name = site_name(known) if known is not None else site
        with QSignalBlocker(self.site):
            self.site.setCurrentIndex(self.site.findData(site))
        title = tr("{quantity} after {site}", quantity=self._title(), site=name)
        self.map.show_patches(title, self._quantity(), found, self._explorer.patch(site))
        self.strip.select(site)
        self._read(None)
        self._tell(site, found)

    def _tell(self, site: str, found: PatchesOfSite) -> None:
        """What is to be said of the image at this site, and of the chosen patch."""
        from vitprune.explorer import HIGH
        from vitprune_gui.charts.patches import kept_patches

        lines = [tr("One image. {patches}.", patches=first_up(kept_patches(found)))]
        if found.layout.grid is None:
            lines.append(found.layout.reason)
        elif len(found.layout.patches) < found.layout.grid[0] * found.layout.grid[1]:
            lines.append(tr("What is said of patches is said of those that were kept."))
        place = found.layout.class_place
        if place is not None:
            lines.append(tr("Class token: length {length}.", length=significant(float(found.norms[place]))))
        if len(found.patch_norms):
            median = significant(float(np.median(found.patch_norms)))
            lines.append(tr("Patches: median length {length}.", length=median))
            lines.append(
                tr(
                    "%n high-norm patch(es): longer than {times} times that.",
                    "",
                    int(found.high.sum()),
                    times=f"{HIGH:g}",
                )
            )
        if np.isfinite(found.explained).any():
            share = percent(float(found.explained.sum()))
            lines.append(tr("Three components: {share} of the variance.", share=share))
        patch = self._explorer.patch(site)
        if patch is not None and found.similarity is not None:
            row, column = found.layout.cells[patch].tolist()
            others = np.delete(found.similarity[patch].astype(np.float64), patch)
            lines.append(
                tr(
                    "Chosen: row {row}, column {column}. Cosine with the others: median {median}, from {low} to "
                    "{high}.",
                    row=row + 1,
                    column=column + 1,
                    median=decimal(float(np.median(others)), 2),
                    low=decimal(float(others.min()), 2),
                    high=decimal(float(others.max()), 2),
                )
                if len(others)
                else tr("Chosen: the only patch that was kept.")
            )
        elif self._explorer.spot is not None and patch is None and found.layout.grid is not None:
            lines.append(tr("The chosen patch was not kept here."))
        self.facts.setText("\n".join(lines))

    @Slot(object)
    def _read(self, cell: tuple[int, int] | None) -> None:
        """Under the mouse or the keyboard's cursor; else of the patch that is chosen."""
        if self.map is None:
            return
        at = cell or self.map.marked
        self.reading.setText(self.map.tip(*at) if at else tr("Click a patch to compare the others with it."))

    # From the user

    @Slot(int)
    def _choose_image(self, number: int) -> None:
        self._explorer.show_image(number - 1)

    @Slot()
    def _choose_quantity(self) -> None:
        site, picture = self._explorer.site(), self._explorer.picture
        grid = picture.sites[site].layout.grid if picture is not None and site is not None else None
        if self._quantity() == "similarity" and self._explorer.spot is None and picture and site and grid:
            # The middle, as far as it was kept, until people choose.
            cells = picture.sites[site].layout.cells
            if len(cells):
                nearest = cells[np.abs(cells - (np.array(grid) - 1) / 2).sum(axis=1).argmin()]
                self._explorer.choose(int(nearest[0]), int(nearest[1]), grid)
                return
        self._show()

    @Slot()
    def _choose_listed(self) -> None:
        self._commands.select_site(self.site.currentData())

    @Slot(str)
    def _choose_site(self, site: str) -> None:
        self._commands.select_site(site)

    @Slot(int, int)
    def choose(self, row: int, column: int) -> None:
        """Take a patch by its cell on the map."""
        found = self.map.found if self.map is not None else None
        if found is not None and found.layout.grid is not None:
            self._explorer.choose(row, column, found.layout.grid)

    def _charts(self) -> PatchStrip:
        if self.map is None or self.strip is None:
            # Plotting and numpy are imported with the first image: the window is on the screen long before.
            from vitprune_gui.charts.patches import QUANTITIES, PatchMap, PatchStrip

            for name, title in QUANTITIES.items():
                self.quantity.addItem(tr(title), name)
            self.map, self.strip = PatchMap(), PatchStrip()
            self.map.setMinimumSize(240, 200)
            self.strip.setMinimumHeight(150)
            self._upper.insertWidget(0, self.map, 1)
            self._splitter.addWidget(self.strip)
            self._splitter.setStretchFactor(0, 3)
            self._splitter.setStretchFactor(1, 1)
            self._splitter.setSizes([480, 240])
            self.map.cell_chosen.connect(self.choose)
            self.map.cell_read.connect(self._read)
            self.strip.site_chosen.connect(self._choose_site)
        return self.strip

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        wide = self.width() >= _WIDE
        self._rows.setDirection(QBoxLayout.Direction.LeftToRight if wide else QBoxLayout.Direction.TopToBottom)
        self._side.setFixedWidth(_SIDE if wide else _NARROW_SIDE)

    def _quantity(self) -> str:
        return self.quantity.currentData() or "components"

    def _title(self) -> str:
        return self.quantity.currentText() or tr("Patches")

    def _known(self, site: str) -> Site | None:
        explored = self._explorer.explored
        return explored.architecture.by_id.get(site) if explored is not None else None

    def _image_name(self, image: int) -> str:
        explored = self._explorer.explored
        data = explored.data if explored is not None else None
        if data is None or image >= len(data.paths):
            return ""
        label = data.class_names[data.labels[image]] if image < len(data.labels) else ""
        found = {"all": thousands(data.images), "path": data.paths[image], "label": label}
        return tr("of {all}: {path} ({label})", **found) if label else tr("of {all}: {path}", **found)


def _in_line(*named: tuple[str, QWidget]) -> QHBoxLayout:
    """Widgets with their names before them."""
    row = QHBoxLayout()
    row.setSpacing(SPACE)
    for text, widget in named:
        if text:
            label = QLabel(text)
            label.setBuddy(widget)
            row.addWidget(label)
        row.addWidget(widget, 1 if isinstance(widget, Elided) else 0)
    if not any(isinstance(widget, Elided) for _, widget in named):
        row.addStretch(1)
    return row
