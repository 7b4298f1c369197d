"""What every algorithm in the catalogue keeps to: tests for pytest. A new algorithm adds no test here.

Whoever imports all of this into a test file runs the laws over the whole catalogue, or over the ids that
pytest's configuration names as `learnscope_ids`. The laws stand by subject in the modules beside this one.
"""

import pytest

LAWS = ("declarations", "mathematics", "handles", "seen", "inside", "told", "crossing")
pytest.register_assert_rewrite(*(f"learnscope.laws.{name}" for name in LAWS))

from learnscope.laws.crossing import *  # noqa: E402, F403
from learnscope.laws.declarations import *  # noqa: E402, F403
from learnscope.laws.handles import *  # noqa: E402, F403
from learnscope.laws.inside import *  # noqa: E402, F403
from learnscope.laws.mathematics import *  # noqa: E402, F403
from learnscope.laws.posing import *  # noqa: E402, F403
from learnscope.laws.seen import *  # noqa: E402, F403
from learnscope.laws.told import *  # noqa: E402, F403
