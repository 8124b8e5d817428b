"""Runs a traced graph on an example and records its calls with their shapes."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from torch import Tensor, fx, nn

from tinypareto.errors import UnsupportedLayerError
from tinypareto.frontend.fx_arguments import function_name, plain, plain_arguments
from tinypareto.graph.call import Call


def first_line(error: Exception) -> str:
    """First line of an error's message, or its class if the message is empty."""
    return (str(error).strip() or type(error).__name__).splitlines()[0]


class ShapeInterpreter:
    """One run of a traced graph.

    Args:
        module: The module that was traced.
        graph: Its calls.
        x: The example, [n, channels, ...].

    Attributes:
        source: Name of the input.
        calls: Recorded calls in execution order.
        results: Values of the input and of every call, by name.

    Raises:
        UnsupportedLayerError: A call fails on the example, or does something that no record of a
            call can hold.
    """

    def __init__(self, module: nn.Module, graph: fx.Graph, x: Tensor) -> None:
        self.module = module
        self.x = x
        self.source = ""
        self.calls: list[Call] = []
        self.results: dict[str, Tensor] = {}
        self.values: dict[fx.Node, Any] = {}
        self.names: dict[fx.Node, str] = {}
        for node in graph.nodes:
            if node.op == "placeholder":
                self.source = self.names[node] = node.name
                self.values[node] = self.results[node.name] = self.x
            elif node.op == "output":
                self._check_output(node.args[0])
            else:
                self._step(node)

    def _step(self, node: fx.Node) -> None:
        # A call gets copies, so that one that works in place leaves the earlier values alone.
        copies: dict[fx.Node, Any] = {
            source: value.clone() if isinstance(value, Tensor) else value
            for source in node.all_input_nodes
            for value in [self.values[source]]
        }
        try:
            result = self._execute(node, copies)
        except Exception as error:
            name = node.target if isinstance(node.target, str) else node.name
            raise UnsupportedLayerError(
                f"'{name}': fails on an input of shape {tuple(self.x.shape[1:])} "
                f"({first_line(error)}); check the shape of the data"
            ) from error
        if not isinstance(result, Tensor):
            self._refuse_several(node, result)
            self.values[node] = result
        elif _is_lift(node, result):
            self.values[node], self.names[node] = result, self.names[node.all_input_nodes[0]]
        else:
            self._keep(node, result, {id(copy): source for source, copy in copies.items()})

    def _refuse_several(self, node: fx.Node, result: Any) -> None:
        """Refuse a call that returns several tensors, by the name that it has in the code."""
        if isinstance(result, (tuple, list)) and any(isinstance(part, Tensor) for part in result):
            name, target = self._identity(node)
            raise UnsupportedLayerError(
                f"{target} '{name}': returns several tensors, which no integer operator does; "
                "use convolutions instead of recurrent layers and attention, slice a tensor "
                "instead of splitting it, and pool instead of taking a maximum with its indices"
            )

    def _identity(self, node: fx.Node) -> tuple[str, str]:
        """Name and target of a call: path and class of a module, or name of a function."""
        if node.op == "call_module":
            path = str(node.target)
            return path, type(self.module.get_submodule(path)).__name__
        return node.name, function_name(node)

    def _keep(self, node: fx.Node, result: Tensor, copied: Mapping[int, fx.Node]) -> None:
        if result.ndim < 2 or len(result) != len(self.x):
            raise UnsupportedLayerError(
                f"'{node.name}': output has shape {tuple(result.shape)} for {len(self.x)} cases; "
                "keep the batch axis first"
            )
        if result.is_floating_point() and result.dtype != self.x.dtype:
            raise UnsupportedLayerError(
                f"'{node.name}': output is {result.dtype}, wanted {self.x.dtype}; "
                "leave the conversion out"
            )
        call = self._record(node, result)
        if not call.inputs:
            raise UnsupportedLayerError(
                f"'{call.name}': reads no tensor; compute every tensor in forward from the input"
            )
        self.calls.append(call)
        self.results[call.name] = result
        overwritten = self.names[copied[id(result)]] if id(result) in copied else None
        # After a call in place, readers of the overwritten tensor read this result.
        for other in [n for n, name in self.names.items() if name == overwritten]:
            self.values[other], self.names[other] = result, call.name
        self.values[node], self.names[node] = result, call.name

    def _concrete(self, argument: Any) -> Any:
        return fx.node.map_arg(argument, lambda node: self.values[node])

    def _execute(self, node: fx.Node, copies: Mapping[fx.Node, Any]) -> Any:
        args = fx.node.map_arg(node.args, lambda source: copies[source])
        kwargs = fx.node.map_arg(node.kwargs, lambda source: copies[source])
        if node.op == "call_module":
            return self.module.get_submodule(str(node.target))(*args, **kwargs)
        if node.op == "call_method":
            return getattr(args[0], str(node.target))(*args[1:], **kwargs)
        if node.op == "get_attr":
            raise TypeError("a bare parameter or buffer in forward; put it in a layer")
        assert callable(node.target)
        return node.target(*args, **kwargs)

    def _record(self, node: fx.Node, result: Tensor) -> Call:
        attributes: Mapping[str, Any]
        weights: Mapping[str, NDArray[np.float32]] = {}
        name, target = self._identity(node)
        if node.op == "call_module":
            layer = self.module.get_submodule(name)
            attributes, weights = _attributes(layer), _weights(layer)
        else:
            args, kwargs = self._concrete(node.args), self._concrete(node.kwargs)
            attributes = plain_arguments(node, args, kwargs)
            if target in ("view", "reshape"):
                attributes = {"fixed_channels": _has_literal_channels(node)}
                target = "flatten" if result.ndim == 2 else target
        arguments = _nodes([*node.args, *node.kwargs.values()])
        sources = [n for n in arguments if isinstance(self.values[n], Tensor)]
        return Call(
            self._unique(name),
            target,
            tuple(self.names[n] for n in sources),
            attributes,
            weights,
            tuple(tuple(self.values[n].shape[1:]) for n in sources),
            tuple(result.shape[1:]),
        )

    def _unique(self, name: str) -> str:
        number, unique = 1, name
        while unique in self.results:
            number += 1
            unique = f"{name}:{number}"
        return unique

    def _check_output(self, output: Any) -> None:
        if not isinstance(output, fx.Node) or not isinstance(self.values[output], Tensor):
            raise UnsupportedLayerError(
                f"{type(self.module).__name__}: forward returns no single tensor; wrap the module"
            )
        if not self.calls or self.names[output] != self.calls[-1].name:
            raise UnsupportedLayerError(
                f"{type(self.module).__name__}: '{self.names[output]}' is the output, but more is "
                "computed after it; remove what is not used"
            )


