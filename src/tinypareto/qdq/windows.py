"""Sliding windows of ONNX nodes, as torch's attributes."""

from typing import Any

from tinypareto.qdq.node_context import OnnxNodeContext, Shape

Pairs = list[tuple[int, int]]


def sliding_window(context: OnnxNodeContext, kernel: Shape) -> dict[str, Any]:
    """Read kernel, strides, dilations and padding of a convolution or a pooling.

    A pooling with `ceil_mode` gets as much more padding as its last window needs.

    Raises:
        UnsupportedLayerError: They make no window.
    """
    axes = len(kernel)
    stride, dilation = (tuple(context.get(key, (1,) * axes)) for key in ("strides", "dilations"))
    reaches = [step * (taps - 1) + 1 for step, taps in zip(dilation, kernel, strict=True)]
    before, after = context.shapes[0][1:], context.shape[1:]
    spans = [(count - 1) * step for count, step in zip(after, stride, strict=True)]
    missing = [
        max(span + reach - size, 0)
        for span, reach, size in zip(spans, reaches, before, strict=True)
    ]
    pairs = _edges(context, axes, missing)
    if context.get("ceil_mode", 0):
        pairs = [
            (low, max(high, need - low)) for (low, high), need in zip(pairs, missing, strict=True)
        ]
        starts = zip(spans, pairs, before, strict=True)
        if any(span >= low + size for span, (low, _), size in starts):
            raise context.refused(
                "its last window, by ceil_mode, lies in the padding; runtimes differ on whether it "
                "exists, so use ceil_mode=0"
            )
    edges = tuple(edge for pair in ((0, 0), *pairs)[-2:] for edge in pair)
    if min(*kernel, *stride, *dilation) < 1 or min(edges) < 0:
        raise context.refused(
            f"kernel {kernel}, strides {stride}, dilations {dilation} make no window"
        )
    return {
        "kernel_size": tuple(kernel),
        "stride": stride,
        "dilation": dilation,
        "edges": edges,
    }


def _edges(context: OnnxNodeContext, axes: int, missing: list[int]) -> Pairs:
    """Padding (before, after) of each axis.

    Args:
        context: The node.
        axes: Number of axes of pixels.
        missing: Pixels that the windows need beyond those of the input, by axis.
    """
    mode, pads = context.get("auto_pad", "NOTSET"), list(context.get("pads", [0] * 2 * axes))
    if mode == "NOTSET":
        return list(zip(pads[:axes], pads[axes:], strict=True))
    if mode == "VALID":
        return [(0, 0)] * axes
    if mode not in ("SAME_UPPER", "SAME_LOWER"):
        raise context.refused(f"auto_pad={mode!r} is unknown; export it with explicit pads")
    halves = [(total // 2, total - total // 2) for total in missing]
    return halves if mode == "SAME_UPPER" else [(high, low) for low, high in halves]
