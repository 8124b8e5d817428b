from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from tinypareto.evaluation.cost_model import CostModel
from tinypareto.evaluation.latency_model import LatencyModel
from tinypareto.graph.graph import Graph
from tinypareto.nets.spec import NetSpec
from tinypareto.resources import Limits
from tinypareto.search_space.presets import PREFIX

COST = np.array([200.0, 0.3, 0.7, 1.1])


@pytest.fixture(scope="module")
def cost_model() -> CostModel:
    spec = NetSpec("dscnn", {"width": 12, "depth": 3}, (2, 24), 3)
    return CostModel.from_spec(spec, Limits(latency_ms=50.0))


def prunings(cost_model: CostModel, count: int, seed: int) -> list[dict[str, float]]:
    drawn = np.random.default_rng(seed).uniform(0, 0.9, (count, len(cost_model.layers)))
    return [dict(zip(cost_model.layers, row.tolist(), strict=True)) for row in drawn]


def spent(graph: Graph) -> list[float]:
    """Times that are linear in the work of each node, and 3 ms around the nodes."""
    shapes, times = graph.shapes(), []
    for node in graph.nodes:
        work: Any = node.op.work(*(shapes[name] for name in node.inputs))
        times.append(1e-3 * float(COST @ [1, *work]))
    return [*times, 3.0]


def timed(cost_model: CostModel, seed: int = 0) -> CostModel:
    graphs = [
        cost_model.pruned(cost_model.channels(sparsities))
        for sparsities in prunings(cost_model, 8, seed)
    ]
    model = LatencyModel.fitted(graphs, [spent(graph) for graph in graphs])
    return replace(cost_model, latency=model)


def test_what_is_linear_in_the_work_is_predicted(cost_model: CostModel) -> None:
    known = timed(cost_model)
    for sparsities in prunings(cost_model, 20, 1):
        channels = cost_model.channels(sparsities)
        wanted = sum(spent(cost_model.pruned(channels)))
        assert known.resources(channels).latency_ms == pytest.approx(wanted, rel=0.02)


def test_many_candidates_at_once_take_what_they_take_one_by_one(cost_model: CostModel) -> None:
    known, rows = timed(cost_model), prunings(cost_model, 20, 2)
    params = {PREFIX + layer: np.array([row[layer] for row in rows]) for layer in known.layers}
    ratios = known.ratios(params)
    assert ratios.shape == (20, 4)
    for row, sparsities in zip(ratios, rows, strict=True):
        used = known.resources(known.channels(sparsities))
        assert tuple(row) == pytest.approx(known.limits.ratios(used))


def test_layers_that_all_keep_their_filters_are_costed_too(cost_model: CostModel) -> None:
    assert timed(cost_model).ratios({"lr": np.ones(2)}).shape == (2, 4)
