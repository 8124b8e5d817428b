from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tinypareto.errors import ConfigError
from tinypareto.pruning.plan import filters_left
from tinypareto.search_space.training_settings import TrainingSettings
from tinypareto.training.schedule import gradual, learning_rate, removals


@pytest.mark.parametrize(("progress", "value"), [(0.0, 0.0), (0.5, 0.875), (0.2, 0.488), (1, 1.0)])
def test_zhu_and_gupta_equation_1(progress: float, value: float) -> None:
    assert gradual(progress) == pytest.approx(value, abs=1e-12)


def test_removals_by_hand() -> None:
    settings = TrainingSettings(epochs=100, pruning_start=0.2, pruning_end=0.6, pruning_steps=4)
    expected = {30: 1 - 0.75**3, 40: 1 - 0.5**3, 50: 1 - 0.25**3, 60: 1.0}
    assert removals(settings) == pytest.approx(expected)


def test_one_epoch_still_prunes_fully() -> None:
    assert removals(TrainingSettings(epochs=1, pruning_steps=7)) == {0: 1.0}


def test_an_end_before_the_start_prunes_at_the_start() -> None:
    settings = TrainingSettings(epochs=10, pruning_start=0.7, pruning_end=0.3, pruning_steps=3)
    assert removals(settings) == {7: 1.0}


@given(
    epochs=st.integers(1, 500),
    start=st.floats(0, 1),
    end=st.floats(0, 1),
    steps=st.integers(1, 30),
    width=st.integers(1, 600),
    sparsity=st.floats(0, 0.999),
)
def test_removals_grow_and_end_in_time_at_the_exact_count(
    epochs: int, start: float, end: float, steps: int, width: int, sparsity: float
) -> None:
    settings = TrainingSettings(
        epochs=epochs, pruning_start=start, pruning_end=end, pruning_steps=steps
    )
    plan = removals(settings)
    counts = [filters_left(width, sparsity * fraction) for fraction in plan.values()]
    assert list(plan) == sorted(plan)
    assert max(plan) < epochs
    assert counts == sorted(counts, reverse=True)
    assert counts[-1] == filters_left(width, sparsity)


def test_learning_rate_drops_after_every_period() -> None:
    settings = TrainingSettings(epochs=10, lr=1.0, lr_schedule=0.4, lr_gamma=0.5)
    rates = [learning_rate(settings, epoch) for epoch in range(10)]
    assert rates == [1.0] * 4 + [0.5] * 4 + [0.25] * 2
    assert learning_rate(replace(settings, lr_schedule=0.0), 3) == 0.125


def test_one_cycle_by_hand() -> None:
    settings = TrainingSettings(epochs=10, lr=1.0, lr_gamma=1.0, warmup=0.4, annealing=0.4)
    rates = [learning_rate(settings, epoch) for epoch in range(10)]
    rise, fall = [0, 0.25, 0.5, 0.75], [1, (2 + 2**0.5) / 4, 0.5, (2 - 2**0.5) / 4]
    assert rates == pytest.approx([*rise, 1, 1, *fall])
    assert learning_rate(settings, 0, 0.5) == pytest.approx(0.125)
    assert learning_rate(settings, 9, 1.0) == pytest.approx(0)


@given(
    st.integers(1, 50),
    st.floats(0, 1),
    st.floats(0, 1),
    st.floats(0, 1),
    st.floats(0, 1),
    st.data(),
)
def test_rates_never_exceed_that_of_the_steps(
    epochs: int, warmup: float, annealing: float, drop: float, elapsed: float, data: st.DataObject
) -> None:
    steps = TrainingSettings(epochs=epochs, lr=0.3, lr_schedule=0.3, lr_gamma=drop)
    settings = replace(steps, warmup=warmup, annealing=annealing)
    epoch = data.draw(st.integers(0, epochs - 1))
    assert 0 <= learning_rate(settings, epoch, elapsed) <= learning_rate(steps, epoch)


def test_settings_of_a_candidate() -> None:
    settings = TrainingSettings.from_settings({"epochs": 12.0, "lr": 0.1, "width": 64})
    assert settings == TrainingSettings(epochs=12, lr=0.1)
    assert isinstance(settings.epochs, int)


@pytest.mark.parametrize(
    ("name", "value"), [("epochs", 0), ("batch_size", 1), ("lr", float("nan")), ("momentum", 1.5)]
)
def test_senseless_settings_are_refused(name: str, value: float) -> None:
    with pytest.raises(ConfigError, match=name):
        TrainingSettings(**{name: value})  # type: ignore[arg-type]
