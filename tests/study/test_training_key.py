from dataclasses import replace

import pytest

from tinypareto.search_space.candidate import Candidate
from tinypareto.study.training_key import training_key

WIDTHS = {"conv": 8, "blocks.1": 8}
SETTINGS = {
    "epochs": 6,
    "batch_size": 16,
    "lr": 0.1,
    "pruning_start": 0.1,
    "pruning_end": 0.6,
    "pruning_steps": 1,
}
ONE = Candidate(SETTINGS, {"conv": 0.5, "blocks.1": 0.25})


def same(settings: dict[str, float], conv: float = 0.5) -> bool:
    other = replace(ONE, settings=SETTINGS | settings, sparsities=ONE.sparsities | {"conv": conv})
    return training_key(ONE, WIDTHS) == training_key(other, WIDTHS)


def test_sparsities_that_leave_the_same_filters_are_the_same() -> None:
    assert same({}, 0.51)
    assert not same({}, 0.7)


def test_what_is_left_in_between_counts_too() -> None:
    steps = {**SETTINGS, "pruning_steps": 3}
    one, other = (Candidate(steps, {"conv": sparsity}) for sparsity in (0.51, 0.56))
    final = [{**SETTINGS, "pruning_start": 0.6}, {**SETTINGS, "pruning_start": 0.6}]
    at_once = [
        training_key(Candidate(settings, candidate.sparsities), WIDTHS)
        for settings, candidate in zip(final, (one, other), strict=True)
    ]
    assert at_once[0] == at_once[1]
    assert training_key(one, WIDTHS) != training_key(other, WIDTHS)


@pytest.mark.parametrize("changed", [{"lr": 0.11}, {"epochs": 7}, {"batch_size": 17}])
def test_any_other_setting_counts(changed: dict[str, float]) -> None:
    assert not same(changed)


def test_removals_at_the_same_epoch_are_the_same() -> None:
    assert same({"pruning_end": 0.61})
    assert not same({"pruning_end": 0.9})
