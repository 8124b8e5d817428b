import dataclasses

import numpy as np
import pytest
import torch

from tinypareto.solvers import DEFAULT, PAPER, optimize_acqf_ars
from tinypareto.solvers.ars import ARS, ARSSettings, search_direction
from tinypareto.solvers.policy import Policy

PLAIN = dataclasses.replace(PAPER.ars, directions=40, top=0.25, noise=0.1, rate=0.1, hidden=16)


def bowl(x: torch.Tensor) -> torch.Tensor:
    return -(x - 0.8).square().sum(dim=1)


def agents(settings: ARSSettings, starts: int = 2, dim: int = 3) -> ARS:
    generator = torch.Generator().manual_seed(0)
    return ARS(bowl, torch.full((starts, dim), 0.3, dtype=torch.float64), settings, generator)


def test_rollout_is_clipped_and_repeats_the_action() -> None:
    policy = Policy(dim=1, hidden=1, action_scale=1.0)
    theta = torch.tensor([[[0.0, 100.0, 0.3]]], dtype=torch.float64)  # tanh(100) = 1
    states = policy.rollout(theta, torch.tensor([[0.2]], dtype=torch.float64), horizon=4)
    assert states.flatten().tolist() == pytest.approx([0.5, 0.8, 1.0, 1.0])


def test_untrained_policies_stay() -> None:
    policy = Policy(dim=3, hidden=8, action_scale=5.0)
    theta = policy.initial(2, torch.Generator().manual_seed(0))
    assert theta.shape == (2, policy.size)
    assert not policy.act(theta, torch.rand(2, 3).double()).any()


def test_search_direction_by_hand() -> None:
    """Of three directions the two with the best reward count, each by its difference."""
    phi = torch.eye(3, dtype=torch.float64)
    plus, minus = torch.tensor([[3.0, 0.0, 0.1]]), torch.tensor([[1.0, 2.0, 0.0]])
    step = search_direction(plus.double(), minus.double(), phi, top=0.5)
    sigma = np.std([3.0, 0.0, 1.0, 2.0])
    assert step[0].tolist() == pytest.approx([2.0 / (2 * sigma), -2.0 / (2 * sigma), 0.0])


def test_equal_rewards_give_no_direction() -> None:
    ones = torch.ones(1, 4, dtype=torch.float64)
    assert not search_direction(ones, ones, torch.randn(4, 5).double(), top=0.5).any()


def test_a_zero_output_layer_learns_and_two_zero_layers_cannot() -> None:
    right, trapped = agents(PLAIN), agents(PLAIN)
    trapped.theta = torch.zeros_like(trapped.theta)
    for learner in (right, trapped):
        for _ in range(3):
            learner.update()
    assert right.theta[:, -PLAIN.hidden * 3 :].abs().max() > 1e-3
    assert not trapped.theta.any()


def test_the_plain_update_climbs() -> None:
    learner = agents(dataclasses.replace(PLAIN, updates=40))
    before = learner.best.scores.clone()
    last = learner.run().scores[:, -2]
    assert (last > before[:, 0] + 0.2).all()


def test_who_has_moved_to_the_best_state_rests_there() -> None:
    """A displacement kept would put every later direction beside the best state."""
    learner = agents(dataclasses.replace(DEFAULT.ars, hidden=4))
    learner.update()
    assert torch.equal(learner.starts, learner.best.states[:, 0])
    assert (bowl(learner.starts) > bowl(torch.full((2, 3), 0.3).double())).all()
    assert not learner.policy.act(learner.theta, learner.starts).any()
    assert learner.theta[:, : -4 * 3].any()


@pytest.mark.parametrize("settings", [DEFAULT.ars, PLAIN])
def test_directions_are_batched_in_chunks_without_a_change(
    settings: ARSSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = agents(settings, starts=3).run()
    monkeypatch.setattr("tinypareto.solvers.ars._PARAMETERS_AT_ONCE", 1)
    parts = agents(settings, starts=3).run()
    torch.testing.assert_close(whole.scores, parts.scores)


def test_maximiser_in_the_shape_of_optimize_acqf() -> None:
    functions = pytest.importorskip(
        "botorch.test_functions.synthetic", reason="BoTorch is not installed"
    )
    branin, bounds = (
        functions.Branin(negate=True),
        torch.tensor([[-5.0, 0.0], [10.0, 15.0]]).double(),
    )
    unit = torch.rand(8, 1, 2, generator=torch.Generator().manual_seed(0)).double()
    starts = bounds[0] + unit * (bounds[1] - bounds[0])
    candidates, values = optimize_acqf_ars(lambda x: branin(x.squeeze(1)), bounds, 3, starts)
    assert candidates.shape == (3, 2)
    torch.testing.assert_close(branin(candidates), values)
    assert values[0] > -0.6  # the maximum is -0.398
    assert (values.diff() <= 0).all()
    with pytest.raises(ValueError, match="q: got 9, wanted 1 to 8"):
        optimize_acqf_ars(bowl, bounds, 9, starts)
