"""Names of the functions in a traced graph and of their arguments."""

import inspect
import operator
from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import Tensor, fx
from torch.fx.operator_schemas import get_signature_for_torch_op

_OPERATORS: dict[Any, Callable[..., Any]] = {
    operator.add: torch.add,
    operator.iadd: torch.add,
    operator.sub: torch.sub,
    operator.mul: torch.mul,
    operator.imul: torch.mul,
    operator.truediv: torch.div,
}
_TORCH_TYPES = (torch.dtype, torch.device, torch.layout, torch.memory_format)


def function_name(node: fx.Node) -> str:
    """Name of the function or method that a node calls.

    Operators have the name of torch's function (`+` is `add`), and in-place variants that of the
    usual one (`relu_` is `relu`).
    """
    function = _function(node)
    name = str(node.target) if function is None else function.__name__
    return name.rstrip("_")


def plain_arguments(
    node: fx.Node, args: tuple[Any, ...], kwargs: Mapping[str, Any]
) -> dict[str, Any]:
    """Arguments of plain types by name, defaults included: no tensors, no types of torch.

    Args:
        node: A call of a function or method.
        args: Its positional arguments, evaluated.
        kwargs: Its keyword arguments, evaluated.
    """
    bound = _bind(_function(node), args, kwargs)
    return {name: plain(value) for name, value in bound.items() if _is_plain(value)}


def plain(value: Any) -> Any:
    """The value with every list in it as a tuple."""
    return tuple(plain(item) for item in value) if isinstance(value, (tuple, list)) else value


def _function(node: fx.Node) -> Callable[..., Any] | None:
    if node.op == "call_method":
        function = getattr(torch, str(node.target).rstrip("_"), None)
        # `torch.float` is a type, not the function behind `x.float()`.
        return function if callable(function) and hasattr(function, "__name__") else None
    assert callable(node.target)
    return _OPERATORS.get(node.target, node.target)


def _bind(
    function: Callable[..., Any] | None, args: tuple[Any, ...], kwargs: Mapping[str, Any]
) -> dict[str, Any]:
    signatures = _signatures(function) if function else []
    for signature in signatures:
        try:
            bound = signature.bind(*args, **kwargs)
        except TypeError:
            continue
        bound.apply_defaults()
        return bound.arguments
    names = list(signatures[0].parameters) if signatures else []
    names += [f"argument{position}" for position in range(len(names), len(args))]
    return dict(zip(names, args, strict=False)) | dict(kwargs)


def _signatures(function: Callable[..., Any]) -> list[inspect.Signature]:
    schemas = get_signature_for_torch_op(function)
    if schemas:
        return list(schemas)
    try:
        signature = inspect.signature(function)
    except ValueError:
        return []
    kinds = {parameter.kind for parameter in signature.parameters.values()}
    if inspect.Parameter.VAR_POSITIONAL in kinds:
        # functional.max_pool2d only dispatches; torch.max_pool2d has the signature.
        return list(get_signature_for_torch_op(getattr(torch, function.__name__, function)) or [])
    return [signature]


def _is_plain(value: Any) -> bool:
    if isinstance(value, (tuple, list)):
        return all(_is_plain(item) for item in value)
    return not isinstance(value, (Tensor, *_TORCH_TYPES))
