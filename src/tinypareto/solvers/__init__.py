"""Multi-objective Bayesian optimization as array maths; no Optuna, no networks."""
