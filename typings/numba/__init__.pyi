"""numba for the type checker: what it compiles keeps the signature that stands in the source."""

from collections.abc import Callable
from typing import Any, TypeVar, overload

F = TypeVar("F", bound=Callable[..., Any])

@overload
def njit(function: F, /) -> F: ...
@overload
def njit(**options: Any) -> Callable[[F], F]: ...
def __getattr__(name: str) -> Any: ...