def _is_lift(node: fx.Node, result: Tensor) -> bool:
    """Whether a series becomes an image of height 1, which it already is in the integer graph."""
    return (
        node.op != "call_module"
        and function_name(node) == "unsqueeze"
        and result.ndim == 4
        and result.shape[2] == 1
    )


def _has_literal_channels(node: fx.Node) -> bool:
    """Whether a view or reshape has the number of channels or features written out."""
    sizes = [*node.args[1:], *node.kwargs.values()]
    if isinstance(sizes[0], (tuple, list)):
        sizes = list(sizes[0])
    return len(sizes) > 1 and isinstance(sizes[1], int) and sizes[1] > 0


def _nodes(argument: Any) -> list[fx.Node]:
    """Nodes among nested arguments, in order and with repetitions."""
    if isinstance(argument, (tuple, list)):
        return [node for item in argument for node in _nodes(item)]
    return [argument] if isinstance(argument, fx.Node) else []


def _attributes(layer: nn.Module) -> dict[str, Any]:
    kinds = (int, float, bool, str, type(None), tuple, list)
    return {
        name: plain(value)
        for name, value in vars(layer).items()
        if not name.startswith("_") and name != "training" and isinstance(value, kinds)
    }


def _weights(layer: nn.Module) -> dict[str, NDArray[np.float32]]:
    return {
        name: np.array(value.detach().cpu().numpy(), np.float32, order="C")
        for name, value in layer.state_dict().items()
    }
