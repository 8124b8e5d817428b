import numpy as np
import pytest

from tinypareto.data.dataset import Dataset
from tinypareto.errors import ToolchainError
from tinypareto.evaluation.fit_cost_model import fit_structures
from tinypareto.evaluation.linked_program import LinkedProgramProfiler
from tinypareto.evaluation.structures import Structures, searched_structures
from tinypareto.resources import Limits
from tinypareto.search_space.candidate import Candidate

pytestmark = pytest.mark.device

SEARCHED = {"dscnn/width": (6.0, 12.0), "dscnn/depth": (1.0, 2.0), "dscnn/stride": (1.0, 2.0)}


@pytest.fixture(scope="module")
def profiler(series: Dataset) -> LinkedProgramProfiler:
    pytest.importorskip("unicorn", reason="unicorn is not installed")
    try:
        return LinkedProgramProfiler.for_board(series, "nucleo-l4r5")
    except ToolchainError as missing:
        pytest.skip(str(missing))


def structures(series: Dataset, space: dict[str, tuple[float, float]]) -> Structures:
    options = {} if space else {"width": 8, "depth": 2}
    shape, outputs = series.input_shape, series.outputs
    return searched_structures("dscnn", options, space, Limits(), shape, outputs)


@pytest.fixture(scope="module")
def fixed(series: Dataset) -> Structures:
    return structures(series, {})


def pruned(found: Structures, sparsity: float, **structure: int) -> Candidate:
    named: dict[str, int | str] = {f"dscnn/{name}": value for name, value in structure.items()}
    layers = found.model(Candidate({}, {}, named)).layers
    return Candidate({}, dict.fromkeys(layers, sparsity), named)


def test_linked_sizes_are_above_the_exact_ones_and_repeat(
    fixed: Structures, profiler: LinkedProgramProfiler
) -> None:
    candidate = pruned(fixed, 0.3)
    spec, channels = fixed.spec(candidate), fixed.channels(candidate)
    linked = profiler.resources(spec, channels)
    exact = fixed.model(candidate).resources(channels)
    assert linked.rom_bytes > exact.rom_bytes + 1000
    assert linked.ram_bytes > exact.ram_bytes
    assert linked.flops == exact.flops
    assert profiler.resources(spec, channels) == linked


def test_fitted_sizes_are_near_the_linked_program(
    fixed: Structures, profiler: LinkedProgramProfiler
) -> None:
    near = fit_structures(fixed, profiler)
    for sparsity in (0.0, 0.25, 0.5):
        candidate = pruned(fixed, sparsity)
        channels = near.channels(candidate)
        linked = profiler.resources(near.spec(candidate), channels)
        guessed = near.model(candidate).resources(channels)
        assert guessed.rom_bytes == pytest.approx(linked.rom_bytes, rel=0.25)
        assert guessed.ram_bytes == pytest.approx(linked.ram_bytes, rel=0.25)
        params = {f"sparsity/{layer}": np.array([sparsity]) for layer in near.layers}
        np.testing.assert_allclose(near.ratios(params), [Limits().ratios(guessed)])


def test_a_missing_tool_is_known_before_the_search(
    series: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(ToolchainError, match="pip install"):
        LinkedProgramProfiler.for_board(series, "nucleo-l4r5")


def test_fitted_latencies_are_near_the_emulated_program(
    fixed: Structures, profiler: LinkedProgramProfiler
) -> None:
    near = fit_structures(fixed, profiler, timed=True)
    whole = profiler.resources(fixed.spec(pruned(fixed, 0.0)), {})
    assert near.limits.latency_ms == pytest.approx(whole.latency_ms)
    for seed in range(3):
        drawn = np.random.default_rng(seed).uniform(0, 0.5, len(near.layers)).tolist()
        candidate = Candidate({}, dict(zip(near.layers, drawn, strict=True)))
        channels = near.channels(candidate)
        guessed = near.model(candidate).resources(channels).latency_ms
        measured = profiler.resources(near.spec(candidate), channels).latency_ms
        assert guessed == pytest.approx(measured, rel=0.1)


def test_latencies_of_other_structures_are_ranked(
    series: Dataset, profiler: LinkedProgramProfiler
) -> None:
    found = structures(series, SEARCHED)
    near = fit_structures(found, profiler, timed=True)
    guessed, measured = [], []
    for width, depth, stride in ((12, 2, 1), (9, 2, 2), (7, 1, 1), (6, 1, 2)):
        candidate = pruned(near, 0.0, width=width, depth=depth, stride=stride)
        guessed.append(near.model(candidate).resources({}).latency_ms or 0.0)
        measured.append(profiler.resources(near.spec(candidate), {}).latency_ms or 0.0)
    np.testing.assert_allclose(guessed, measured, rtol=0.4)
    assert np.argsort(guessed).tolist() == np.argsort(measured).tolist()
