import math

import numpy as np
import pytest
import torch

pytest.importorskip("botorch", reason="BoTorch is not installed")
from botorch.fit import fit_gpytorch_mll
from botorch.models import SingleTaskGP
from gpytorch.constraints import GreaterThan
from gpytorch.kernels import MaternKernel, ScaleKernel
from gpytorch.likelihoods import GaussianLikelihood
from gpytorch.mlls import ExactMarginalLogLikelihood
from gpytorch.priors import GammaPrior, LogNormalPrior

from tinypareto.solvers import surrogate
from tinypareto.solvers.likelihood import NegativeLogPosterior, Priors
from tinypareto.solvers.posterior import Hyperparameters, SurrogateError


def data(n: int = 25, d: int = 3) -> tuple[torch.Tensor, torch.Tensor]:
    x = torch.from_numpy(np.random.default_rng(0).random((n, d)))
    return x, torch.stack([(4 * x).sin().sum(1), 100.0 + 30.0 * x[:, 0] ** 2], dim=1)


def reference(x: torch.Tensor, y: torch.Tensor, summary: int) -> SingleTaskGP:
    """BoTorch's model of one standardized output with our kernel and priors, not fitted."""

    def matern(dims: range, shorter: float) -> ScaleKernel:
        location = math.sqrt(2.0) + 0.5 * math.log(len(dims)) - shorter
        base = MaternKernel(
            nu=2.5,
            ard_num_dims=len(dims),
            active_dims=tuple(dims),
            lengthscale_prior=LogNormalPrior(location, math.sqrt(3.0)),
            lengthscale_constraint=GreaterThan(0.025, transform=None, initial_value=0.5),
        )
        return ScaleKernel(base, outputscale_prior=GammaPrior(2.0, 0.15))

    e = x.shape[1]
    kernel = matern(range(e), 1.0)
    if summary:
        kernel = kernel + matern(range(e - summary, e), 0.0)
    bound = GreaterThan(1e-4, transform=None, initial_value=0.1)
    likelihood = GaussianLikelihood(LogNormalPrior(-1.0, 1.0), bound)
    return SingleTaskGP(x, y, likelihood=likelihood, covar_module=kernel, outcome_transform=None)


def take(model: SingleTaskGP, hyper: Hyperparameters) -> None:
    """Sets a model's hyperparameters."""
    kernel = model.covar_module
    parts = [kernel] if len(hyper.components) == 1 else kernel.kernels
    for part, component in zip(parts, hyper.components, strict=True):
        part.base_kernel.lengthscale = component.lengthscale[0]
        part.outputscale = component.outputscale[0, 0, 0]
    model.likelihood.noise = hyper.noise[0, 0]
    model.mean_module.constant = hyper.constant[0, 0]


@pytest.mark.parametrize("summary", [0, 2])
def test_fused_posterior_equals_gpytorch(summary: int) -> None:
    x, y = data()
    points = torch.from_numpy(np.random.default_rng(1).random((40, 3)))
    for column in y.T:
        standard = (column - column.mean()) / column.std(correction=0)
        found = surrogate.fit(x, standard[:, None], summary)
        model = reference(x, standard[:, None], summary)
        take(model, found.hyper)
        with torch.no_grad():
            wanted = model.posterior(points)
        mean, std = found(points)
        torch.testing.assert_close(mean, wanted.mean, rtol=1e-6, atol=1e-6)
        torch.testing.assert_close(std, wanted.variance.sqrt(), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("summary", [0, 2])
def test_evidence_equals_gpytorch_and_is_fitted_as_well_as_by_botorch(summary: int) -> None:
    x, y = data()
    standard = ((y[:, 0] - y[:, 0].mean()) / y[:, 0].std(correction=0))[:, None]
    model = reference(x, standard, summary)
    mll = ExactMarginalLogLikelihood(model.likelihood, model)

    def density() -> float:
        model.train()
        with torch.no_grad():
            return len(x) * float(mll(model(x), model.train_targets))

    fit_gpytorch_mll(mll, optimizer_kwargs={"options": {"maxiter": 100}})
    theirs = density()
    take(
        model, surrogate.fit(x, standard, summary, lengthscale_reduction=1.0, iterations=100).hyper
    )
    assert density() == pytest.approx(theirs, abs=0.05)
    take(model, surrogate.fit(x, standard, summary, lengthscale_reduction=1.0, iterations=0).hyper)
    assert density() < theirs - 1.0


@pytest.mark.parametrize("summary", [0, 2])
def test_gradient_of_the_evidence(summary: int) -> None:
    x, y = data()
    evidence = NegativeLogPosterior(x.numpy(), y[:, 0].numpy(), summary, Priors(1.0, -1.0))
    theta = evidence.start + 0.3 * np.random.default_rng(0).normal(size=len(evidence.start))
    _, gradient = evidence(theta)
    steps = 1e-6 * np.eye(len(theta))
    numeric = [(evidence(theta + s)[0] - evidence(theta - s)[0]) / 2e-6 for s in steps]
    np.testing.assert_allclose(gradient, numeric, atol=1e-4)


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
    believed_mean, believed_std = posterior.condition_on_mean(points)(points)
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
        raise np.linalg.LinAlgError("no factor")

    monkeypatch.setattr(surrogate, "minimize", fail)
    x, y = data()
    mean, _ = surrogate.fit(x, y)(x)
    assert (mean - y).abs().mean() < 0.5 * (y - y.mean(0)).abs().mean()


def test_data_that_are_not_finite_are_refused() -> None:
    x, y = data()
    with pytest.raises(SurrogateError, match="not finite"):
        surrogate.fit(x, y * torch.inf)


@pytest.mark.parametrize(("scatter", "low"), [(0.0, True), (1.0, False)])
def test_the_low_noise_prior_is_taken_on_decisive_evidence(scatter: float, low: bool) -> None:
    """A smooth function of two of ten inputs, without noise and with as much noise."""
    rng = np.random.default_rng(0)
    x = torch.from_numpy(rng.random((30, 10)))
    clean = (3.0 * x[:, :1]).sin() + x[:, 1:2]
    y = clean + scatter * clean.std() * torch.from_numpy(rng.normal(size=(30, 1)))
    one = surrogate.fit(x, y, noise=-1.0).hyper.noise.item()
    chosen = surrogate.fit(x, y, noise=-1.0, low_noise=-4.0).hyper.noise.item()
    assert (chosen < 0.5 * one) == low
    assert low or chosen == one
