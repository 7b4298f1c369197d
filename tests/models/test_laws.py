"""The laws over the catalogue. A new algorithm adds no test here; the laws stand in `learnscope/laws/contract.py`."""

import pytest

pytest.register_assert_rewrite("learnscope.laws.contract")

from learnscope.laws.contract import *  # noqa: E402, F403
