"""What people see and touch: the only folder that imports PySide6 and pyqtgraph."""

from widgets.kit.lean_imports import lighten

lighten()

from widgets.kit.guard import install  # noqa: E402  (it imports Qt, which has to be lightened first)

install()
