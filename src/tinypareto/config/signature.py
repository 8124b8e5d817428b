"""Signatures of functions that take options of `RunConfig` as keywords."""

import inspect
from collections.abc import Callable, Iterable
from typing import Any, TypeVar

F = TypeVar("F", bound=Callable[..., Any])


def with_parameters(function: F, parameters: Iterable[inspect.Parameter]) -> F:
    """Show parameters in place of a function's `**options`, to typer, `help` and completion.

    They stand before the function's own keyword-only parameters.

    Args:
        function: Takes `**options`.
        parameters: Keyword-only parameters that `**options` stands for.
    """
    signature = inspect.signature(function, eval_str=True)
    own = signature.parameters.values()
    before = [one for one in own if one.kind is one.POSITIONAL_OR_KEYWORD]
    after = [one for one in own if one.kind is one.KEYWORD_ONLY]
    merged = signature.replace(parameters=[*before, *parameters, *after])
    setattr(function, "__signature__", merged)  # noqa: B010
    return function
