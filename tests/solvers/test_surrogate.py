import numpy as np
import pytest
import torch
from botorch.fit import fit_gpytorch_mll
from gpytorch.mlls import ExactMarginalLogLikelihood

from tinypareto.solvers import surrogate
from tinypareto.solvers.posterior import SurrogateError


def data(n: int = 25, d: int = 3) -> tuple[torch.Tensor, torch.Tensor]:
    x = torch.from_numpy(np.random.default_rng(0).random((n, d)))
    return x, torch.stack([(4 * x).sin().sum(1), 100.0 + 30.0 * x[:, 0] ** 2], dim=1)


@pytest.mark.parametrize("outputs", [[0], [0, 1]])
@pytest.mark.parametrize("summary", [0, 2])
def test_fused_posterior_equals_gpytorch(outputs: list[int], summary: int) -> None:
    x, y = data()
    y = y[:, outputs]
    shift, scale = y.mean(0), y.std(0, correction=0)
    model = surrogate.build(x, (y - shift) / scale, summary, shorter=1.0, noise=-1.0)
    mll = ExactMarginalLogLikelihood(model.likelihood, model)
    fit_gpytorch_mll(mll, optimizer_kwargs={"options": {"maxiter": 50}})
    points = torch.from_numpy(np.random.default_rng(1).random((40, 3)))
    with torch.no_grad():
        expected = model.posterior(points)
    mean, std = surrogate.fit(x, y, summary)(points)
    wanted = expected.variance.sqrt() * scale
    torch.testing.assert_close(mean, expected.mean * scale + shift, rtol=1e-5, atol=1e-5)
    torch.testing.assert_close(std, wanted, rtol=1e-2, atol=1e-4)


def test_a_summary_is_learned_for_all_values_of_the_other_inputs() -> None:
    """Where the summary is one nothing else counts, which two points of thirty tell."""
    x = torch.from_numpy(np.random.default_rng(0).random((30, 9)))
    x[:, -1] = 0.0
    x[:2, -1] = 1.0
    y = torch.where(x[:, -1:] > 0.0, -3.0, (12.0 * x[:, :4]).sin().sum(dim=1, keepdim=True))
    new = torch.from_numpy(np.random.default_rng(1).random((50, 9)))
    new[:, -1] = 1.0
    plain, summed = (surrogate.fit(x, y, k)(new)[0] for k in (0, 1))
    assert (summed + 3.0).abs().mean() < 0.7 * (plain + 3.0).abs().mean()


def test_believing_keeps_the_mean_and_takes_the_doubt() -> None:
    posterior = surrogate.fit(*data())
    points = torch.from_numpy(np.random.default_rng(2).random((4, 3)))
    mean, std = posterior(points)
    believed_mean, believed_std = posterior.believe(points)(points)
    torch.testing.assert_close(believed_mean, mean, rtol=1e-4, atol=1e-3)
    assert (believed_std < std).all()
    assert believed_std.mean() < 0.6 * std.mean()


def test_constant_and_repeated_data_have_a_posterior() -> None:
    x = torch.full((6, 2), 0.5, dtype=torch.float64)
    mean, std = surrogate.fit(x, torch.full((6, 1), 7.0, dtype=torch.float64))(x)
    torch.testing.assert_close(mean, torch.full_like(mean, 7.0))
    assert std.isfinite().all()


def test_failed_fit_uses_the_prior(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*args: object, **kwargs: object) -> None:
        raise RuntimeError("no convergence")

    monkeypatch.setattr(surrogate, "fit_gpytorch_mll", fail)
    x, y = data()
    mean, _ = surrogate.fit(x, y)(x)
    assert (mean - y).abs().mean() < 0.5 * (y - y.mean(0)).abs().mean()


def test_data_that_are_not_finite_are_refused() -> None:
    x, y = data()
    with pytest.raises(SurrogateError, match="not finite"):
        surrogate.fit(x, y * torch.inf)
