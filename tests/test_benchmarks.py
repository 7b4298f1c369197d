"""The benchmarks' own parts: the table, the file, two runs side by side, the rooms. Nothing is timed here."""

from __future__ import annotations

import json
import math
import os
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent / "benchmarks"
sys.path.insert(0, str(HERE))
try:
    import bench
    from measures import Measure, comparison, from_json, table
finally:
    sys.path.remove(str(HERE))

MEASURES = (
    Measure.median("network: torch", (90.0, 100.0, 130.0), "steps/s"),
    Measure.median("  ours / torch", (120.0, 90.0, 110.0), "times", ">= 100"),
    Measure("lateness p99", 12.25, "ms", "< 10", "on a busy machine"),
    Measure("painted early", True, target="yes"),
    Measure("on a GPU", math.nan, "steps/s", note="there is none"),
)


def recorded(*measures: Measure, room: str = "engines", cpu: str = "a processor") -> dict:
    machine = {
        "cpu": cpu, "cores": 2, "system": "Linux", "python": "3.11", "quick": True, "seconds": {room: 61.0},
        "load_before": 0.1, "load_after": 1.0,
    }  # fmt: skip
    return {"machine": machine, "measures": [{"room": room, **measure.as_json()} for measure in measures]}


def written(folder: Path, name: str, record: dict) -> str:
    (folder / name).write_text(json.dumps(record), encoding="utf-8")
    return str(folder / name)


@pytest.fixture
def rooms_beside(monkeypatch, tmp_path):
    """A folder whose modules are rooms too, for the process of a room as well."""
    monkeypatch.syspath_prepend(str(HERE))
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    return tmp_path


# -- measures ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "target", "is_met"),
    [(9.9, "< 10", True), (10.0, "< 10", False), (8.0, ">= 8", True), (7.9, ">= 8", False), (True, "yes", True),
     (False, "yes", False), (math.nan, "< 10", False), (math.inf, ">= 1", False), (5.0, "", None)],
)  # fmt: skip
def test_that_a_target_is_met_or_missed(value, target, is_met):
    assert Measure("x", value, "ms", target).is_met is is_met


def test_that_the_median_of_the_rounds_counts_and_the_rounds_are_kept():
    ratio = MEASURES[1]
    assert ratio.value == 110.0 and ratio.rounds == (120.0, 90.0, 110.0)
    assert ratio.spread == "90.0 to 120.0"
    assert math.isnan(Measure.median("nothing", ()).value)


def test_that_the_table_shows_value_spread_target_and_whether_it_is_met():
    lines = table(MEASURES).splitlines()
    assert len(lines) == 2 + len(MEASURES)
    torch, ratio, late, early, absent = lines[2:]
    assert "100.0 steps/s" in torch and "90.0 to 130.0" in torch
    assert ratio.startswith("  ours / torch") and ">= 100 times" in ratio and " yes" in ratio
    assert "12.2 ms" in late and " NO " in late and late.endswith("on a busy machine")
    assert early.split()[2:] == ["yes", "yes", "yes"]
    assert "not measured" in absent and absent.endswith("there is none")
    assert lines[0].index("target") == ratio.index(">= 100") == late.index("< 10")


def test_that_measures_pass_through_json_unchanged():
    for measure in MEASURES:
        again = from_json(json.loads(json.dumps(measure.as_json(), allow_nan=False)))
        assert again.as_json() == measure.as_json() and again.said == measure.said


def test_that_a_line_of_an_older_file_without_rounds_can_be_read():
    row = MEASURES[2].as_json()
    del row["rounds"]
    assert from_json(row) == MEASURES[2]


# -- two runs ----------------------------------------------------------------------------------------------------------


def compared_lines(old: list[Measure], new: list[Measure]) -> list[str]:
    return comparison([("r", m) for m in old], [("r", m) for m in new]).splitlines()[2:]


def test_that_two_runs_stand_side_by_side_with_their_ratio():
    (line,) = compared_lines([Measure("seek", 4.0, "ms")], [Measure("seek", 2.0, "ms")])
    assert line.split() == ["seek", "4.00", "ms", "2.00", "ms", "0.50"]


def test_that_the_comparison_says_what_is_chance_and_what_is_not():
    old = Measure.median("speed", (10.0, 11.0, 12.0), "steps/s")
    near, far = (Measure.median("speed", (k, k + 1, k + 2), "steps/s") for k in (11.5, 20.0))
    assert compared_lines([old], [near])[0].endswith("within the spread")
    assert compared_lines([old], [far])[0].endswith("beyond the spread")


def test_that_the_comparison_says_what_became_of_a_target():
    good, bad = Measure("late", 9.0, "ms", "< 10"), Measure("late", 11.0, "ms", "< 10")
    assert compared_lines([good], [bad])[0].endswith("no longer met")
    assert compared_lines([bad], [good])[0].endswith("now met")


def test_that_lines_of_the_same_name_are_kept_apart_by_what_they_go_on_about():
    old = [Measure("small", 1.0), Measure("  frames", 60.0), Measure("large", 1.0), Measure("  frames", 30.0)]
    new = [Measure("large", 1.0), Measure("  frames", 15.0), Measure("small", 1.0), Measure("  frames", 60.0)]
    ratios = [line.split()[-1] for line in compared_lines(old, new)]
    assert ratios == ["1.00", "0.50", "1.00", "1.00"]


