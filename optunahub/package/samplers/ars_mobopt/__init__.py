"""ARS-MOBOpt for Optuna: the sampler of tinypareto, which `requirements.txt` installs."""

from tinypareto.samplers import ARSSampler, KnownObjectives

__all__ = ["ARSSampler", "KnownObjectives"]
