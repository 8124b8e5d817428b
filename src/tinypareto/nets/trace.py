"""From a torch module to the torch-free record of its calls, through torch.fx."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, fx, nn

from tinypareto.errors import UnsupportedLayerError
from tinypareto.graph.call import Call
from tinypareto.nets.arguments import function_name, plain, plain_arguments

BATCH = 2
"""Cases in the example; not 1, so that a batch axis cannot pass for another."""


def trace(module: nn.Module, input_shape: tuple[int, ...]) -> tuple[list[Call], str]:
    """Record what the module computes on one case, in eval mode.

    Layers of torch.nn stay whole; all other modules are looked into. `unsqueeze(2)` of a series
    is no call: its result goes by the name of its input.

    Args:
        module: One tensor in, one tensor out, the batch axis first in both.
        input_shape: Shape of one case, without the batch axis.

    Returns:
        The calls in execution order, and the name of the input.

    Raises:
        UnsupportedLayerError: The module cannot be traced, or not with inputs of this shape.
    """
    _refuse_tied(module)
    with torch.random.fork_rng(devices=[]):
        example = torch.rand(BATCH, *input_shape, device=_device(module))
    run = _propagate(module, example)
    return run.calls, run.source


def activations(module: nn.Module, x: Tensor) -> dict[str, Tensor]:
    """What the input and every call hold when the module runs on a batch, in eval mode.

    Args:
        module: As for `trace`.
        x: float32 [n, ...], on any device.

    Returns:
        Tensors [n, ...] on the module's device, under the names that `trace` gives.
    """
    run = _propagate(module, x.to(_device(module)))
    return {name: run.values[node] for node, name in run.names.items()}


def _device(module: nn.Module) -> torch.device:
    return next((p.device for p in module.parameters()), torch.device("cpu"))


def _propagate(module: nn.Module, example: Tensor) -> "_Propagation":
    training = [part for part in module.modules() if part.training]
    module.eval()
    try:
        with torch.no_grad():
            return _Propagation(module, _symbolic(module), example)
    finally:
        for part in training:
            part.training = True


def _symbolic(module: nn.Module) -> fx.Graph:
    try:
        graph = fx.Tracer().trace(module)
    except Exception as error:
        raise UnsupportedLayerError(
            f"{type(module).__name__}: torch.fx cannot trace it ({_first_line(error)}); "
            "make its forward free of conditions and loops over tensor values"
        ) from error
    if sum(node.op == "placeholder" for node in graph.nodes) != 1:
        raise UnsupportedLayerError(
            f"{type(module).__name__}: forward does not take exactly one tensor; wrap the module"
        )
    return graph


def _refuse_tied(module: nn.Module) -> None:
    owners: dict[int, str] = {}
    for path, part in module.named_modules():
        for name, parameter in part.named_parameters(recurse=False):
            first = owners.setdefault(id(parameter), path)
            if first != path:
                raise UnsupportedLayerError(
                    f"'{path}': shares its {name} with '{first}'; give each layer its own weights"
                )


def _first_line(error: Exception) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0]


class _Propagation:
    """Runs the traced graph once on a batch and writes down its calls."""

    def __init__(self, module: nn.Module, graph: fx.Graph, example: Tensor) -> None:
        self.module = module
        self.values: dict[fx.Node, Any] = {}
        self.names: dict[fx.Node, str] = {}
        self.calls: list[Call] = []
        self.source = ""
        for node in graph.nodes:
            if node.op == "placeholder":
                self.source = self.names[node] = node.name
                self.values[node] = example
            elif node.op == "output":
                self._check_output(node.args[0])
            else:
                self._step(node, example.shape)

    def _step(self, node: fx.Node, shape: torch.Size) -> None:
        try:
            result = self._execute(node)
        except Exception as error:
            raise UnsupportedLayerError(
                f"'{node.target}': fails on an input of shape {tuple(shape[1:])} "
                f"({_first_line(error)}); check the shape of the data"
            ) from error
        self.values[node] = result
        if not isinstance(result, Tensor):
            return
        if result.ndim < 2 or result.shape[0] != shape[0]:
            raise UnsupportedLayerError(
                f"'{node.name}': output has shape {tuple(result.shape)} for {shape[0]} cases; "
                "keep the batch axis first"
            )
        if _is_lift(node, result):
            self.names[node] = self.names[node.all_input_nodes[0]]
            return
        call = self._record(node, result)
        self.calls.append(call)
        # After an in-place call, whoever reads the overwritten tensor reads this result.
        for other, value in self.values.items():
            if value is result:
                self.names[other] = call.name

    def _concrete(self, argument: Any) -> Any:
        return fx.node.map_arg(argument, lambda node: self.values[node])

    def _execute(self, node: fx.Node) -> Any:
        args, kwargs = self._concrete(node.args), self._concrete(node.kwargs)
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
        if node.op == "call_module":
            layer = self.module.get_submodule(str(node.target))
            name, target = str(node.target), type(layer).__name__
            attributes, weights = _attributes(layer), _weights(layer)
        else:
            name, target = node.name, function_name(node)
            args, kwargs = self._concrete(node.args), self._concrete(node.kwargs)
            attributes = plain_arguments(node, args, kwargs)
            if target in ("view", "reshape") and result.ndim == 2:
                target, attributes = "flatten", {"start_dim": 1, "end_dim": -1}
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
        taken = {call.name for call in self.calls} | set(self.names.values())
        number, unique = 1, name
        while unique in taken:
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
    """Whether a series becomes an image of height 1: the integer graph has it so from the start."""
    return (
        node.op != "call_module"
        and function_name(node) == "unsqueeze"
        and result.ndim == 4
        and result.shape[2] == 1
    )


def _nodes(argument: Any) -> list[fx.Node]:
    """Nodes among nested arguments in order, repeated where they are."""
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
