"""What people see and touch: the only folder that imports PySide6 and pyqtgraph."""

from widgets.kit.lean_imports import lighten

lighten()
