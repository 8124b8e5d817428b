from dataclasses import replace

from tinypareto.evaluation.cost_model import CostModel
from tinypareto.graph.cost import layer_costs
from tinypareto.graph.memory.plan import plan
from tinypareto.nets.spec import NetSpec
from tinypareto.report.networks import describe
from tinypareto.resources import Limits

PREDICTOR = CostModel.from_spec(NetSpec("resnet8", {}, (3, 32, 32), 10), Limits())


def test_layers_costs_and_plans_are_those_of_each_network_alone() -> None:
    channels = [
        PREDICTOR.channels(dict.fromkeys(PREDICTOR.layers, share)) for share in (0, 0.3, 0.8)
    ]
    told = describe(PREDICTOR, channels)
    for kept, row in zip(channels, told.rows, strict=True):
        graph = PREDICTOR.structure.resized(PREDICTOR.plan.layer_channels(kept))
        costs, placed = layer_costs(graph), plan(graph)
        assert row["macs"] == [cost.macs for cost in costs]
        assert row["weights"] == [cost.rom_bytes for cost in costs]
        assert row["channels"] == [cost.shape[2] for cost in costs]
        assert sum(row["weights"]) == PREDICTOR.resources(kept).rom_bytes
        assert row["arena"] == PREDICTOR.resources(kept).ram_bytes == placed.arena_bytes
        order = told.orders[row["order"]]
        assert tuple(order["steps"]) == placed.order
        for buffer, offset in zip(order["buffers"], row["offsets"], strict=True):
            assert {placed.offsets[name] for name in buffer["tensors"]} == {offset}


def test_tiles_of_the_memory_plan_never_overlap() -> None:
    kept = PREDICTOR.channels(dict.fromkeys(PREDICTOR.layers, 0.5))
    told = describe(PREDICTOR, [kept])
    (row,) = told.rows
    tiles = list(zip(told.orders[0]["buffers"], row["offsets"], row["sizes"], strict=True))
    assert max(offset + size for _, offset, size in tiles) == row["arena"]
    for at, (one, low, size) in enumerate(tiles):
        for other, start, length in tiles[at + 1 :]:
            apart_in_time = one["last"] < other["first"] or other["last"] < one["first"]
            assert apart_in_time or low + size <= start or start + length <= low


def test_filters_stand_where_a_layer_decides_them() -> None:
    told = describe(PREDICTOR, [{}])
    filters = {layer["layer"]: layer["filters"] for layer in told.layers}
    assert filters["conv"] == 16
    assert None in filters.values()


def test_a_network_without_prunable_layers_has_rows_too() -> None:
    fixed = replace(PREDICTOR, plan=replace(PREDICTOR.plan, groups={}))
    first, second = describe(fixed, [{}, {}]).rows
    assert first == second
