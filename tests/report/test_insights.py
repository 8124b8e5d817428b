import optuna
import pytest

from tinypareto.report import insights
from tinypareto.report.insights import importance, volumes
from tinypareto.report.trials import Row


def row(*objectives: float) -> Row:
    feasible = objectives and max(objectives) <= 1
    return Row(0, "dominated" if feasible else "infeasible", {}, {}, objectives)


def test_hypervolume_grows_with_what_is_feasible_and_better() -> None:
    rows = [row(0.5, 0.5), row(), row(0.4, 1.2), row(0.6, 0.6), row(0.25, 0.75), row(0.4, 0.4)]
    assert volumes(rows) == pytest.approx([0.25, 0.25, 0.25, 0.25, 0.3125, 0.3975])


def study_of(trials: int) -> optuna.Study:
    study = optuna.create_study(
        directions=["minimize"] * 2, sampler=optuna.samplers.RandomSampler(seed=0)
    )

    def objectives(trial: optuna.Trial) -> tuple[float, float]:
        x = trial.suggest_float("matters", 0, 1)
        return x**2, trial.suggest_float("does_not", 0, 1)

    study.optimize(objectives, n_trials=trials)
    return study


def test_importance_needs_enough_trials() -> None:
    told = importance(study_of(insights.FEWEST - 1))
    assert (told.method, told.trials, told.shares) == ("", insights.FEWEST - 1, {})


@pytest.mark.parametrize(("slow", "method"), [(300, "fANOVA"), (30, "PED-ANOVA")])
def test_importance_finds_what_matters_for_the_first_objective(
    slow: int, method: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(insights, "SLOW", slow)
    told = importance(study_of(60))
    assert told.method == method
    assert list(told.shares) == ["matters", "does_not"]
    assert told.shares["matters"] > 0.8
    assert sum(told.shares.values()) == pytest.approx(1)
