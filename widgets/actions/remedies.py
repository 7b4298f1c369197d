"""One click that mends what a finding says."""

from __future__ import annotations

from lab.document import edits
from models.core.findings import Remedy
from models.words.text import Text
from widgets.actions.edit_actions import EditActions
from widgets.playing.player import Player
from widgets.playing.tuning import Tuning

MENDED = Text("mend what was found", "발견된 문제 고치기")


def apply_remedy(remedy: Remedy, player: Player, tuning: Tuning, actions: EditActions) -> None:
    """Do what the remedy says and start again with it."""
    match remedy.kind:
        case "setting":
            tuning.edit(MENDED, lambda project: edits.set_setting(project, remedy.name, remedy.value))
        case "scaling":
            tuning.edit(MENDED, lambda project: edits.set_scaling(project, "standard"))
        case "algorithm":
            actions.on_algorithm_picked(str(remedy.value))
        case "seed":
            tuning.another_start()
            return
    if player.stale:
        player.rewind()
