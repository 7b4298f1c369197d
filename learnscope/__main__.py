"""`python -m learnscope` and the command `learnscope`: main.py, wherever this package has its house."""

from __future__ import annotations

import sys


def main() -> int:
    """The window, or a command of the command line; returns the exit code."""
    from main import main as start  # found in the folder that learnscope/__init__.py puts on the path

    return start()


if __name__ == "__main__":
    sys.exit(main())
