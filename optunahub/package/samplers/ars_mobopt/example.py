"""Optimizes two objectives, of which the second is known exactly and has a limit."""

from pathlib import Path

import numpy as np
import optuna
import optunahub

PACKAGE = "samplers/ars_mobopt"
LIMIT = 0.8


def size(params: dict[str, np.ndarray]) -> np.ndarray:
    """Compute the (n, 1) costs of n candidates; a known function needs no surrogate."""
    return np.asarray(params["width"] * params["depth"] / 64.0)[:, None]


def objective(trial: optuna.Trial) -> tuple[float, float]:
    """Return an error, which the sampler has to learn, and the known size."""
    width = trial.suggest_int("width", 1, 16)
    depth = trial.suggest_int("depth", 1, 8)
    rate = trial.suggest_float("rate", 1e-4, 1.0, log=True)
    cost = float(size({"width": np.array([width]), "depth": np.array([depth])})[0, 0])
    trial.set_constraint("size", cost - LIMIT)
    return 1.0 / (width * depth) ** 0.5 + 0.1 * np.log10(rate / 0.03) ** 2, cost


def main(trials: int = 30) -> optuna.Study:
    """Optimize, and print the front."""
    module = optunahub.load_local_module(PACKAGE, registry_root=str(Path(__file__).parents[2]))
    known = module.KnownObjectives(indices=(1,), evaluate=size, limits=(LIMIT,))
    sampler = module.ARSSampler(seed=0, known=known)
    study = optuna.create_study(directions=["minimize"] * 2, sampler=sampler)
    study.optimize(objective, n_trials=trials)
    for trial in study.best_trials:
        print(trial.number, trial.values, trial.params)
    return study


if __name__ == "__main__":
    main()
