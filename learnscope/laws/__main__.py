"""`python -m learnscope.laws NAME`: which laws an algorithm keeps, and how those break that it does not keep.

NAME is an algorithm's id, the name of an installed package or of its entry point, or, before anything is installed, a
module that holds a ROW: `my_package` or `my_package:ROW`. Exit code: 0 all kept, 1 some broken, 2 no such algorithm.
"""

from __future__ import annotations

import os
import sys

# As main.py has it: the laws ask for the same bits, and sums keep their order on one thread alone.
for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS"):
    os.environ[_name] = "1"

import importlib  # noqa: E402
import re  # noqa: E402
from collections import Counter  # noqa: E402
from pathlib import Path  # noqa: E402
from typing import Any  # noqa: E402

import models  # noqa: E402
from lab.sessions import kernel_cache as kernels  # noqa: E402
from models.added import GROUP  # noqa: E402

_CONTRACT = Path(__file__).with_name("contract.py")


class Judge:
    """A plugin of pytest that tells it which algorithms are meant, and counts what comes of each law."""

    def __init__(self, ids: list[str]) -> None:
        self._ids = ids
        self.laws: dict[str, Counter[str]] = {}
        self.complaints: list[str] = []

    def pytest_configure(self, config: Any) -> None:
        config.learnscope_ids = self._ids

    def pytest_collectreport(self, report: Any) -> None:
        if report.failed:
            self.complaints.append(f"{report.nodeid}\n{report.longreprtext}")

    def pytest_runtest_logreport(self, report: Any) -> None:
        if report.when != "call" and report.passed:
            return
        name, _, case = report.location[2].partition("[")
        self.laws.setdefault(name, Counter())[report.outcome] += 1
        if report.failed:
            self.complaints.append(f"{_sentence(name)} [{case}\n{report.longreprtext}")
        mark = {"passed": ".", "failed": "F", "skipped": "s"}[report.outcome]
        print(mark, end="", flush=True)


def main(arguments: list[str]) -> int:
    if len(arguments) != 1 or arguments[0] in ("-h", "--help"):
        print(__doc__.strip())
        return 0 if arguments in (["-h"], ["--help"]) else 2
    try:
        import pytest
    except ModuleNotFoundError:
        print("The laws need pytest: pip install pytest", file=sys.stderr)
        return 2
    ids, complaints = wanted(arguments[0])
    for complaint in complaints:
        print(complaint, file=sys.stderr)
    if not ids:
        return 2
    kernels.use_cache()
    missing = [id for id in ids if not models.can_load(id)]
    if missing:
        for entry in models.broken():
            print(_told(entry), file=sys.stderr)
        return 2
    judge = Judge(ids)
    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    os.environ.pop("PYTEST_ADDOPTS", None)
    quiet = ["-p", "no:terminal", "-p", "no:cacheprovider", "-c", os.devnull, "--rootdir", str(_CONTRACT.parent)]
    code = pytest.main([*quiet, "--import-mode=importlib", str(_CONTRACT)], plugins=[judge])
    print("\n")
    for complaint in judge.complaints:
        print(complaint, end="\n\n")
    print(f"The laws over {', '.join(ids)}:")
    for name, counted in judge.laws.items():
        print(f"  {_verdict(counted):10}  {_sentence(name)}")
    found = Counter(_verdict(counted) for counted in judge.laws.values())
    print(f"{found['kept']} laws kept, {found['BROKEN']} broken, {found['not for it']} that do not concern it.")
    return 0 if code == 0 and judge.laws else 1


def wanted(name: str) -> tuple[list[str], list[str]]:
    """The ids of the algorithms that a name means, and what there is to say against it."""
    complaints = [_told(entry) for entry in models.broken() if entry.name == name]
    if name in [row.id for row in models.CATALOGUE]:
        return [name], complaints
    ids = _ids_of_package(name)
    if ids or complaints:
        return ids, complaints
    module, _, attribute = name.partition(":")
    sys.path.insert(0, os.getcwd())  # what is being written need not be installed yet
    try:
        row = getattr(importlib.import_module(module), attribute or "ROW")
    except Exception as error:
        known = ", ".join(row.id for row in models.CATALOGUE)
        complaint = (
            f"There is no algorithm, package or module with a ROW called {name} ({type(error).__name__}: {error}). "
        )
        return [], [f"{complaint}Algorithms: {known}."]
    problem = models.add(name, row)
    return ([], [problem.said.say("en")]) if problem is not None else ([row.id], [])


def _ids_of_package(name: str) -> list[str]:
    """The ids that an installed package, or one entry point, brings to the catalogue."""
    from importlib.metadata import entry_points

    ids = []
    for entry in entry_points(group=GROUP):
        package = entry.dist.name if entry.dist is not None else ""
        if name == entry.name or _plain(name) == _plain(package):
            try:
                id = entry.load().id
            except Exception:  # it is among models.broken() and named there
                continue
            if id in [row.id for row in models.CATALOGUE]:
                ids.append(id)
    return ids


def _told(entry: models.Broken) -> str:
    return f"{entry.said.say('en')}\n{entry.trace}".strip()


def _plain(package: str) -> str:
    return re.sub(r"[-_.]+", "-", package).lower()


def _verdict(counted: Counter[str]) -> str:
    if counted["failed"]:
        return "BROKEN"
    return "kept" if counted["passed"] else "not for it"


def _sentence(law: str) -> str:
    return law.removeprefix("test_that_").replace("_", " ")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
