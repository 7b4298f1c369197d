from __future__ import annotations

import contextlib
import faulthandler
import logging
import os
import shutil

import pytest

from widgets.window import log_file
from widgets.window.log_file import LogFile, keep_log


@pytest.fixture
def log():
    """The program's logger; what a test adds to it is taken away again."""
    logger = logging.getLogger("learnscope")
    before = list(logger.handlers)
    yield logger
    faulthandler.disable()
    for handler in set(logger.handlers) - set(before):
        logger.removeHandler(handler)
        with contextlib.suppress(OSError):  # its disk is full
            handler.close()


def test_that_the_log_is_kept_and_an_older_one_stays_bounded(log, tmp_path, monkeypatch):
    with keep_log(tmp_path / "log"):
        log.error("first")
    monkeypatch.setattr(log_file, "MOST_BYTES", 10)
    for handler in list(log.handlers):
        if isinstance(handler, LogFile):
            log.removeHandler(handler)
            handler.close()
    with keep_log(tmp_path / "log"):
        log.error("second")
    assert "first" in (tmp_path / "log" / "learnscope.log.1").read_text()
    assert "second" in (tmp_path / "log" / "learnscope.log").read_text()


def test_that_a_log_that_cannot_be_written_is_kept_elsewhere_or_not_at_all(log, tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with keep_log(tmp_path / "file" / "log"):
        log.error("elsewhere")
    (made,) = tmp_path.glob("learnscope-log-*/learnscope.log")
    assert "elsewhere" in made.read_text()
    monkeypatch.setattr(log_file, "private_temporary", lambda name: None)
    assert keep_log(tmp_path / "file" / "log") is None


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="a disk that is always full")
def test_that_a_line_that_is_refused_says_nothing_on_standard_error(log, tmp_path, capsys):
    with keep_log(tmp_path / "log"):
        (tmp_path / "log" / "learnscope.log").symlink_to("/dev/full")
        log.error("lost")
    assert capsys.readouterr().err == ""


def test_that_a_log_whose_folder_is_gone_says_nothing(log, tmp_path, capsys):
    with keep_log(tmp_path / "log"):
        shutil.rmtree(tmp_path / "log")
        log.error("lost")
    assert capsys.readouterr().err == ""
