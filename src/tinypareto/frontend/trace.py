"""From a torch module to the torch-free record of its calls, through torch.fx."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

import torch
from torch import Tensor, fx, nn

from tinypareto.errors import UnsupportedLayerError
from tinypareto.frontend.shape_interpreter import Propagation, first_line
from tinypareto.graph.call import Call
from tinypareto.threads import threads

BATCH = 2
"""Cases in the example; not 1, so that a batch axis cannot pass for another."""


@threads(1)  # Only shapes are of interest; idle threads cost seconds where cores are shared.
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
    with _evaluating(module), torch.no_grad():
        run = Propagation(module, symbolic(module), example)
    return run.calls, run.source


def activations(module: nn.Module, batches: Iterable[Tensor]) -> Iterator[dict[str, Tensor]]:
    """What the input and every call hold when the module runs on batches, in eval mode.

    Args:
        module: As for `trace`.
        batches: float32 [n, ...], on any device.

    Yields:
        Tensors [n, ...] on the module's device, under the names that `trace` gives.
    """
    with _evaluating(module):
        graph = symbolic(module)
        for x in batches:
            with torch.no_grad():
                run = Propagation(module, graph, x.to(_device(module)))
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


def symbolic(module: nn.Module) -> fx.Graph:
    """The module's calls as torch.fx sees them, in the mode that it is in.

    Raises:
        UnsupportedLayerError: The module cannot be traced, or takes more than one tensor.
    """
    try:
        graph = fx.Tracer().trace(module)
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


def _refuse_tied(module: nn.Module) -> None:
    owners: dict[int, str] = {}
    for path, part in module.named_modules():
        for name, parameter in part.named_parameters(recurse=False):
            first = owners.setdefault(id(parameter), path)
            if first != path:
                raise UnsupportedLayerError(
                    f"'{path}': shares its {name} with '{first}'; give each layer its own weights"
                )
