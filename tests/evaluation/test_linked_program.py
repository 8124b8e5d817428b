import numpy as np
import pytest

from tinypareto.data.dataset import Dataset
from tinypareto.errors import ToolchainError
from tinypareto.evaluation.cost_model import CostModel
from tinypareto.evaluation.fit_cost_model import fit_cost_model
from tinypareto.evaluation.linked_program import LinkedProgramProfiler
from tinypareto.nets.registry import find
from tinypareto.nets.spec import NetSpec
from tinypareto.resources import Limits

pytestmark = pytest.mark.device


@pytest.fixture(scope="module")
def made(series: Dataset) -> tuple[CostModel, LinkedProgramProfiler]:
    pytest.importorskip("unicorn", reason="unicorn is not installed")
    settings = find("dscnn").complete({"width": 8, "depth": 2})
    spec = NetSpec("dscnn", settings, series.input_shape, series.outputs)
    cost_model = CostModel.from_spec(spec, Limits())
    try:
        return cost_model, LinkedProgramProfiler.for_board(spec, series, "nucleo-l4r5")
    except ToolchainError as missing:
        pytest.skip(str(missing))


def test_linked_sizes_are_above_the_exact_ones_and_repeat(
    made: tuple[CostModel, LinkedProgramProfiler],
) -> None:
    cost_model, profiler = made
    channels = cost_model.channels(dict.fromkeys(cost_model.layers, 0.3))
    linked, exact = profiler.resources(channels), cost_model.resources(channels)
    assert linked.rom_bytes > exact.rom_bytes + 1000
    assert linked.ram_bytes > exact.ram_bytes
    assert linked.flops == exact.flops
    assert profiler.resources(channels) == linked


def test_a_calibrated_predictor_is_near_the_linked_program(
    made: tuple[CostModel, LinkedProgramProfiler],
) -> None:
    cost_model, profiler = made
    near = fit_cost_model(cost_model, profiler)
    for sparsity in (0.0, 0.25, 0.5):
        sparsities = dict.fromkeys(cost_model.layers, sparsity)
        channels = cost_model.channels(sparsities)
        linked, guessed = profiler.resources(channels), near.resources(channels)
        assert guessed.rom_bytes == pytest.approx(linked.rom_bytes, rel=0.25)
        assert guessed.ram_bytes == pytest.approx(linked.ram_bytes, rel=0.25)
        params = {f"sparsity/{layer}": np.array([sparsity]) for layer in cost_model.layers}
        ratios = Limits().ratios(guessed)
        np.testing.assert_allclose(near.ratios(params), [ratios])


def test_a_missing_tool_is_known_before_the_search(
    series: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(ToolchainError, match="pip install"):
        LinkedProgramProfiler.for_board(
            NetSpec("dscnn", {}, series.input_shape, series.outputs), series, "nucleo-l4r5"
        )


def test_a_timed_predictor_is_near_the_emulated_program(
    made: tuple[CostModel, LinkedProgramProfiler],
) -> None:
    cost_model, profiler = made
    near = fit_cost_model(cost_model, profiler, timed=True)
    whole = profiler.resources(cost_model.channels({}))
    assert near.limits.latency_ms == pytest.approx(whole.latency_ms)
    for seed in range(3):
        drawn = np.random.default_rng(seed).uniform(0, 0.5, len(cost_model.layers)).tolist()
        channels = cost_model.channels(dict(zip(cost_model.layers, drawn, strict=True)))
        guessed = near.resources(channels).latency_ms
        assert guessed == pytest.approx(profiler.resources(channels).latency_ms, rel=0.1)
