from __future__ import annotations

import os

import pytest

from tests.e2e import kills


@pytest.mark.skipif(os.name != "posix", reason="kill -9 as POSIX has it")
def test_that_a_window_that_is_killed_while_somebody_works_loses_next_to_nothing(tmp_path, monkeypatch):
    """Five kills, each late enough that without autosave more would be gone than may be."""
    found = [kills.kill_once(tmp_path, number, seed=number, after_s=kills.MOST_LOST_S + 1.0) for number in range(5)]
    assert [kill.problem for kill in found] == [""] * 5
    assert all(kill.was_dirty and kill.offered == 1 for kill in found)
    assert "Traceback" not in (tmp_path / "errors").read_text(errors="replace")
