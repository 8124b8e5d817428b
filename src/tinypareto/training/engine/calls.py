"""The calls of a traced network in execution order, with the values that they read and write."""

from dataclasses import dataclass
from operator import iadd, imul

from torch import fx, nn

from tinypareto.frontend.fx_arguments import function_name
from tinypareto.graph.ops import torch_call

IN_PLACE = (iadd, imul)


@dataclass(frozen=True)
class TracedCall:
    """One call of a network in training mode.

    Values are numbered: 0 is the input of the network, and every call adds the next one.

    Attributes:
        node: The call in the traced graph.
        layer: The module that is called; None for functions and methods.
        inputs: Numbers of the values that it reads.
        output: Number of its result.
        active: For each input, whether training needs a gradient for it.
        rectified: Whether it is a batch norm that also does the work of the ReLU after it.
    """

    node: fx.Node
    layer: nn.Module | None
    inputs: tuple[int, ...]
    output: int
    active: tuple[bool, ...]
    rectified: bool

    @property
    def key(self) -> str | None:
        """Key of the call's record in `graph.ops.TORCH_CALLS`, or None if it has none."""
        name = function_name(self.node) if self.layer is None else type(self.layer).__name__
        record = torch_call(name)
        return None if record is None else record.key


@dataclass(frozen=True)
class TracedCalls:
    """All calls of a network, and the number of the value that is its output."""

    calls: tuple[TracedCall, ...]
    output: int

    @classmethod
    def from_graph(cls, module: nn.Module, graph: fx.Graph) -> "TracedCalls":
        """Record the calls of a graph.

        Args:
            module: The module that was traced; the sizes of its tensors do not matter.
            graph: Its calls in training mode.
        """
        recorder = _Recorder(module)
        for node in graph.nodes:
            recorder.record(node)
        return cls(tuple(recorder.calls), recorder.output)


class _Recorder:
    def __init__(self, module: nn.Module) -> None:
        self.module = module
        self.calls: list[TracedCall] = []
        self.numbers: dict[fx.Node, int] = {}
        self.active: set[int] = set()
        self.output = 0

    def record(self, node: fx.Node) -> None:
        if node.op == "output":
            (source,) = node.all_input_nodes
            self.output = self.numbers[source]
        elif node.op == "placeholder":
            self.numbers[node] = 0
        elif (norm := self.fused_norm(node)) is not None:
            self.numbers[node] = self.numbers[norm]
        else:
            self.call(node)

    def call(self, node: fx.Node) -> None:
        inputs = tuple(self.numbers[source] for source in node.all_input_nodes)
        active = tuple(number in self.active for number in inputs)
        output, layer = len(self.calls) + 1, self.layer(node)
        rectified = any(self.fused_norm(user) is node for user in node.users)
        self.calls.append(TracedCall(node, layer, inputs, output, active, rectified))
        if any(active) or parameters(layer):
            self.active.add(output)
        if in_place(node, layer):
            # Readers of the overwritten value read this result.
            overwritten = {n: output for n, number in self.numbers.items() if number == inputs[0]}
            self.numbers.update(overwritten)
        self.numbers[node] = output

    def layer(self, node: fx.Node) -> nn.Module | None:
        return self.module.get_submodule(str(node.target)) if node.op == "call_module" else None

    def fused_norm(self, node: fx.Node) -> fx.Node | None:
        """The batch norm whose step includes this ReLU, if there is one."""
        if type(self.layer(node)) is not nn.ReLU:
            return None
        (source,) = node.all_input_nodes
        return source if is_norm(self.layer(source)) and len(source.users) == 1 else None


def parameters(layer: nn.Module | None) -> list[nn.Parameter]:
    """The trainable parameters of a layer."""
    return [] if layer is None else [p for p in layer.parameters() if p.requires_grad]


def in_place(node: fx.Node, layer: nn.Module | None) -> bool:
    """Whether a call overwrites its first input."""
    flagged = bool(node.kwargs.get("inplace") or getattr(layer, "inplace", False))
    named = node.op == "call_method" and str(node.target).endswith("_")
    return flagged or named or node.target in IN_PLACE


def is_norm(layer: nn.Module | None) -> bool:
    """Whether a layer is a two-dimensional batch norm with weights."""
    return type(layer) is nn.BatchNorm2d and layer.affine
