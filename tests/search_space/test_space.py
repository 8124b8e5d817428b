import csv
import io
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tinypareto.errors import ConfigError
from tinypareto.search_space.parameter import Parameter
from tinypareto.search_space.presets import OPTIONAL, PRESETS, intervals
from tinypareto.search_space.space import build_space, to_candidate, to_params

TABLE_3 = """\
epochs,uniform,100,500,int
batch_size,uniform,20,200,int
lr,log,1e-5,1e-2,float
momentum,log,0.7,0.99,float
lr_schedule,uniform,0.4,0.9,float
lr_gamma,uniform,0.4,0.9,float
weight_decay,log,0.6,0.99,float
pruning_start,uniform,0.0,0.6,float
pruning_end,uniform,0.8,0.95,float
pruning_steps,uniform,1,20,int
sparsity,uniform,0.1,0.99,float
"""
LAYERS = ("stem", "block1.pointwise", "block1.se.squeeze")

presets = st.sampled_from(sorted(PRESETS))


class RecordingTrial:
    """Takes the middle of every interval and remembers what was asked."""

    def __init__(self) -> None:
        self.asked: dict[str, tuple[Any, ...]] = {}

    def suggest_float(self, name: str, low: float, high: float, *, log: bool = False) -> float:
        self.asked[name] = ("float", low, high, log)
        return (low + high) / 2

    def suggest_int(self, name: str, low: int, high: int, *, log: bool = False) -> int:
        self.asked[name] = ("int", low, high, log)
        return (low + high) // 2

    def suggest_categorical(self, name: str, choices: Sequence[Any]) -> Any:
        self.asked[name] = ("choice", *choices)
        return choices[len(choices) // 2]


@st.composite
def parameters(draw: st.DrawFn) -> Parameter:
    scale = draw(st.sampled_from(["uniform", "log"]))
    if draw(st.booleans()):
        low = draw(st.integers(1 if scale == "log" else -50, 1000))
        return Parameter("p", low, low + draw(st.integers(1, 500)), scale, "int")  # type: ignore[arg-type]
    low_float = draw(st.floats(1e-6, 10) if scale == "log" else st.floats(-10, 10))
    return Parameter("p", low_float, low_float + draw(st.floats(1e-3, 100)), scale)  # type: ignore[arg-type]


def test_the_paper_preset_is_the_printed_table() -> None:
    rows = csv.reader(io.StringIO(TABLE_3))
    printed = [Parameter(n, float(lo), float(hi), s, k) for n, s, lo, hi, k in rows]  # type: ignore[arg-type]
    assert list(PRESETS["paper"]) == printed


@given(parameters(), st.floats(0, 1))
def test_values_stay_inside_and_return(parameter: Parameter, position: float) -> None:
    value = float(parameter.from_unit(position))
    assert parameter.low <= value <= parameter.high
    assert isinstance(parameter.from_unit(position), int if parameter.kind == "int" else float)
    again = parameter.from_unit(parameter.to_unit(value))
    if parameter.kind == "int":
        assert again == value
    else:
        assert again == pytest.approx(value, rel=1e-6, abs=1e-9)
        assert parameter.to_unit(value) == pytest.approx(position, abs=1e-6)


@given(parameters(), st.floats(0, 1), st.floats(0, 1))
def test_order_is_kept(parameter: Parameter, a: float, b: float) -> None:
    low, high = sorted((a, b))
    assert float(parameter.from_unit(low)) <= float(parameter.from_unit(high))


@given(presets, st.data())
def test_candidates_survive_params_and_unit_space(preset: str, data: st.DataObject) -> None:
    space = build_space(preset, LAYERS)
    free = len(space.free)
    x = np.array(data.draw(st.lists(st.floats(0, 1), min_size=free, max_size=free)))
    candidate = space.from_unit(x)
    assert tuple(candidate.sparsities) == LAYERS == space.layers
    assert to_candidate(to_params(candidate)) == candidate
    again = to_params(space.from_unit(space.to_unit(candidate)))
    assert again == pytest.approx(to_params(candidate), rel=1e-9)


def test_suggest_asks_for_every_parameter_on_its_scale() -> None:
    trial = RecordingTrial()
    candidate = build_space("paper", LAYERS, {"epochs": (5, 20)}).suggest(trial)
    assert trial.asked["epochs"] == ("int", 5, 20, False)
    assert trial.asked["lr"] == ("float", 1e-5, 1e-2, True)
    assert trial.asked["sparsity/stem"] == ("float", 0.1, 0.99, False)
    assert set(trial.asked) == set(to_params(candidate))
    assert candidate.settings["epochs"] == 12


def test_overrides_reach_all_layers_or_one() -> None:
    over = {"sparsity": (0.2, 0.4), "sparsity/stem": (0.0, 0.1)}
    by_name = {p.name: p for p in build_space("default", LAYERS, over).parameters}
    assert (by_name["sparsity/stem"].low, by_name["sparsity/stem"].high) == (0.0, 0.1)
    assert by_name["sparsity/block1.pointwise"].high == 0.4


def test_a_fixed_parameter_has_no_axis_but_a_value() -> None:
    free = {p.name for p in build_space("default", LAYERS).free}
    space = build_space("default", LAYERS, {"epochs": (7, 7), "weight_decay": (0, 0)})
    assert {p.name for p in space.free} == free - {"epochs"}
    candidate = space.from_unit(np.full(len(space.free), 0.5))
    assert candidate.settings["epochs"] == 7
    assert candidate.settings["weight_decay"] == 0
    assert len(space.to_unit(candidate)) == len(space.free)


@pytest.mark.parametrize(
    ("preset", "name"), [(preset, p.name) for preset, ps in OPTIONAL.items() for p in ps]
)
def test_what_is_optional_is_searched_only_if_asked_for(preset: str, name: str) -> None:
    without = build_space(preset, LAYERS)
    assert name not in {p.name for p in without.parameters}
    asked = build_space(preset, LAYERS, {name: (0, 0.5)})
    assert {p.name for p in asked.free} == {p.name for p in without.free} | {name}
    assert asked.layers == LAYERS


@pytest.mark.parametrize(
    ("name", "interval", "wanted"),
    [
        ("epoch", (1, 2), "unknown parameter 'epoch'; did you mean 'epochs'?"),
        ("sparsity/steam", (0, 0.5), "unknown prunable layer 'steam'; did you mean 'stem'?"),
        ("epochs", (20, 5), "low <= high"),
        ("epochs", (float("nan"), 5), "low <= high"),
        ("epochs", (0, 5), "wanted within [1, 100000]"),
        ("epochs", (1.5, 5), "wanted whole numbers"),
        ("sparsity", (0, 1), "wanted within [0, 1)"),
        ("lr", (0, 0.1), "wanted within (0, 1000]"),
        ("weight_decay", (0, 0.1), "scale is logarithmic"),
        ("augment", (-1, 0.5), "wanted within [0, 2]"),
        ("pruning_start", (0, 0.5), "pruning must start before it ends"),
    ],
)
def test_unusable_overrides(name: str, interval: tuple[float, float], wanted: str) -> None:
    with pytest.raises(ConfigError) as caught:
        build_space("default", LAYERS, {name: interval})
    assert wanted in str(caught.value)


def test_what_a_preset_fixes_can_be_searched_on_its_scale() -> None:
    over = {"weight_decay": (1e-6, 1e-3), "momentum": (0.8, 0.95)}
    by_name = {p.name: p for p in build_space("default", LAYERS, over).free}
    assert by_name["weight_decay"].scale == "log"
    assert by_name["momentum"].scale == "uniform"


def test_a_default_candidate_can_be_trained_plainly() -> None:
    lowest = build_space("default", LAYERS)
    settings = lowest.from_unit(np.zeros(len(lowest.free))).settings
    assert settings["augment"] == settings["averaging"] == 0


def test_unknown_preset() -> None:
    with pytest.raises(ConfigError, match=r"unknown preset 'papr'; did you mean 'paper'\?"):
        build_space("papr", LAYERS)


@pytest.mark.parametrize(
    ("cases", "epochs"), [(30, (100, 200)), (200, (100, 200)), (1000, (30, 60)), (8000, (10, 20))]
)
def test_small_data_gets_more_epochs(cases: int, epochs: tuple[int, int]) -> None:
    chosen = [
        intervals("default", cases),
        intervals("paper", cases),
        intervals("default", cases, {"epochs": (1, 2)}),
    ]
    assert [interval["epochs"] for interval in chosen] == [epochs, (100, 500), (1, 2)]
