"""Conditional parameters: when they are set is read from the trials."""

import optuna
import pytest
from optuna.distributions import BaseDistribution, CategoricalDistribution, FloatDistribution
from optuna.trial import FrozenTrial, TrialState, create_trial

from tinypareto.samplers import ARSSampler
from tinypareto.samplers.activity import Rule, find_rules, union_space
from tinypareto.samplers.encoding import Encoding

NET = CategoricalDistribution(("conv", "dense"))
UNIT = FloatDistribution(0.0, 1.0)


def finished(**params: object) -> FrozenTrial:
    distributions: dict[str, BaseDistribution] = {n: NET if n == "net" else UNIT for n in params}
    return create_trial(value=0.0, params=params, distributions=distributions)


TRIALS = [
    finished(net="conv", x=0.1, reach=0.3),
    finished(net="dense", x=0.2),
    finished(net="conv", x=0.9, reach=0.8, depth=0.1),
]


def test_the_union_has_every_parameter_whose_bounds_stay() -> None:
    assert set(union_space(TRIALS)) == {"net", "x", "reach", "depth"}
    moved = create_trial(
        value=0.0, params={"x": 3.0}, distributions={"x": FloatDistribution(0.0, 5.0)}
    )
    assert set(union_space([*TRIALS, moved])) == {"net", "reach", "depth"}
    failed = create_trial(state=TrialState.FAIL, params={"new": 0.5}, distributions={"new": UNIT})
    assert "new" not in union_space([*TRIALS, failed])


def test_a_rule_names_the_parent_and_its_values() -> None:
    rules = find_rules(TRIALS, union_space(TRIALS))
    assert rules == {"reach": Rule("net", ("dense",), False)}


def test_a_parameter_that_nothing_decides_has_no_rule() -> None:
    contradiction = finished(net="conv", x=0.5)
    assert find_rules([*TRIALS, contradiction], union_space(TRIALS)) == {}


def test_points_that_differ_in_an_inactive_parameter_alone_are_one() -> None:
    space = union_space(TRIALS)
    encoding = Encoding(space, find_rules(TRIALS, space))
    rows = [
        {"net": "dense", "x": 0.5, "reach": 0.1, "depth": 0.5},
        {"net": "dense", "x": 0.5, "reach": 0.9, "depth": 0.5},
        {"net": "conv", "x": 0.5, "reach": 0.9, "depth": 0.5},
    ]
    points = encoding.snap(encoding.encode(rows))
    assert (points[0] == points[1]).all()
    assert (points[0] != points[2]).any()
    assert set(encoding.params(points[0])) == {"net", "x", "depth"}
    assert encoding.params(points[2]) == pytest.approx(rows[2])
    missing = encoding.encode([{"net": "dense", "x": 0.5, "depth": 0.5}])
    assert (missing == points[0]).all()


def conditional(trial: optuna.Trial) -> float:
    """The best branch is "conv", and in it reach = 0.8."""
    if trial.suggest_categorical("net", ["conv", "dense"]) == "conv":
        return float((trial.suggest_float("reach", 0, 1) - 0.8) ** 2)
    return 0.5 + float((trial.suggest_float("width", 0, 1) - 0.2) ** 2)


def test_branches_are_searched_not_drawn() -> None:
    study = optuna.create_study(sampler=ARSSampler(seed=1))
    study.optimize(conditional, n_trials=25)
    late = [t.params for t in study.trials[15:]]
    near = [abs(params["reach"] - 0.8) < 0.1 for params in late if "reach" in params]
    assert len(near) >= 7
    assert sum(near) >= 0.7 * len(near)
    assert study.best_value < 1e-4


@pytest.mark.filterwarnings("ignore:Choices for a categorical distribution")
def test_choices_may_be_lists_and_old_trials_may_have_other_choices() -> None:
    lists = CategoricalDistribution([[1, 2], [3, 4]])  # type: ignore[list-item]
    old = CategoricalDistribution(("gone", "conv"))
    trials = [
        create_trial(value=0.0, params={"net": [1, 2]}, distributions={"net": lists}),
        create_trial(
            value=0.0,
            params={"net": [3, 4], "reach": 0.5},
            distributions={"net": lists, "reach": UNIT},
        ),
        create_trial(value=0.0, params={"net": "gone"}, distributions={"net": old}),
    ]
    space = {"net": lists, "reach": UNIT}
    assert find_rules(trials, space) == {"reach": Rule("net", ([1, 2],), False)}
    encoding = Encoding(space, find_rules(trials, space))
    assert set(encoding.params(encoding.encode([{"net": [1, 2]}])[0])) == {"net"}
