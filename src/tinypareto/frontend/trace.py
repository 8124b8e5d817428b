"""Traces a torch module with torch.fx into torch-free calls."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

import torch
from torch import Tensor, fx, nn

from tinypareto.errors import UnsupportedLayerError
from tinypareto.frontend.shape_interpreter import ShapeInterpreter, first_line
from tinypareto.graph.call import Call
from tinypareto.graph.ops import torch_call
from tinypareto.threads import threads

BATCH = 2
"""Cases in the example; not 1, so that the batch axis cannot be mistaken for another one."""


@threads(1)  # Only shapes are of interest; idle threads cost seconds where cores are shared.
def trace(module: nn.Module, input_shape: tuple[int, ...]) -> tuple[list[Call], str]:
    """Record the calls of a module on one case, in eval mode.

    Layers of torch.nn stay whole; the forward of any other module is traced. `unsqueeze(2)` of a
    series is not recorded: its result has the name of its input.

    Args:
        module: Takes one tensor and returns one, the batch axis first in both.
        input_shape: Shape of one case, without the batch axis.

    Returns:
        The calls in execution order, and the name of the input.

    Raises:
        UnsupportedLayerError: The module cannot be traced, or not with inputs of this shape.
    """
    _refuse_shared_weights(module)
    with torch.random.fork_rng(devices=[]):
        example = torch.rand(BATCH, *input_shape, device=_device(module))
    with _evaluating(module), torch.no_grad():
        run = ShapeInterpreter(module, symbolic(module), example)
    return run.calls, run.source


def activations(module: nn.Module, batches: Iterable[Tensor]) -> Iterator[dict[str, Tensor]]:
    """Run a module on batches in eval mode and return the values of its input and of every call.

    Args:
        module: Module that `trace` accepts.
        batches: Cases, float32 [n, ...], on any device.

    Yields:
        Tensors [n, ...] on the module's device, by the names that `trace` gives.
    """
    with _evaluating(module):
        graph = symbolic(module)
        for x in batches:
            with torch.no_grad():
                run = ShapeInterpreter(module, graph, x.to(_device(module)))
            yield run.results


def _device(module: nn.Module) -> torch.device:
    return next((p.device for p in module.parameters()), torch.device("cpu"))


@contextmanager
def _evaluating(module: nn.Module) -> Iterator[None]:
    training = [part for part in module.modules() if part.training]
    module.eval()
    try:
        yield
    finally:
        for part in training:
            part.training = True


class _Tracer(fx.Tracer):
    def is_leaf_module(self, m: nn.Module, module_qualified_name: str) -> bool:
        """Keep layers of torch.nn whole, and those of ours that stand for an operator."""
        ours = type(m).__module__.startswith("tinypareto.")
        known = ours and torch_call(type(m).__name__) is not None
        return known or super().is_leaf_module(m, module_qualified_name)


def symbolic(module: nn.Module) -> fx.Graph:
    """Trace a module with torch.fx in its present mode, training or evaluation.

    Raises:
        UnsupportedLayerError: The module cannot be traced, or takes more than one tensor.
    """
    try:
        graph = _Tracer().trace(module)
    except Exception as error:
        raise UnsupportedLayerError(
            f"{type(module).__name__}: torch.fx cannot trace it ({first_line(error)}); "
            "make its forward free of conditions and loops over tensor values"
        ) from error
    if sum(node.op == "placeholder" for node in graph.nodes) != 1:
        raise UnsupportedLayerError(
            f"{type(module).__name__}: forward does not take exactly one tensor; wrap the module"
        )
    return graph


def _refuse_shared_weights(module: nn.Module) -> None:
    owners: dict[int, str] = {}
    for path, part in module.named_modules():
        for name, parameter in part.named_parameters(recurse=False):
            first = owners.setdefault(id(parameter), path)
            if first != path:
                raise UnsupportedLayerError(
                    f"'{path}': shares its {name} with '{first}'; give each layer its own weights"
                )
