"""Learnscope: `python main.py` opens the window; list, run and predict work without one (see --help)."""

from __future__ import annotations

import os
import sys

# One thread for each linear algebra library: small problems run fastest so, and sums keep their order, which the
# promise "same seed, same numbers" needs. Must stand before the first import of numpy.
for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS"):
    os.environ[_name] = "1"

_WITHOUT_WINDOW = ("list", "run", "predict", "-h", "--help")


def main(argv: list[str] | None = None) -> int:
    """The command line's `learnscope`: returns the exit code. Arguments that are no command go to the window."""
    from lab import console

    console.prepare()
    arguments = sys.argv[1:] if argv is None else argv
    try:
        if not console.has_folder("ko" if "ko" in arguments else "en", is_needed=bool(arguments)):
            return console.WRONG_START
        return _main(arguments)
    finally:
        console.leave()


def _main(arguments: list[str]) -> int:
    if arguments and arguments[0] in _WITHOUT_WINDOW:
        from lab.leaving.cli import main as run_command

        return run_command(arguments)
    if arguments and arguments[0] == "screenshots":
        from widgets.window.screenshots import main as take_screenshots

        return take_screenshots(arguments[1:])
    import gc

    gc.disable()  # until the first picture (widgets/window/app.py): what is imported and built until then all stays
    from widgets.window.app import main as open_window

    return open_window(arguments)


if __name__ == "__main__":
    sys.exit(main())
