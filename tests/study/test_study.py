from collections.abc import Hashable
from contextlib import suppress
from dataclasses import replace
from math import inf
from pathlib import Path

import numpy as np
import optuna
import pytest
from optuna.distributions import FloatDistribution
from optuna.trial import Trial, TrialState

from tinypareto.errors import StorageError
from tinypareto.evaluation.cost_model import CostModel
from tinypareto.evaluation.measurement import Measurement
from tinypareto.nets.spec import NetSpec
from tinypareto.resources import Limits, Resources
from tinypareto.samplers import ARSSampler
from tinypareto.samplers.encoding import Encoding
from tinypareto.samplers.history import history_from_study
from tinypareto.search_space.candidate import Candidate
from tinypareto.search_space.space import Space, build_space, to_params
from tinypareto.study.make_sampler import make_sampler
from tinypareto.study.storage import Embedded
from tinypareto.study.study import Study
from tinypareto.study.training_key import training_key
from tinypareto.training.early_stopping import FinishedTrial, TrialStopped

LIMITS = Limits(rom_bytes=1_050, ram_bytes=500, flops=11_000)


@pytest.fixture(scope="module")
def cost_model() -> CostModel:
    return CostModel.from_spec(NetSpec("dscnn", {"width": 12, "depth": 3}, (2, 24), 3), LIMITS)


def space_of(cost_model: CostModel, low: float, high: float) -> Space:
    return build_space("default", cost_model.layers, {"sparsity": (low, high)})


def open_study(folder: Path, cost_model: CostModel, low: float = 0.0, high: float = 0.9) -> Study:
    space = space_of(cost_model, low, high)
    sampler = make_sampler("ars", 0, space, cost_model)
    return Study(Embedded(folder / "study.db"), sampler, space, LIMITS)


def claim(study: Study, trials: int = 100) -> tuple[Trial, Candidate]:
    claimed = study.claim(trials)
    assert claimed is not None
    return claimed


def test_the_sampler_proposes_only_what_fits(cost_model: CostModel, tmp_path: Path) -> None:
    study = open_study(tmp_path, cost_model)
    rng = np.random.default_rng(0)
    drawn = {f"sparsity/{layer}": rng.uniform(0, 0.9, 500) for layer in cost_model.layers}
    assert (cost_model.ratios(drawn) > 1).any(1).mean() > 0.2
    for _ in range(10):
        trial, candidate = claim(study)
        used = cost_model.resources(cost_model.channels(candidate.sparsities))
        assert study.constrain(trial, used)
        study.complete(trial, Measurement(trial.number, used, {}, 0.5, 0.5, 0.5, 0.0))


def test_fixed_sparsities_are_known_to_the_sampler(cost_model: CostModel) -> None:
    space = space_of(cost_model, 0.5, 0.5)
    sampler = make_sampler("ars", 0, space, cost_model)
    assert isinstance(sampler, ARSSampler)
    study = optuna.create_study(directions=["minimize"] * 4, sampler=sampler)
    number = study.ask().number
    trial = study.trials[number]
    searched = {"lr": FloatDistribution(0.1, 0.2)}
    encoding = Encoding(searched, {}, sampler._constants(study, trial, study.trials, searched))
    assert sampler._known is not None
    known = sampler._known.on_points(encoding, study.directions)
    sparsities = dict.fromkeys(cost_model.layers, 0.5)
    used = cost_model.resources(cost_model.channels(sparsities))
    ratios = known.evaluate(np.array([[0.1], [0.2]]))
    assert ratios == pytest.approx(np.array([LIMITS.ratios(used)] * 2))


def test_an_infeasible_trial_has_constraints_and_no_values(
    cost_model: CostModel, tmp_path: Path
) -> None:
    study = open_study(tmp_path, cost_model)
    trial, _ = claim(study)
    assert not study.constrain(trial, cost_model.resources(cost_model.channels({})))
    study.infeasible(trial)
    (stored,) = study._study.trials
    assert stored.state == TrialState.PRUNED
    assert max(stored.constraints.values()) > 0
    assert study.finished() == 1
    assert list(study.points()) == []


def test_a_trial_left_running_is_asked_again_under_its_number(
    cost_model: CostModel, tmp_path: Path
) -> None:
    study = open_study(tmp_path, cost_model)
    trial, candidate = claim(study)
    study.constrain(trial, cost_model.resources(cost_model.channels(candidate.sparsities)))
    resumed = open_study(tmp_path, cost_model)
    assert resumed.unfinished() == 1
    again, same = claim(resumed, 1)
    assert again.number == trial.number
    assert same == candidate
    assert study.constrain(again, cost_model.resources(cost_model.channels(same.sparsities)))


