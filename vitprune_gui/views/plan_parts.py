"""Pieces of the plan panel: a bar of what is left, and a row for each site that went."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Signal, Slot
from PySide6.QtGui import QPainter, QPaintEvent, QPalette
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QToolButton, QWidget

from vitprune.architecture import Site
from vitprune.plan import Action, PruningPlan
from vitprune_gui.colours import mix
from vitprune_gui.repairs import REPAIRS, word
from vitprune_gui.symbols import kind_icon
from vitprune_gui.translation import tr
from vitprune_gui.views.formatting import percent, site_name, units_less, units_of
from vitprune_gui.views.parts import SPACE, Elided


class Remaining(QWidget):
    """A bar of what is left of the dense model."""

    def __init__(self) -> None:
        super().__init__()
        self._share = 1.0
        self.setFixedHeight(8)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def show_share(self, share: float) -> None:
        self._share = min(1.0, max(0.0, share))
        self.setAccessibleDescription(percent(self._share))
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(100, 8)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        palette = self.palette()
        ground, ink = palette.color(QPalette.ColorRole.Window), palette.color(QPalette.ColorRole.WindowText)
        area = QRectF(self.rect())
        painter.fillRect(area, mix(ground, ink, 0.14))
        area.setWidth(area.width() * self._share)
        painter.fillRect(area, palette.color(QPalette.ColorRole.Accent))


class RemovedRow(QWidget):
    """A site that goes, with what stands for it, or one that stays without some of its heads or neurons; and the button
    that brings all of it back."""

    restored = Signal(str)

    def __init__(self, site: Site, plan: PruningPlan, palette: QPalette) -> None:
        super().__init__()
        self._site = site.id
        cut = units_of(plan, site)
        action = plan.action(site.id) or Action.REMOVE
        repair = "none" if action is Action.REMOVE else str(action)
        icon = QLabel()
        icon.setPixmap(kind_icon(site.kind, palette, hollow=not cut).pixmap(16, 16))
        name = Elided(site_name(site))
        self.repair = QLabel(units_less(plan, site) if cut else word(repair))
        self.repair.setForegroundRole(QPalette.ColorRole.Link)
        self.setToolTip(f"{site.id}\n{cut or tr(REPAIRS[repair].what)}")
        button = QToolButton()
        button.setText(tr("Restore"))
        button.setAutoRaise(True)
        button.setAccessibleName(tr("Restore {site}", site=site_name(site)))
        button.clicked.connect(self._restore)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(6, 0, 2, 0)
        layout.setSpacing(SPACE)
        layout.addWidget(icon)
        layout.addWidget(name, 1)
        layout.addWidget(self.repair)
        layout.addWidget(button)

    @Slot()
    def _restore(self) -> None:
        self.restored.emit(self._site)
