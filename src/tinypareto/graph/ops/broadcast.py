"""The check of an element-wise operator's second input."""

from tinypareto.graph.call import Call
from tinypareto.graph.ops.common import unsupported


def check_second(kind: str, call: Call) -> None:
    """Refuse a second input that has neither the first one's shape nor one value per channel.

    Args:
        kind: Name of the operator, for the message.
        call: Call with two inputs.

    Raises:
        UnsupportedLayerError: The shapes would need another kind of broadcasting.
    """
    first, second = call.input_shapes
    if second not in (first, (first[0],) + (1,) * (len(first) - 1)):
        raise unsupported(
            kind,
            call,
            f"got shapes {first} and {second}, wanted the same shape or one value per channel; "
            "use no other broadcasting",
        )
