from pathlib import Path

import numpy as np
import pytest
from optuna.trial import Trial, TrialState

from tinypareto.errors import StorageError
from tinypareto.predict import Predictor
from tinypareto.records import Candidate, Limits, Measurement
from tinypareto.samplers import ARSSampler
from tinypareto.space import Space, build_space
from tinypareto.storage import Embedded
from tinypareto.study import Study, make_sampler

LIMITS = Limits(rom_bytes=1_050, ram_bytes=500, flops=11_000)


@pytest.fixture(scope="module")
def predictor() -> Predictor:
    return Predictor.of("dscnn", {"width": 12, "depth": 3}, (2, 24), 3, LIMITS)


def space_of(predictor: Predictor, low: float, high: float) -> Space:
    return build_space("default", predictor.layers, {"sparsity": (low, high)})


def open_study(folder: Path, predictor: Predictor, low: float = 0.0, high: float = 0.9) -> Study:
    space = space_of(predictor, low, high)
    sampler = make_sampler("ars", 0, space, predictor)
    return Study(Embedded(folder / "study.db"), sampler, space, LIMITS)


def claim(study: Study, trials: int = 100) -> tuple[Trial, Candidate]:
    claimed = study.claim(trials)
    assert claimed is not None
    return claimed


def test_the_sampler_proposes_only_what_fits(predictor: Predictor, tmp_path: Path) -> None:
    study = open_study(tmp_path, predictor)
    rng = np.random.default_rng(0)
    drawn = {f"sparsity/{layer}": rng.uniform(0, 0.9, 500) for layer in predictor.layers}
    assert (predictor.ratios(drawn) > 1).any(1).mean() > 0.2
    for _ in range(10):
        trial, candidate = claim(study)
        used = predictor.resources(predictor.channels(candidate.sparsities))
        assert study.constrain(trial, used)
        study.complete(trial, Measurement(trial.number, used, {}, 0.5, 0.5, 0.5, 0.0))


def test_fixed_sparsities_are_known_to_the_sampler(predictor: Predictor) -> None:
    space = space_of(predictor, 0.5, 0.5)
    sampler = make_sampler("ars", 0, space, predictor)
    assert isinstance(sampler, ARSSampler)
    known = sampler._known
    assert known is not None
    sparsities = dict.fromkeys(predictor.layers, 0.5)
    used = predictor.resources(predictor.channels(sparsities))
    ratios = known.evaluate({"lr": np.array([0.1, 0.2])})
    assert ratios == pytest.approx(np.array([LIMITS.ratios(used)] * 2))


def test_an_infeasible_trial_has_constraints_and_no_values(
    predictor: Predictor, tmp_path: Path
) -> None:
    study = open_study(tmp_path, predictor)
    trial, _ = claim(study)
    assert not study.constrain(trial, predictor.resources(predictor.channels({})))
    study.infeasible(trial)
    (stored,) = study._study.trials
    assert stored.state == TrialState.PRUNED
    assert max(stored.constraints.values()) > 0
    assert study.finished() == 1
    assert list(study.points()) == []


def test_a_trial_left_running_is_asked_again_under_its_number(
    predictor: Predictor, tmp_path: Path
) -> None:
    study = open_study(tmp_path, predictor)
    trial, candidate = claim(study)
    study.constrain(trial, predictor.resources(predictor.channels(candidate.sparsities)))
    resumed = open_study(tmp_path, predictor)
    assert resumed.unfinished() == 1
    again, same = claim(resumed, 1)
    assert again.number == trial.number
    assert same == candidate
    assert study.constrain(again, predictor.resources(predictor.channels(same.sparsities)))


def test_a_damaged_study_is_refused(predictor: Predictor, tmp_path: Path) -> None:
    (tmp_path / "study.db").write_bytes(b"garbage" * 100)
    with pytest.raises(StorageError, match="cannot be used as a study"):
        open_study(tmp_path, predictor)
