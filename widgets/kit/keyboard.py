"""Letters on the keyboard: which key was pressed, whatever an input method makes of it."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication, QKeyEvent

# What the two-set Korean keyboard types for each letter key.
JAMO = dict(zip("QWERTYUIOPASDFGHJKLZXCVBNM", "ㅂㅈㄷㄱㅅㅛㅕㅑㅐㅔㅁㄴㅇㄹㅎㅗㅓㅏㅣㅋㅌㅊㅍㅠㅜㅡ", strict=True))
_LATIN = {jamo: letter for letter, jamo in JAMO.items()}
# Physical keys: scan codes of Windows (set 1), key codes of X11 and Wayland (evdev + 8).
_SCAN_WINDOWS = {0x12: "E", 0x2F: "V", 0x30: "B"}
_SCAN_X11 = {26: "E", 55: "V", 56: "B"}
# Physical keys that arrive without a letter: scan codes of X11 and Wayland (evdev + 8), and of Windows (set 1).
_CARD_X11 = {38: "A", 56: "B", 54: "C", 40: "D"}
_CARD_WINDOWS = {0x1E: "A", 0x30: "B", 0x2E: "C", 0x20: "D"}


def latin_letter(event: QKeyEvent) -> str:
    """The letter on the pressed key, whatever the input method makes of it; "" for another key."""
    text = event.text() or (chr(event.key()) if 0x20 <= event.key() < 0x10000 else "")
    if text in _LATIN:
        return _LATIN[text]
    if Qt.Key.Key_A <= event.key() <= Qt.Key.Key_Z:
        return chr(event.key())
    scan = event.nativeScanCode()
    return _SCAN_X11.get(scan, "") or (_SCAN_WINDOWS.get(scan, "") if event.nativeVirtualKey() else "")


def answer_letter(event: QKeyEvent) -> str:
    """`latin_letter`, also of a key that arrives without a number of its own: A to D, by where they lie."""
    if event.key() not in (0, Qt.Key.Key_unknown):
        return latin_letter(event)
    codes = _CARD_WINDOWS if QGuiApplication.platformName() == "windows" else _CARD_X11
    return latin_letter(event) or codes.get(event.nativeScanCode(), "")
