"""What element-wise merges accept as their second input."""

from tinypareto.graph.call import Call
from tinypareto.graph.ops.common import unsupported


def check_second(kind: str, call: Call) -> None:
    """Refuse a second input that is neither as large as the first nor one value per channel."""
    first, second = call.input_shapes
    if second not in (first, (first[0],) + (1,) * (len(first) - 1)):
        raise unsupported(
            kind,
            call,
            f"got shapes {first} and {second}, wanted the same shape or one value per channel; "
            "use no other broadcasting",
        )