def test_that_lines_of_one_run_alone_and_lines_without_numbers_have_no_ratio():
    old = [Measure("gone", 1.0), Measure("gpu", math.nan), Measure("early", True, target="yes")]
    new = [Measure("come", 2.0), Measure("gpu", 3.0), Measure("early", True, target="yes")]
    come, gpu, early, gone = compared_lines(old, new)
    assert come.split()[1:] == ["-", "2.00", "only", "in", "the", "new", "run"]
    assert gone.split()[1:] == ["1.00", "-", "only", "in", "the", "old", "run"]
    assert gpu.split() == ["gpu", "not", "measured", "3.00"] and early.split() == ["early", "yes", "yes"]


# -- the program -------------------------------------------------------------------------------------------------------


def test_that_two_files_are_shown_side_by_side_without_measuring(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(bench, "measure_all", lambda *_: pytest.fail("measured"))
    old = recorded(Measure("seek", 4.0, "ms"), cpu="an older processor")
    old["measures"].append({"room": "elsewhere", **Measure("unshared", 1.0).as_json()})
    files = written(tmp_path, "old.json", old), written(tmp_path, "new.json", recorded(Measure("seek", 2.0, "ms")))
    assert bench.main(["--compare", *files]) == 0
    said = capsys.readouterr().out
    assert "0.50" in said and "old: an older processor" in said and "new: a processor" in said
    assert "unshared" not in said


def test_that_a_run_is_printed_written_and_compared_and_a_missed_target_is_exit_code_1(tmp_path, capsys, monkeypatch):
    asked = []

    def measure_all(rooms, quick):
        asked.append((rooms, quick))
        return recorded(*MEASURES)

    monkeypatch.setattr(bench, "measure_all", measure_all)
    old = written(tmp_path, "old.json", recorded(Measure("lateness p99", 8.0, "ms", "< 10")))
    file = tmp_path / "new.json"
    assert bench.main(["--quick", "--only", "engines", "--json", str(file), "--compare", old]) == 1
    assert asked == [(["engines"], True)]
    said = capsys.readouterr().out
    assert "2 of 3 targets met" in said and "missed: lateness p99: 12.2 ms, wanted < 10" in said
    assert "1 min 1 s in all" in said and "no longer met" in said
    assert json.loads(file.read_text(encoding="utf-8")) == json.loads(json.dumps(recorded(*MEASURES)))


def test_that_a_run_with_every_target_met_is_exit_code_0(monkeypatch, capsys):
    monkeypatch.setattr(bench, "measure_all", lambda *_: recorded(*MEASURES[:2]))
    assert bench.main(["--only", "engines"]) == 0
    assert "missed" not in capsys.readouterr().out


def test_that_a_busy_machine_is_named(monkeypatch):
    quiet = recorded(*MEASURES)
    busy = {**quiet, "machine": {**quiet["machine"], "load_before": 1.9}}
    assert bench.BUSY in bench.summary(busy) and bench.BUSY not in bench.summary(quiet)


@pytest.mark.parametrize("text", ["", "not json"])
def test_that_a_file_that_cannot_be_compared_is_one_sentence(text, tmp_path, capsys):
    file = tmp_path / "old.json"
    file.write_text(text, encoding="utf-8")
    for path in (file, tmp_path / "absent.json"):
        with pytest.raises(SystemExit) as stopped:
            bench.main(["--compare", str(path)])
        assert stopped.value.code == 2
        said = capsys.readouterr().err
        assert "--compare" in said and "Traceback" not in said


# -- rooms -------------------------------------------------------------------------------------------------------------


def test_that_every_registered_room_imports_and_can_measure():
    program = (
        "import importlib, json, sys\n"
        "wrong = {}\n"
        "for room in sys.argv[1:]:\n"
        "    try:\n"
        "        if not callable(getattr(importlib.import_module(room), 'measure', None)):\n"
        "            wrong[room] = 'no measure()'\n"
        "    except Exception as error:\n"
        "        wrong[room] = repr(error)\n"
        "print(json.dumps(wrong))\n"
    )
    paths = os.pathsep.join([str(HERE), str(HERE.parents[1])])
    done = subprocess.run(
        [sys.executable, "-c", program, *bench.ROOMS], env={**os.environ, "PYTHONPATH": paths},
        capture_output=True, text=True, timeout=300,
    )  # fmt: skip
    assert json.loads(done.stdout.strip().splitlines()[-1]) == {}, done.stderr


def test_that_the_page_about_the_benchmarks_names_every_room():
    page = (HERE / "README.md").read_text(encoding="utf-8")
    assert [room for room in bench.ROOMS if f"| {room} |" not in page] == []


def test_that_a_room_without_a_file_is_a_line_that_names_the_file(rooms_beside, capsys):
    (measure,) = bench.measure_apart("nowhere", quick=True)
    assert measure.is_met is False and measure.note == "tests/benchmarks/nowhere.py is missing"
    assert "Traceback" not in capsys.readouterr().err


def test_that_a_room_that_fails_is_a_missed_line_with_its_reason(rooms_beside):
    (rooms_beside / "broken.py").write_text(
        "def measure(quick):\n    raise ArithmeticError('not the same arithmetic')\n", encoding="utf-8"
    )
    (measure,) = bench.measure_apart("broken", quick=True)
    assert measure.is_met is False and "broken" in measure.name
    assert measure.note == "ArithmeticError: not the same arithmetic"


def test_that_a_room_measures_in_a_process_of_its_own(rooms_beside):
    (rooms_beside / "apart.py").write_text(
        "import os\nfrom measures import Measure\n"
        "def measure(quick):\n"
        "    return [Measure('process', float(os.getpid())), Measure.median('rounds', (1, 2, 3), note=str(quick))]\n",
        encoding="utf-8",
    )
    process, rounds = bench.measure_apart("apart", quick=True)
    assert process.value != os.getpid()
    assert rounds.value == 2.0 and rounds.rounds == (1.0, 2.0, 3.0) and rounds.note == "True"