def test_a_damaged_study_is_refused(cost_model: CostModel, tmp_path: Path) -> None:
    (tmp_path / "study.db").write_bytes(b"garbage" * 100)
    with pytest.raises(StorageError, match="cannot be used as a study"):
        open_study(tmp_path, cost_model)


def evaluated(study: Study, cost_model: CostModel, accuracy: float) -> tuple[int, Resources]:
    trial, candidate = claim(study)
    used = cost_model.resources(cost_model.channels(candidate.sparsities))
    study.constrain(trial, used)
    done = Measurement(trial.number, used, {}, accuracy, accuracy, accuracy, 0.0)
    study.complete(trial, done, {"accuracy_by_checkpoint": {"fold 1": accuracy - 0.1}})
    return trial.number, used


def test_only_networks_that_are_nowhere_larger_are_in_a_trials_way(
    cost_model: CostModel, tmp_path: Path
) -> None:
    study = open_study(tmp_path, cost_model)
    _, used = evaluated(study, cost_model, 0.7)
    needs = {
        "same": study.early_stopping(used).needed,
        "more": study.early_stopping(replace(used, rom_bytes=used.rom_bytes + 1)).needed,
        "less": study.early_stopping(replace(used, ram_bytes=used.ram_bytes - 1)).needed,
    }
    assert needs == {"same": 0.7, "more": 0.7, "less": -inf}
    assert study.early_stopping(used).finished == [FinishedTrial({"fold 1": 0.7 - 0.1}, 0.7)]


def test_the_sampler_learns_the_estimate_of_a_stopped_trial(
    cost_model: CostModel, tmp_path: Path
) -> None:
    study = open_study(tmp_path, cost_model)
    evaluated(study, cost_model, 0.7)
    trial, candidate = claim(study)
    used = cost_model.resources(cost_model.channels(candidate.sparsities))
    study.stopped(trial, used, TrialStopped(0.4, False, "bad"), {})
    space = {name: d for name, d in trial.distributions.items() if not d.single()}
    asked, _ = claim(study)
    frozen = study._study.trials[asked.number]
    history = history_from_study(study._study, frozen, space, Encoding(space))
    np.testing.assert_allclose(history.y[:, 0], [0.3, 0.6])
    assert [point.number for point in study.points()] == [0]
    assert len(study.early_stopping(used).finished) == 1


def test_the_same_settings_are_evaluated_once(cost_model: CostModel, tmp_path: Path) -> None:
    study = open_study(tmp_path, cost_model, 0.5, 0.505)
    first, _ = evaluated(study, cost_model, 0.7)
    params = study._study.trials[first].params
    nearly = params["sparsity/conv"] * (1 + 1e-12)
    study._study.enqueue_trial(params | {"sparsity/conv": nearly})

    def resolve(candidate: Candidate) -> Hashable:
        return training_key(candidate, cost_model.plan.widths)

    again, _ = claim(study)
    twin = study.twin(again, resolve)
    assert twin is not None
    assert twin.number == first
    study.repeat(again, twin)
    assert study.finished() == 2
    assert study.twin(claim(study)[0], resolve) is None


def test_proposals_differ_from_all_that_run(cost_model: CostModel, tmp_path: Path) -> None:
    study = open_study(tmp_path, cost_model)
    for _ in range(10):
        trial, candidate = claim(study)
        used = cost_model.resources(cost_model.channels(candidate.sparsities))
        study.constrain(trial, used)
        study.complete(trial, Measurement(trial.number, used, {}, 0.5, 0.5, 0.5, 0.0))
    running = [claim(study)[1] for _ in range(4)]
    assert study.unfinished() == 4
    points = np.array([list(to_params(candidate).values()) for candidate in running])
    for i in range(4):
        assert np.abs(points[i] - np.delete(points, i, 0)).max(axis=1).min() > 1e-3


def test_no_more_trials_are_claimed_than_wanted(cost_model: CostModel, tmp_path: Path) -> None:
    study = open_study(tmp_path, cost_model)
    claim(study, 2)
    claim(study, 2)
    assert study.claim(2) is None


def test_a_proposal_is_stored_whole(cost_model: CostModel, tmp_path: Path) -> None:
    study = open_study(tmp_path, cost_model)
    storage, full = study._storage.rdb, len(space_of(cost_model, 0, 0.9).parameters)
    with suppress(KeyboardInterrupt), storage.one_commit():
        trial = study._study.ask()
        trial.suggest_float("lr", 0.02, 0.4, log=True)
        raise KeyboardInterrupt
    assert storage.get_trial(trial._trial_id).params == {}
    again, _ = claim(open_study(tmp_path, cost_model))
    assert again.number == trial.number
    assert len(storage.get_trial(again._trial_id).params) == full
