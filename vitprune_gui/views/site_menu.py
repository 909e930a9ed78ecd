"""What can be done with sites, under the right mouse button of the site tree."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from PySide6.QtGui import QGuiApplication, QKeySequence
from PySide6.QtWidgets import QMenu, QWidget

from vitprune.architecture import Kind, Site
from vitprune.plan import Action, held
from vitprune_gui.repairs import REPAIRS
from vitprune_gui.state import AppState
from vitprune_gui.translation import tr

if TYPE_CHECKING:
    from vitprune_gui.commands import Commands


class SiteMenu(QMenu):
    """What is under the mouse is `site`; `targets` are the ids of all that a choice is about, from top to bottom."""

    def __init__(
        self, state: AppState, commands: Commands, site: Site, targets: Sequence[str], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._state, self._commands = state, commands
        self.setToolTipsVisible(True)
        planning = commands.planning
        kept = [target for target in self._free(targets) if not self._removed(target)]
        gone = [target for target in targets if self._removed(target)]
        count = len(targets)
        one = count == 1
        why = tr(site.fixed) if site.fixed else "" if kept or gone else tr("It is protected.")
        prune, restore = commands.remove_sites, commands.restore_sites
        self._add(tr("Prune") if one else tr("Prune %n site(s)", "", count), kept, prune, why, "Space")
        self._add(tr("Restore") if one else tr("Restore %n site(s)", "", count), gone, restore, key="Space")
        self._add_repairs(gone)
        bare = [target for target in targets if target not in state.protected]
        if bare:
            self._add(tr("Protect") if one else tr("Protect %n site(s)", "", count), bare, planning.protect, key="P")
        else:
            text = tr("Release") if one else tr("Release %n site(s)", "", count)
            self._add(text, targets, planning.release, key="P")
        self.addSeparator()
        self._add_neighbours(site)
        copy = self.addAction(tr("Copy site id") if one else tr("Copy %n site id(s)", "", count))
        copy.triggered.connect(lambda: QGuiApplication.clipboard().setText("\n".join(targets)))

    def _add(
        self, text: str, ids: Sequence[str], run: Callable[[Sequence[str]], object], why_not: str = "", key: str = ""
    ) -> None:
        action = self.addAction(text)
        action.setEnabled(bool(ids))
        action.setToolTip(why_not if not ids else "")
        action.setShortcut(QKeySequence(key))  # to be read: the tree itself listens to the key
        action.triggered.connect(lambda: run(ids))

    def _add_neighbours(self, site: Site) -> None:
        """What goes with a site: its block, and the attention layers after it."""
        architecture = self._state.architecture
        if architecture is None:
            return
        block = site if site.kind == Kind.BLOCK else architecture.by_id.get(site.parent or "")
        if block is not None:
            whole = [] if self._removed(block.id) else self._free([block.id])
            self._add(tr("Prune this block"), whole, self._commands.remove_sites)
        later = [other.id for other in architecture.of_kind(Kind.ATTENTION) if other.depth > site.depth]
        later = [other for other in self._free(later) if not self._removed(other)]
        text = tr("Prune all {count} attention layers after here", count=len(later))
        self._add(text, later, self._commands.remove_sites)
        self.addSeparator()

    def _add_repairs(self, gone: list[str]) -> None:
        """What stands for those that are removed: for those that are in the plan by their own name."""
        plan, architecture = self._state.plan, self._state.architecture
        named = [site for site in gone if plan is not None and site in plan]
        if not named or plan is None or architecture is None:
            return
        one = len(named) == 1
        below = self.addMenu(
            tr("Change the repair") if one else tr("Change the repair of {count} sites", count=len(named))
        )
        below.setToolTipsVisible(True)
        now = {plan.action(site) for site in named}
        for repair, choice in REPAIRS.items():
            wanted = Action.REMOVE if repair == "none" else Action(repair)
            able = [site for site in named if wanted is Action.REMOVE or architecture.by_id[site].cost(wanted)]
            action = below.addAction(tr(choice.title))
            action.setCheckable(True)
            action.setChecked(now == {wanted})
            action.setEnabled(bool(able))
            action.setToolTip(tr(choice.what) if able else tr("Sites of this kind cannot have it."))
            action.triggered.connect(lambda _=False, a=wanted, s=tuple(able): self._commands.repair_sites(s, a))

    def _free(self, sites: Sequence[str]) -> list[str]:
        """Those that can go."""
        architecture = self._state.architecture
        if architecture is None:
            return []
        stay = held(architecture, self._state.protected)
        return [site for site in sites if not architecture.by_id[site].fixed and site not in stay]

    def _removed(self, site: str) -> bool:
        plan, architecture = self._state.plan, self._state.architecture
        return plan is not None and architecture is not None and plan.removes(architecture, site)
