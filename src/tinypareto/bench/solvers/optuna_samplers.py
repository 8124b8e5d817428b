"""Optuna's own samplers, with their recommended settings."""

import optuna

from tinypareto.bench.solvers.solver import Solver

GP = Solver("Optuna GPSampler", lambda seed, _: optuna.samplers.GPSampler(seed=seed))
GP_LOG_KEPT = Solver("Optuna GPSampler on log kept shares", GP.make, log_kept=True)
TPE = Solver(
    "Optuna TPESampler, multivariate",
    lambda seed, _: optuna.samplers.TPESampler(seed=seed, multivariate=True),
)
NSGA2 = Solver(
    "Optuna NSGAIISampler, population 10",
    lambda seed, _: optuna.samplers.NSGAIISampler(seed=seed, population_size=10),
)
RANDOM = Solver("uniform", lambda seed, _: optuna.samplers.RandomSampler(seed=seed))
