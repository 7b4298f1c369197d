"""The fuzzers find what is broken; and a few hundred mutants of every kind, the same every time, find nothing.

The long form is `python3 start.py fuzz`. Findings that were mended are kept in tests/fuzz/kept and read again here.
"""

from __future__ import annotations

import contextlib
import json
import sys
from pathlib import Path
from random import Random

import pytest

from tests.fuzz import mutations
from tests.fuzz.broken_readers import EXPECTED
from tests.fuzz.hunting import Worker, hunt, replay
from tests.fuzz.readers import READERS
from tests.fuzz.worker import mutant

KEPT = sorted((Path(__file__).parent / "kept").glob("*.json"))
SEED, FEW = 4, 100
BROKEN = "tests.fuzz.broken_readers:READERS"


@pytest.fixture(scope="module")
def worker():
    worker = Worker()
    yield worker
    worker.close()


@pytest.mark.parametrize("kind", READERS)
def test_that_a_reader_bears_the_first_mutants_of_a_seed(worker, kind, tmp_path):
    found = hunt(worker, kind, SEED, range(FEW), findings=tmp_path)
    assert found.findings == {}, found
    assert found.mutants == FEW
    share = found.outcomes.get("read", 0) / FEW
    assert 0.03 < share <= 1.0, f"{kind}: hardly a mutant is read, so that what is behind the door is not seen"


@pytest.mark.parametrize("path", KEPT, ids=[path.stem for path in KEPT])
def test_that_what_was_found_once_is_borne(worker, path):
    verdict = replay(worker, path)
    assert not verdict.is_finding, verdict


@pytest.mark.parametrize("kind", READERS)
def test_that_a_mutant_follows_from_its_kind_seed_and_number(kind):
    reader = READERS[kind]
    some = [mutant(reader, kind, 1, number) for number in range(6)]
    assert some == [mutant(reader, kind, 1, number) for number in range(6)]
    assert len({str(files) for files in some}) > 3


def test_that_every_kind_of_fault_is_found_kept_and_found_again(tmp_path):
    patient, hasty = Worker(BROKEN), Worker(BROKEN, most_s=2.0)
    outcomes = {}
    try:
        for kind in EXPECTED:
            if kind == "swells" and not sys.platform.startswith("linux"):
                continue
            worker = hasty if EXPECTED[kind] == "hung" else patient
            worker.ask(kind, {"it.txt": b"good"})  # a new process is given time to begin
            found = hunt(worker, kind, 1, range(1), table=BROKEN, findings=tmp_path)
            (outcomes[kind],) = found.outcomes
            kept = tmp_path / f"{kind}-1-0.json"
            assert kept.exists() == bool(found.findings)
            if kept.exists() and kind != "sleeps":
                assert json.loads(kept.read_text(encoding="utf-8"))["outcome"] == outcomes[kind]
                assert replay(worker, kept).outcome == outcomes[kind]
    finally:
        patient.close()
        hasty.close()
    assert outcomes == {kind: EXPECTED[kind] for kind in outcomes}


def test_that_mutations_reach_into_what_they_change():
    good = READERS["projects"].seeds()[0]["it.learnscope"]
    members = mutations.unzipped(good)
    document, header = members["project.json"], members["features.npy"]
    changed = [mutations.json_values(Random(number), document, [document]) for number in range(40)]
    parsed = []
    for text in changed:
        with contextlib.suppress(ValueError):
            parsed.append(json.loads(text))
    assert len(parsed) > 25 and sum(found != json.loads(document) for found in parsed) > 25
    arrays = [mutations.npy(Random(number), header, [header]) for number in range(40)]
    assert sum(array[:6] == b"\x93NUMPY" for array in arrays) > 25 and len(set(arrays)) > 30
    assert all(mutations.zipped(Random(number), members) != good for number in range(5))
