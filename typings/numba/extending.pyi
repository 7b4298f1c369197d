"""See __init__.pyi beside this file."""

from collections.abc import Callable
from typing import Any, Concatenate, ParamSpec

P = ParamSpec("P")

def intrinsic(function: Callable[Concatenate[Any, P], Any]) -> Callable[P, Any]: ...
def __getattr__(name: str) -> Any: ...
