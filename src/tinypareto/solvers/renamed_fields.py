"""Fields of a dataclass under the names that they had up to version 0.1."""

import functools
import warnings
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

T = TypeVar("T")


def accept_old_names(renamed: Mapping[str, str]) -> Callable[[type[T]], type[T]]:
    """Class decorator that keeps old field names usable, with a DeprecationWarning.

    An old name works as a keyword of the constructor, hence in `dataclasses.replace`, and as an
    attribute. `replace` also passes the present value of every other field, so where both names
    are given the old one wins.

    Args:
        renamed: Present name by old name.
    """

    def present_name(old: str, stacklevel: int) -> str:
        warnings.warn(
            f"{old} is now {renamed[old]}; the old name goes with version 0.3",
            DeprecationWarning,
            stacklevel=stacklevel + 1,
        )
        return renamed[old]

    def decorate(cls: type[T]) -> type[T]:
        init: Callable[..., None] = cls.__init__

        @functools.wraps(init)
        def __init__(self: T, *args: Any, **values: Any) -> None:
            for old in renamed.keys() & values.keys():
                values[present_name(old, 2)] = values.pop(old)
            init(self, *args, **values)

        def __getattr__(self: T, name: str) -> Any:
            if name in renamed:
                return getattr(self, present_name(name, 2))
            raise AttributeError(f"{cls.__name__!r} object has no attribute {name!r}")

        # Set at run time, so that type checkers still know all names of fields.
        for method in (__init__, __getattr__):
            setattr(cls, method.__name__, method)
        return cls

    return decorate
