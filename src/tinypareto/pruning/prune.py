"""Physical removal of filters from a network and from its optimizer's momentum."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from tinypareto.errors import ConfigError
from tinypareto.frontend.trace import trace
from tinypareto.nets.spec import NetSpec
from tinypareto.pruning.channel_tracking import WeightAxes
from tinypareto.pruning.plan import PruningPlan, pruning_plan
from tinypareto.registry import unknown

Indices = NDArray[np.int64]
State = Mapping[Tensor, dict[str, Any]]


def plan_from_module(module: nn.Module, input_shape: tuple[int, ...]) -> PruningPlan:
    """Trace a module and find what can be pruned; see `pruning_plan`."""
    return pruning_plan(*trace(module, input_shape))


def prune(
    module: nn.Module,
    plan: PruningPlan,
    keep: Mapping[str, Indices],
    state: State | None = None,
) -> PruningPlan:
    """Remove filters in place, with all that depends on them.

    Args:
        module: The network that the plan describes; its parameters stay the same objects.
        plan: Plan of the module's prunable layers.
        keep: Sorted indices of the filters to keep, at least one, by prunable layer; layers left
            out keep all.
        state: State of an optimizer; tensors of a parameter's shape, such as its momentum, are
            sliced like the parameter.

    Returns:
        The plan of the smaller network.
    """
    smaller = plan.select(keep)
    for path, axes in plan.axes.items():
        left = smaller.axes[path]
        if len(left.outputs) < len(axes.outputs) or len(left.inputs) < len(axes.inputs):
            _shrink(module.get_submodule(path), axes, left, state or {})
    return smaller


def _shrink(layer: nn.Module, axes: WeightAxes, left: WeightAxes, state: State) -> None:
    outputs, inputs = _positions(axes.outputs, left.outputs), _positions(axes.inputs, left.inputs)
    # The second weight axis of a depthwise convolution has one entry, whatever the inputs.
    columns = inputs if axes.owner and getattr(layer, "groups", 1) == 1 else None

    def sliced(tensor: Tensor) -> Tensor:
        rows = tensor
        if len(outputs) < len(tensor):
            rows = tensor.index_select(0, outputs.to(tensor.device))
        if tensor.ndim > 1 and columns is not None and len(columns) < tensor.shape[1]:
            rows = rows.index_select(1, columns.to(tensor.device))
        channels_last = tensor.ndim == 4 and tensor.stride(1) == 1
        # Not `contiguous`: it leaves 1x1 kernels as they are, and torch then takes slower paths.
        return rows.clone(memory_format=torch.channels_last) if channels_last else rows

    for parameter in layer.parameters(recurse=False):
        entries = state.get(parameter, {})
        for key, value in entries.items():
            if isinstance(value, Tensor) and value.shape == parameter.shape:
                entries[key] = sliced(value)
        parameter.data, parameter.grad = sliced(parameter.data), None
    for name, buffer in layer.named_buffers(recurse=False):
        if buffer.ndim:
            setattr(layer, name, sliced(buffer))
    _resize(layer, len(outputs), len(inputs), axes.owner)


def _positions(channels: Indices, left: Indices) -> Tensor:
    """Indices of the channels that are left among all channels."""
    table = np.zeros(1 + int(channels.max()), bool)
    table[left] = True
    return torch.from_numpy(np.flatnonzero(table[channels]))


def _resize(layer: nn.Module, outputs: int, inputs: int, owner: bool) -> None:
    sizes = {
        "out_channels": outputs,
        "out_features": outputs,
        "num_features": outputs,
        "in_channels": inputs,
        "in_features": inputs,
    }
    if not owner:
        sizes["groups"] = inputs
    for name, size in sizes.items():
        if hasattr(layer, name):
            setattr(layer, name, size)


def filter_norms(module: nn.Module, plan: PruningPlan) -> dict[str, NDArray[np.float64]]:
    """Importance of every filter: its L1 norm, summed over coupled layers (Li 2017).

    Returns:
        By prunable layer, shape (filters,).
    """
    count = 1 + max((int(axes.outputs.max()) for axes in plan.axes.values()), default=0)
    norms = np.zeros(count)
    for path, axes in plan.axes.items():
        if axes.owner:
            weight = module.get_submodule(path).get_parameter("weight").detach()
            np.add.at(norms, axes.outputs, weight.abs().flatten(1).sum(1).double().cpu().numpy())
    return {name: norms[channels] for name, channels in plan.groups.items()}


def strongest(norms: NDArray[np.float64], count: int) -> Indices:
    """Sorted indices of the largest norms; among equal norms the first ones win."""
    return np.sort(np.argsort(-norms, kind="stable")[:count])


def rebuild(spec: NetSpec, channels: Mapping[str, int]) -> nn.Module:
    """A network with fewer filters and fresh weights, to load a saved state into.

    Args:
        spec: The unpruned network.
        channels: Filters by prunable layer; layers left out keep all.

    Raises:
        ConfigError: A layer is not prunable or a count is out of range, or see `NetSpec.build`.
    """
    module = spec.build()
    plan = plan_from_module(module, spec.input_shape)
    for layer, count in channels.items():
        if layer not in plan.widths:
            raise ConfigError(f"net {spec.name!r}: {unknown('prunable layer', layer, plan.widths)}")
        if not 1 <= count <= plan.widths[layer]:
            problem = f"{count} filters; choose 1 to {plan.widths[layer]}"
            raise ConfigError(f"net {spec.name!r}, layer {layer!r}: {problem}")
    prune(module, plan, {layer: np.arange(count) for layer, count in channels.items()})
    return module
