from collections.abc import Callable

import numpy as np
import pytest

from tinypareto.evaluation.channels_by_width import PROBES, ChannelsByWidth
from tinypareto.pruning.plan import PruningPlan


def network(filters: Callable[[int], int], asked: list[int]) -> ChannelsByWidth:
    """A network with one prunable layer."""

    def plan(width: int) -> PruningPlan:
        asked.append(width)
        return PruningPlan({"layer": np.arange(filters(width))}, {})

    return ChannelsByWidth(plan, 4, 64)


def test_steps_as_far_apart_as_the_probes_are_seen() -> None:
    def plan(width: int) -> PruningPlan:
        return PruningPlan({"layer": np.arange(max(2, width // 16))}, {})

    found = ChannelsByWidth(plan, 36, 100).prunable("layer", np.arange(36, 101))
    assert found.tolist() == [width // 16 for width in range(36, 101)]


@pytest.mark.parametrize("filters", [lambda w: w, lambda w: 3 * w + 1, lambda w: 7])
def test_channels_on_a_straight_line_are_traced_at_the_probes_only(
    filters: Callable[[int], int],
) -> None:
    asked: list[int] = []
    widths = np.arange(4, 65)
    found = network(filters, asked).prunable("layer", widths)
    assert found.tolist() == [filters(width) for width in widths.tolist()]
    assert len(asked) == 3 * PROBES - 2


def test_other_channels_are_traced_at_each_width_once() -> None:
    asked: list[int] = []
    channels = network(lambda width: max(2, width // 16), asked)
    for _ in range(2):
        found = channels.prunable("layer", np.array([63, 5, 33, 5]))
        assert found.tolist() == [3, 2, 2, 2]
    assert sorted(asked) == sorted(set(asked))
