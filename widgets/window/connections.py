"""What is connected with what in the window: signals of one room with slots of another, and every action with its work."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any, Protocol

from lab.data.bundled_tables import BUNDLED
from lab.protocol.export_formats import FORMATS
from widgets.actions.menus import ABOUT, ABOUT_TITLE, KEYS, KEYS_TITLE
from widgets.panes.kinds import NAMES

if TYPE_CHECKING:
    from lab.protocol.pane_kinds import PaneId
    from models.words.text import Lang, Text
    from widgets.actions.edit_actions import EditActions
    from widgets.actions.export_actions import ExportActions
    from widgets.actions.file_actions import FileActions
    from widgets.actions.menus import Actions
    from widgets.kit.theme import ThemeName
    from widgets.lessons.lesson_card import LessonCard
    from widgets.lessons.presentation import Presentation
    from widgets.panes.panes import Panes
    from widgets.playing.document import Document
    from widgets.playing.player import Player
    from widgets.playing.tuning import Tuning
    from widgets.side.algorithm_picker import AlgorithmPicker
    from widgets.side.dataset_panel import DatasetPanel
    from widgets.side.device_box import DeviceBox
    from widgets.side.param_form import ParamForm
    from widgets.stages.plane.plane_view import PlaneView
    from widgets.transport.narration_bar import NarrationBar
    from widgets.transport.status_line import StatusLine
    from widgets.transport.transport_bar import TransportBar


class Rooms(Protocol):
    """A window that is assembled: its rooms, and what it does itself."""

    document: Document
    player: Player
    plane: PlaneView
    panes: Panes
    data_panel: DatasetPanel
    picker: AlgorithmPicker
    form: ParamForm
    device_box: DeviceBox
    transport: TransportBar
    narration: NarrationBar
    status: StatusLine
    card: LessonCard
    files: FileActions
    edits: EditActions
    tuning: Tuning
    exports: ExportActions
    presentation: Presentation
    actions_: Actions

    def close(self) -> bool: ...

    def tell(self, title: Text, text: Text) -> None: ...

    def bring_pane(self, id: PaneId) -> None: ...

    def change_speed(self, by: int) -> None: ...

    def set_language(self, code: Lang) -> None: ...

    def set_theme(self, name: ThemeName) -> None: ...

    on_document_changed: Callable[..., None]
    on_document_opened: Callable[..., None]
    on_document_state_changed: Callable[..., None]
    on_packet: Callable[..., None]
    on_told: Callable[..., None]
    on_cleared: Callable[..., None]
    on_ready: Callable[..., None]
    on_looked: Callable[..., None]
    on_presentation_toggled: Callable[..., None]
    on_offer_taken: Callable[..., None]
    on_view_toggled: Callable[..., None]
    on_side_toggled: Callable[..., None]
    on_question_asked: Callable[..., None]


def connect(window: Rooms) -> None:
    """Connect the rooms of a window that is assembled."""
    _connect_document(window)
    _connect_panels(window)
    _connect_actions(window)


def _connect_document(window: Rooms) -> None:
    window.document.changed.connect(window.on_document_changed)
    window.document.opened.connect(window.on_document_opened)
    window.document.state_changed.connect(window.on_document_state_changed)
    player = window.player
    player.shown.connect(window.on_packet)
    player.told.connect(window.on_told)
    player.cleared.connect(window.on_cleared)
    player.ready.connect(window.on_ready)


def _connect_panels(window: Rooms) -> None:
    data, plane, player = window.data_panel, window.plane, window.player
    plane.points_drawn.connect(window.edits.on_points_drawn)
    plane.rows_erased.connect(window.edits.on_rows_erased)
    plane.rows_moved.connect(window.edits.on_rows_moved)
    plane.handle_dragged.connect(window.tuning.drag)
    plane.looked.connect(window.on_looked)
    data.dataset_requested.connect(window.edits.on_dataset_requested)
    data.tool_chosen.connect(plane.set_tool)
    data.brush_chosen.connect(plane.set_brush)
    data.clear_requested.connect(window.edits.on_clear_requested)
    data.open_requested.connect(window.files.open)
    data.train_share_edited.connect(window.edits.on_train_share_edited)
    data.scaling_edited.connect(window.edits.on_scaling_edited)
    data.axes_edited.connect(window.edits.on_axes_edited)
    plane.set_brush(*data.brush)
    window.picker.picked.connect(window.edits.on_algorithm_picked)
    window.form.edited.connect(window.tuning.tune)
    window.device_box.picked.connect(window.tuning.move_to)
    window.panes.seek_requested.connect(player.seek)
    window.panes.edit_requested.connect(window.tuning.put)
    window.presentation.toggled.connect(window.on_presentation_toggled)
    bar = window.transport
    bar.play_toggled.connect(player.play_pause)
    bar.stepped.connect(player.step)
    bar.rewound.connect(player.rewind)
    bar.sought.connect(player.seek)
    bar.speed_chosen.connect(player.set_speed)
    bar.seed_edited.connect(window.tuning.set_seed)
    bar.another_start_requested.connect(window.tuning.another_start)
    window.narration.acted.connect(window.on_offer_taken)
    window.status.split_requested.connect(window.edits.on_split_requested)
    window.card.scene_chosen.connect(window.files.open_scene)
    window.card.open_requested.connect(window.files.open)
    window.card.all_requested.connect(window.files.show_scenes)


def _connect_actions(window: Rooms) -> None:
    player, files, exports, data = window.player, window.files, window.exports, window.data_panel
    does: dict[str, Callable[[], Any]] = {
        "new": files.new, "open": files.open, "save": files.save, "save_as": files.save_as,
        "export_png": exports.export_png, "quit": window.close,
        **{f"export_{kind.id}": partial(exports.export, kind) for kind in FORMATS},
        "undo": window.document.undo_stack.undo, "redo": window.document.undo_stack.redo,
        "copy_image": exports.copy_image,
        **{tool: partial(data.choose_tool, tool) for tool in ("brush", "eraser", "move")},
        **{f"class_{number}": partial(data.choose_class, number) for number in range(7)},
        **{f"table_{id}": partial(window.edits.on_table_requested, id) for id in BUNDLED},
        "swap_axes": window.edits.on_axes_swapped,
        "clear": window.edits.on_clear_requested, "split": window.edits.on_split_requested,
        "reset_settings": window.edits.on_reset_settings,
        "play": player.play_pause, "step": partial(player.step, 1), "step_back": partial(player.step, -1),
        "iteration": partial(player.step, 1, "iteration"), "iteration_back": partial(player.step, -1, "iteration"),
        "epoch": partial(player.step, 1, "epoch"), "epoch_back": partial(player.step, -1, "epoch"),
        "rewind": player.rewind, "another_start": window.tuning.another_start,
        "faster": partial(window.change_speed, 1), "slower": partial(window.change_speed, -1),
        "clear_changes": player.clear_changes,
        "korean": partial(window.set_language, "ko"), "english": partial(window.set_language, "en"),
        "light": partial(window.set_theme, "light"), "dark": partial(window.set_theme, "dark"),
        "surface": window.on_view_toggled, "test_points": window.on_view_toggled,
        "side_panel": window.on_side_toggled, "reset_view": window.plane.reset_view,
        "scenes": files.show_scenes, "save_scene": files.save_scene,
        **{f"pane_{id}": partial(window.bring_pane, id) for id in NAMES},
        "present": window.presentation.toggle, "question": window.on_question_asked,
        "keys": partial(window.tell, KEYS_TITLE, KEYS), "about": partial(window.tell, ABOUT_TITLE, ABOUT),
    }  # fmt: skip
    for id, work in does.items():
        window.actions_[id].triggered.connect(partial(_without_argument, work))
    window.actions_["side_panel"].setChecked(True)


def _without_argument(work: Callable[[], Any], _checked: bool = False) -> None:
    work()
