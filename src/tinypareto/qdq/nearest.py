"""Which pixels a nearest-neighbour Resize copies."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from tinypareto.qdq.node_context import OnnxNodeContext

Reals = NDArray[np.float64]

_COORDINATES: dict[str, Callable[[Reals, float, int, int], Reals]] = {
    "asymmetric": lambda x, scale, before, after: x / scale,
    "half_pixel": lambda x, scale, before, after: (x + 0.5) / scale - 0.5,
    "pytorch_half_pixel": lambda x, scale, before, after: (
        (x + 0.5) / scale - 0.5 if after > 1 else 0 * x
    ),
    "half_pixel_symmetric": lambda x, scale, before, after: (
        before / 2 * (1 - after / (scale * before)) + (x + 0.5) / scale - 0.5
    ),
    "align_corners": lambda x, scale, before, after: x * (before - 1) / max(after - 1, 1),
}
"""Place in the input of each pixel x of the output, by `coordinate_transformation_mode`."""

_ROUNDINGS: dict[str, Callable[[Reals], Reals]] = {
    "round_prefer_floor": lambda x: np.ceil(x - 0.5),
    "round_prefer_ceil": lambda x: np.floor(x + 0.5),
    "floor": np.floor,
    "ceil": np.ceil,
}


def check_nearest(context: OnnxNodeContext) -> None:
    """Refuse a Resize that does not make a block of equal pixels of each one.

    Raises:
        UnsupportedLayerError: It takes other pixels.
    """
    old = context.node.kind == "Upsample" or len(context.node.inputs) < 3
    coordinates = context.get(
        "coordinate_transformation_mode", "asymmetric" if old else "half_pixel"
    )
    rounding = context.get("nearest_mode", "floor" if old else "round_prefer_floor")
    if coordinates not in _COORDINATES or rounding not in _ROUNDINGS:
        problem = f"coordinate_transformation_mode={coordinates!r}, nearest_mode={rounding!r}"
        raise context.refused(f"{problem}; wanted 'asymmetric' and 'floor'")
    sizes = zip(context.shapes[0], context.shape, _scales(context, old), strict=True)
    for before, after, scale in sizes:
        places = _COORDINATES[coordinates](np.arange(after, dtype=np.float64), scale, before, after)
        pixels = np.clip(_ROUNDINGS[rounding](places), 0, before - 1)
        # Sizes without a whole factor are refused by the operator.
        if after % before == 0 and (pixels != np.arange(after) // (after // before)).any():
            problem = f"coordinate_transformation_mode={coordinates!r}, nearest_mode={rounding!r}"
            raise context.refused(
                f"{problem} takes the pixels {pixels[:6].astype(int).tolist()}...; wanted each "
                f"{after // before} times in order, as by 'asymmetric' and 'floor'"
            )


def _scales(context: OnnxNodeContext, old: bool) -> list[float]:
    """Factor of each axis but the batch."""
    ratios = [
        after / before for before, after in zip(context.shapes[0], context.shape, strict=True)
    ]
    given = context.get("scales", context.value(1 if old else 2))
    axes = context.get("axes")
    values = [] if given is None else np.asarray(given, np.float64).ravel().tolist()
    if not values:
        return ratios
    places = range(len(ratios) + 1) if axes is None else [axis % (len(ratios) + 1) for axis in axes]
    by_axis = dict(zip(places, values, strict=True))
    return [by_axis.get(axis, ratio) for axis, ratio in enumerate(ratios, 1)]
