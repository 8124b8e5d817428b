import numpy as np
import pytest
import torch

pytest.importorskip("botorch", reason="BoTorch is not installed")
from tinypareto.bench.solvers.models import fit_models
from tinypareto.solvers import History


@pytest.fixture
def history() -> History:
    """Twelve points of two objectives, a limit on the second, and a constraint of its own."""
    rng = np.random.default_rng(0)
    x = rng.random((12, 3))
    y = np.column_stack([x.sum(axis=1), x[:, 0] ** 2])
    c = np.column_stack([2.0 * (y[:, 1] - 0.5), x[:, 2] - x[:, 1]])
    return History(x, y, c, np.empty((0, 3)))


def test_a_limit_of_an_objective_has_no_model_of_its_own(history: History) -> None:
    models = fit_models(history)
    assert models.posterior.num_outputs == 3
    samples = torch.tensor([[-0.3, -0.7, 0.1], [-0.3, -0.2, -0.4]], dtype=torch.float64)
    found = [constraint(samples).tolist() for constraint in models.constraints]
    assert found[0] == pytest.approx([0.4, -0.6])
    assert found[1] == [0.1, -0.4]


def test_objectives_are_maximized_and_constraints_as_they_are(history: History) -> None:
    models = fit_models(history)
    with torch.no_grad():
        mean = models.posterior.posterior(torch.from_numpy(history.x)).mean.numpy()
    wanted = np.column_stack([-history.y, history.c[:, 1]])
    assert mean == pytest.approx(wanted, abs=0.05)
    assert models.scales.shape == (2, 3)


def test_trials_that_were_given_up_are_left_out(history: History) -> None:
    history.y[3] = np.nan
    models = fit_models(history)
    assert models.posterior.train_inputs[0].shape[-2] == 11
