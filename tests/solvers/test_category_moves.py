import numpy as np
import pytest
import torch
from torch import Tensor

from tinypareto.solvers import BLACK_BOX, History, Space, ask
from tinypareto.solvers.ars import Visited
from tinypareto.solvers.ask import build_reward, fit_surrogates
from tinypareto.solvers.category_moves import change_categories
from tinypareto.solvers.history import Array

CHOICES = 4
PARTS = tuple(slice(i, i + CHOICES) for i in range(0, 3 * CHOICES, CHOICES))


def one_hot(*choices: int) -> Tensor:
    return torch.eye(CHOICES).double()[list(choices)].flatten()


def improve(score_table: Tensor, start: Tensor) -> tuple[Tensor, float]:
    """Best state and score that one agent reaches, scored by a table of three choices."""

    def score(x: Tensor) -> Tensor:
        a, b, c = x.reshape(-1, 3, CHOICES).argmax(dim=2).T
        return score_table[a, b, c]

    visited = Visited(start.reshape(1, 1, -1), score(start.reshape(1, -1)).reshape(1, 1))
    found = change_categories(visited, score, PARTS, torch.Generator())
    assert found.states.shape == (1, 2, 3 * CHOICES)
    return found.states[0, 1], found.scores[0, 1].item()


def test_single_changes_climb_to_the_best_choices() -> None:
    table = torch.zeros(CHOICES, CHOICES, CHOICES).double()
    for i, best in enumerate((3, 0, 2)):
        shape = [1, 1, 1]
        shape[i] = CHOICES
        table = table + (torch.arange(CHOICES) == best).double().reshape(shape)
    state, score = improve(table, one_hot(0, 1, 0))
    assert score == 3.0
    torch.testing.assert_close(state, one_hot(3, 0, 2))


def test_two_choices_that_pay_only_together_are_found() -> None:
    table = torch.zeros(CHOICES, CHOICES, CHOICES).double()
    table[0], table[2, 3] = 0.5, 1.0
    assert improve(table, one_hot(0, 1, 0))[1] == 1.0


def test_nothing_better_leaves_the_state_alone() -> None:
    state, score = improve(torch.ones(CHOICES, CHOICES, CHOICES).double(), one_hot(1, 2, 3))
    assert score == 1.0
    torch.testing.assert_close(state, one_hot(1, 2, 3))


def test_a_single_category_takes_its_best_choice() -> None:
    start = one_hot(0).reshape(1, 1, -1)
    visited = Visited(start, torch.zeros(1, 1).double())
    found = change_categories(visited, lambda x: x[:, 2], PARTS[:1], torch.Generator())
    torch.testing.assert_close(found.states[0, 1], one_hot(2))


@pytest.mark.parametrize("seed", range(2))
def test_an_ask_finds_the_best_reward_of_twelve_categories(seed: int) -> None:
    """The best of what greedy changes reach from 40 random candidates."""
    parts = tuple(slice(i, i + CHOICES) for i in range(0, 12 * CHOICES, CHOICES))

    def snap(x: Array) -> Array:
        return np.asarray(
            np.eye(CHOICES)[x.reshape(len(x), 12, CHOICES).argmax(2)].reshape(x.shape)
        )

    rng = np.random.default_rng(seed)
    x, value = snap(rng.random((40, 12 * CHOICES))), rng.normal(size=(12 * CHOICES, 2))
    history = History(x, x @ value, np.empty((40, 0)), np.empty((0, x.shape[1])))
    # With a reference the reward has no random part.
    space = Space(x.shape[1], snap=snap, worst=(9.0, 9.0), categories=parts)
    score = build_reward(history, space, fit_surrogates(history, space, BLACK_BOX), rng, BLACK_BOX)
    point = ask(history, space, np.random.default_rng(0), settings=BLACK_BOX)
    states = torch.from_numpy(snap(rng.random((40, x.shape[1]))))
    visited = Visited(states.unsqueeze(1), score(states).unsqueeze(1))
    best = change_categories(visited, score, parts, torch.Generator()).scores.max().item()
    assert score(torch.from_numpy(point)).item() > 0.99 * best > 0.0
