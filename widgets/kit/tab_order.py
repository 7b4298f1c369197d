"""The order of Tab: what is built later than its neighbours still comes where it is seen."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

from widgets.kit.parts import parts


def stops(part: QWidget) -> list[QWidget]:
    """What Tab can come to in `part`, in the order in which it was made; what is hidden at the moment included, what is
    a window of its own (a list that drops down) not."""
    found = []
    for one in parts(part):
        proxy = one.focusProxy()
        is_stop = one.focusPolicy() & Qt.FocusPolicy.TabFocus or proxy is not None
        is_inner = proxy is not None and proxy.isAncestorOf(one)  # the line within a number field
        if is_stop and not is_inner and one.window() is part.window():
            found.append(one)
    return found


def one_after_another(parts: Iterable[QWidget]) -> None:
    """Tab goes from each of these to the next.

    Qt moves the part that a field hands its focus on to, and not the field, at which Tab then finds that part again:
    fields are ordinary stops meanwhile.
    """
    parts = tuple(parts)
    proxies = [(part, part.focusPolicy(), part.focusProxy()) for part in parts if part.focusProxy() is not None]
    for part, _, _ in proxies:
        part.setFocusProxy(None)
        part.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    for one, other in pairwise(parts):
        QWidget.setTabOrder(one, other)
    for part, policy, proxy in proxies:
        part.setFocusPolicy(policy)
        part.setFocusProxy(proxy)
