"""The calls of a traced network in their order, and which values they read and make."""

from dataclasses import dataclass
from operator import iadd, imul

from torch import fx, nn

IN_PLACE = (iadd, imul)


@dataclass(frozen=True)
class Entry:
    """A call of the network.

    Attributes:
        node: The call.
        layer: The module that is called, if one is.
        inputs: Places of the values that it reads; 0 is the network's input.
        output: Place of its result.
        active: Which inputs need gradients.
        rectified: Whether it is a batch norm that also does what the ReLU after it does.
    """

    node: fx.Node
    layer: nn.Module | None
    inputs: tuple[int, ...]
    output: int
    active: tuple[bool, ...]
    rectified: bool


@dataclass(frozen=True)
class Entries:
    """All calls, and the place of the network's output."""

    calls: tuple[Entry, ...]
    output: int

    @classmethod
    def of(cls, module: nn.Module, graph: fx.Graph) -> "Entries":
        """Of a module, traced in training mode; its sizes do not matter."""
        recorder = _Recorder(module)
        for node in graph.nodes:
            recorder.record(node)
        return cls(tuple(recorder.calls), recorder.output)


class _Recorder:
    def __init__(self, module: nn.Module) -> None:
        self.module = module
        self.calls: list[Entry] = []
        self.places: dict[fx.Node, int] = {}
        self.active: set[int] = set()
        self.output = 0

    def record(self, node: fx.Node) -> None:
        if node.op == "output":
            (source,) = node.all_input_nodes
            self.output = self.places[source]
        elif node.op == "placeholder":
            self.places[node] = 0
        elif (normed := self.fused_norm(node)) is not None:
            self.places[node] = self.places[normed]
        else:
            self.call(node)

    def call(self, node: fx.Node) -> None:
        inputs = tuple(self.places[source] for source in node.all_input_nodes)
        needs = tuple(at in self.active for at in inputs)
        place, layer = len(self.calls) + 1, self.layer(node)
        rectified = any(self.fused_norm(user) is node for user in node.users)
        self.calls.append(Entry(node, layer, inputs, place, needs, rectified))
        if any(needs) or parameters(layer):
            self.active.add(place)
        if in_place(node, layer):
            # Whoever reads what was overwritten reads this result.
            self.places.update({n: place for n, at in self.places.items() if at == inputs[0]})
        self.places[node] = place

    def layer(self, node: fx.Node) -> nn.Module | None:
        return self.module.get_submodule(str(node.target)) if node.op == "call_module" else None

    def fused_norm(self, node: fx.Node) -> fx.Node | None:
        """The batch norm whose step does what this ReLU does."""
        if type(self.layer(node)) is not nn.ReLU:
            return None
        (source,) = node.all_input_nodes
        return source if is_norm(self.layer(source)) and len(source.users) == 1 else None


def parameters(layer: nn.Module | None) -> list[nn.Parameter]:
    """Those that are trained."""
    return [] if layer is None else [p for p in layer.parameters() if p.requires_grad]


def in_place(node: fx.Node, layer: nn.Module | None) -> bool:
    """Whether a call overwrites its first input."""
    flagged = bool(node.kwargs.get("inplace") or getattr(layer, "inplace", False))
    named = node.op == "call_method" and str(node.target).endswith("_")
    return flagged or named or node.target in IN_PLACE


def is_norm(layer: nn.Module | None) -> bool:
    """Whether it is a batch norm with weights."""
    return type(layer) is nn.BatchNorm2d and layer.affine
