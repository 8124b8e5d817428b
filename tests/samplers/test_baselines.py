import sys
from importlib import import_module
from typing import get_args

import optuna
import pytest
from optuna.distributions import FloatDistribution, IntDistribution
from optuna.samplers import BaseSampler
from optuna.study import Study
from optuna.trial import TrialState

from tinypareto.config import RunConfig
from tinypareto.samplers.baselines import BASELINES
from tinypareto.samplers.parego import ParEGOSampler

SPACE = {"a": FloatDistribution(0.0, 1.0), "b": IntDistribution(1, 9)}


def ask_and_tell(study: Study, trials: int) -> None:
    """Two objectives, one of them with a limit; what breaks it has no values."""
    for _ in range(trials):
        trial = study.ask(dict(SPACE))
        a, b = trial.params["a"], trial.params["b"]
        trial.set_constraint("b", b / 6 - 1)
        if b > 6:
            study.tell(trial, state=TrialState.PRUNED)
        else:
            study.tell(trial, [a, b / 6 + (a - 0.7) ** 2])


def params(study: Study) -> list[dict[str, float]]:
    return [trial.params for trial in study.trials]


def study_of(sampler: BaseSampler) -> Study:
    return optuna.create_study(directions=["minimize"] * 2, sampler=sampler)


def test_a_search_knows_them() -> None:
    assert get_args(RunConfig.model_fields["sampler"].annotation) == ("ars", *BASELINES)


@pytest.mark.parametrize("name", ["tinypareto.samplers.baselines", "tinypareto.samplers.peers"])
@pytest.mark.filterwarnings("ignore:tinypareto.samplers.peers is now")
def test_the_old_name_warns(name: str) -> None:
    module = import_module(name)
    sys.modules.pop("tinypareto.samplers.peers", None)  # warns again when another test imports it
    with pytest.warns(DeprecationWarning, match="PEERS is now BASELINES"):
        assert module.PEERS is BASELINES
    assert not hasattr(module, "PEER")


@pytest.mark.parametrize("name", ["nsga2", "tpe", "random"])
def test_a_stopped_study_goes_on_as_if_it_was_not(name: str) -> None:
    whole = study_of(BASELINES[name](5, SPACE))
    ask_and_tell(whole, 23)
    parts = study_of(BASELINES[name](5, SPACE))
    ask_and_tell(parts, 14)
    parts.sampler = BASELINES[name](5, SPACE)
    ask_and_tell(parts, 9)
    assert params(parts) == params(whole)
    other = study_of(BASELINES[name](6, SPACE))
    ask_and_tell(other, 3)
    assert params(other) != params(whole)[:3]


def test_parego_repeats_itself_and_avoids_what_is_infeasible() -> None:
    pytest.importorskip("botorch", reason="BoTorch is not installed")
    first, second = (study_of(ParEGOSampler(1, 6, dict(SPACE))) for _ in range(2))
    ask_and_tell(first, 10)
    ask_and_tell(second, 10)
    assert params(first) == params(second)
    proposed = [trial.params for trial in first.trials[6:]]
    assert sum(row["b"] <= 6 for row in proposed) >= 3
    assert min(row["b"] for row in proposed) <= 2


def test_parego_without_two_feasible_points_draws_at_random() -> None:
    pytest.importorskip("botorch", reason="BoTorch is not installed")
    study = study_of(ParEGOSampler(1, 1, dict(SPACE)))
    trial = study.ask(dict(SPACE))
    study.tell(trial, state=TrialState.FAIL)
    found = study.ask(dict(SPACE)).params
    assert set(found) == set(SPACE)
