"""One thread, no screen, no settings of the person at the keyboard; the bundled typeface; warnings that count."""

from __future__ import annotations

import os

# Before numpy is imported: BLAS reads these once.
for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[name] = "1"
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import gc  # noqa: E402
import sys  # noqa: E402
import time  # noqa: E402

import pytest  # noqa: E402

from lab.sessions import kernel_cache as kernels  # noqa: E402

gc.disable()  # as in the program (widgets/kit/garbage.py): a worker's thread must never take widgets apart
kernels.use_cache()  # before a test file imports an algorithm

_SLOW_COLLECTION_S = 0.08
_MUCH_GARBAGE = 20_000  # objects made since the last collection
# Said by the offscreen platform and by Qt's own start-up, whatever the program does.
_HARMLESS = ("This plugin does not support", "propagateSizeHints", "XDG_RUNTIME_DIR")


def _collect() -> None:
    """Collect what this test left behind. The hundreds of thousands of objects of torch and numba are looked through
    once and then set aside: with them every collection took half a second."""
    begun = time.perf_counter()
    gc.collect()
    if time.perf_counter() - begun > _SLOW_COLLECTION_S:
        gc.freeze()


@pytest.fixture(scope="session")
def qapp(qapp_args, qapp_cls, pytestconfig):
    """The application of all window tests, dressed as in life."""
    from PySide6.QtCore import QStandardPaths

    QStandardPaths.setTestModeEnabled(True)
    from widgets.kit.theme import theme

    app = qapp_cls.instance() or qapp_cls(qapp_args)
    app.setApplicationName("learnscope-tests")
    theme.apply(app)
    return app


@pytest.fixture(autouse=True)
def _clean_window(request):
    """After a window test: light theme, Korean, deferred deletions done, no Qt warning, nothing left unraised."""
    if not ({"qtbot", "qapp"} & set(request.fixturenames)):
        yield
        if gc.get_count()[0] > _MUCH_GARBAGE:
            _collect()
        return
    from PySide6.QtCore import QCoreApplication, QEvent, qInstallMessageHandler
    from PySide6.QtWidgets import QApplication

    warnings: list[str] = []
    unraisable: list[str] = []

    def on_message(kind, context, message) -> None:
        if kind.name != "QtDebugMsg" and kind.name != "QtInfoMsg" and not any(h in message for h in _HARMLESS):
            warnings.append(message)

    def on_unraisable(what) -> None:
        unraisable.append(f"{what.err_msg or ''} {what.exc_value!r} in {what.object!r}")

    before_message, before_hook = qInstallMessageHandler(on_message), sys.unraisablehook
    sys.unraisablehook = on_unraisable
    try:
        yield
        from widgets.kit.language import language
        from widgets.kit.theme import theme

        for window in QApplication.topLevelWidgets():
            if window.parent() is None:  # menus and popups go with the window that owns them
                window.close()
                window.deleteLater()
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
        language.set("ko")
        theme.set("light")
        _collect()
    finally:
        qInstallMessageHandler(before_message)
        sys.unraisablehook = before_hook
    assert not warnings, f"Qt warned: {warnings}"
    assert not unraisable, f"an error could not be raised: {unraisable}"
