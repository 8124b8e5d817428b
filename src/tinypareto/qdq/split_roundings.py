"""Computes a tensor once for each way in which it is rounded.

In an integer graph a tensor is either rounded or not. In ONNX, one that a QuantizeLinear reads can
also be read by another QuantizeLinear, or by an operator that takes it unrounded: all of these work
on the float tensor. So whatever computes it is copied, one copy for each of them.
"""

from collections import defaultdict
from collections.abc import Hashable
from dataclasses import replace

from tinypareto.errors import UnsupportedLayerError
from tinypareto.qdq.integers import MOVES
from tinypareto.qdq.model import OnnxModel, OnnxNode
from tinypareto.qdq.parameters import OFFSETS, activation_quant

ROUNDINGS = ("QuantizeLinear", "DequantizeLinear")
_MARK = "\n"
"""Separates the name of a tensor from the number of its copy."""


def original(tensor: str) -> str:
    """Name in the model of a tensor or of its copy."""
    return tensor.partition(_MARK)[0]


def split_roundings(model: OnnxModel, nodes: tuple[OnnxNode, ...]) -> tuple[OnnxNode, ...]:
    """Copy the nodes that compute a tensor which is rounded in several ways.

    Args:
        model: The model.
        nodes: Its nodes in execution order.

    Raises:
        UnsupportedLayerError: The input is rounded in several ways, or there would be more copies
            than nodes.
    """
    return _Split(model, nodes).nodes()


class _Split:
    def __init__(self, model: OnnxModel, nodes: tuple[OnnxNode, ...]) -> None:
        self._model, self._originals = model, nodes
        self._exact = _rounded_tensors(model, nodes)
        self._done: list[OnnxNode] = []  # last node first
        self._readers: dict[str, list[int]] = defaultdict(list)

    def nodes(self) -> tuple[OnnxNode, ...]:
        for node in reversed(self._originals):
            groups = self._groups(node.output)
            if len(self._done) + len(groups) > 2 * len(self._originals):
                problem = "is rounded in too many ways; quantize each tensor once"
                raise UnsupportedLayerError(f"{node.kind} {node.name!r}: {problem}")
            self._append(node)
            for number, group in enumerate(groups[1:], 2):
                copy = f"{node.output}{_MARK}{number}"
                for index in group:
                    self._done[index] = _reading(self._done[index], node.output, copy)
                # A colon in the name stands for another use of the same weights.
                self._append(replace(node, name=f"{node.name}:{number}", output=copy))
        if len(self._groups(self._model.input)) > 1:
            raise UnsupportedLayerError(
                f"input {self._model.input!r}: is rounded in several ways, or read unrounded too; "
                "quantize it once"
            )
        return tuple(reversed(self._done))

    def _append(self, node: OnnxNode) -> None:
        for name in dict.fromkeys(node.inputs):
            self._readers[name].append(len(self._done))
        self._done.append(node)

    def _groups(self, tensor: str) -> list[list[int]]:
        """Indices of the nodes that read a tensor, together where they round it alike."""
        readers = self._readers[tensor]
        if tensor in self._exact:
            return [readers]
        groups: dict[Hashable, list[int]] = defaultdict(list)
        for index in readers:
            node = self._done[index]
            rounds = node.kind == "QuantizeLinear"
            groups[activation_quant(node, self._model) if rounds else index].append(index)
        if tensor == self._model.output:
            groups["output"] = []
        reading = [self._done[index] for index in readers]
        split = any(node.kind == "QuantizeLinear" or _MARK in node.output for node in reading)
        return list(groups.values()) if split and len(groups) > 1 else [readers]


def _rounded_tensors(model: OnnxModel, nodes: tuple[OnnxNode, ...]) -> set[str]:
    """Tensors that hold integers, or real numbers that stand for them."""
    exact = {name for name, kind in model.types.items() if kind in OFFSETS}
    for node in nodes:
        moved = node.kind in (*MOVES, "Pad") and node.inputs[0] in exact
        if node.kind in ROUNDINGS or moved:
            exact.add(node.output)
    return exact


def _reading(node: OnnxNode, tensor: str, copy: str) -> OnnxNode:
    inputs = tuple(copy if name == tensor else name for name in node.inputs)
    return replace(node, inputs=inputs)
