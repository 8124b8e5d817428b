from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from tinypareto.search_space.training_settings import TrainingSettings
from tinypareto.training.plateau import LEAST, Plateau, flat
from tinypareto.training.schedule import removals

SETTINGS = TrainingSettings(
    epochs=100, pruning_start=0.2, pruning_end=0.4, pruning_steps=2, annealing=0.3, patience=0.1
)


def followed(settings: TrainingSettings, losses: st.DataObject | float) -> list[int]:
    """Epochs that are trained if the loss is constant, or drawn at random."""
    plateau, epochs = Plateau(settings), [0]
    while epochs[-1] < settings.epochs:
        loss = losses if isinstance(losses, float) else losses.draw(st.floats(0, 10))
        epochs.append(plateau.following(epochs[-1], loss))
    return epochs[:-1]


def test_a_constant_loss_leads_from_event_to_event_and_through_the_last_phase() -> None:
    epochs = followed(replace(SETTINGS, lr_schedule=1.0), 1.0)
    assert epochs == [*range(20), *range(30, 60), *range(70, 100)]


def test_a_falling_loss_needs_all_epochs() -> None:
    plateau = Plateau(SETTINGS)
    assert [plateau.following(epoch, 1 - epoch / 100) for epoch in range(100)] == [*range(1, 101)]


def test_a_loss_near_zero_is_flat_though_it_halves() -> None:
    plateau = Plateau(replace(SETTINGS, pruning_start=0.4, pruning_end=0.5, lr_schedule=1.0))
    followers = [plateau.following(epoch, 0.5**epoch) for epoch in range(40)]
    assert followers[:20] == list(range(1, 21))
    assert 45 in followers


def test_never_by_default() -> None:
    assert followed(replace(SETTINGS, patience=1.0), 1.0) == list(range(100))


@given(
    st.integers(1, 60),
    st.floats(0, 1),
    st.floats(0, 1),
    st.floats(0, 1),
    st.floats(0, 1),
    st.data(),
)
def test_no_event_is_skipped(
    epochs: int,
    patience: float,
    annealing: float,
    averaging: float,
    start: float,
    data: st.DataObject,
) -> None:
    settings = TrainingSettings(
        epochs=epochs,
        patience=patience,
        annealing=annealing,
        averaging=averaging,
        pruning_start=start,
        pruning_end=1.0,
    )
    trained = followed(settings, data)
    assert trained == sorted(set(trained))
    assert set(removals(settings)) <= set(trained)
    last = (1 - max(annealing, averaging)) * epochs
    assert {epoch for epoch in range(epochs) if epoch >= last} <= set(trained)


def test_flat_compares_two_spans() -> None:
    assert not flat([1.0] * (2 * LEAST - 1), LEAST, 0.1)
    assert flat([1.0] * 2 * LEAST, LEAST, 0.1)
    assert not flat([1.0] * LEAST + [0.8] * LEAST, LEAST, 0.1)
