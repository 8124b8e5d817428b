from math import inf

import pytest
from toy_task import TOY

from tinypareto.training.early_stopping import (
    NEIGHBOURS,
    EarlyStopping,
    FinishedTrial,
    TrialStopped,
)

SLOW = [FinishedTrial({"fold 1": 0.5 + i / 100}, 0.52 + i / 100) for i in range(NEIGHBOURS)]
FAST = [FinishedTrial({"fold 1": 0.1}, 0.9)] * NEIGHBOURS


def test_a_trial_that_needs_more_than_its_likes_gained_is_stopped() -> None:
    rule = EarlyStopping(0.8, [*FAST, *SLOW])
    with pytest.raises(TrialStopped, match=r"60.0% at fold 1") as caught:
        rule.check("fold 1", 0.6)
    assert caught.value.estimate == pytest.approx(0.62)
    assert not caught.value.exact
    assert rule.scores == {"fold 1": 0.6}


@pytest.mark.parametrize(
    ("needed", "score", "past"),
    [
        (0.61, 0.6, SLOW),
        (0.8, 0.2, [*FAST, *SLOW]),
        (0.8, 0.6, SLOW[1:]),
        (-inf, 0.0, SLOW),
    ],
    ids=["within reach", "others like it rose", "too few", "nothing in its way"],
)
def test_a_trial_with_a_chance_goes_on(
    needed: float, score: float, past: list[FinishedTrial]
) -> None:
    EarlyStopping(needed, past).check("fold 1", score)


def test_other_checkpoints_tell_nothing() -> None:
    EarlyStopping(0.8, SLOW).check("fold 2", 0.6)


def test_an_estimate_is_an_accuracy() -> None:
    low = [FinishedTrial({"fold 1": 0.4}, 0.1)] * NEIGHBOURS
    with pytest.raises(TrialStopped) as caught:
        EarlyStopping(0.8, low).check("fold 1", 0.2)
    assert caught.value.estimate == 0.0


def test_a_known_accuracy_must_exceed_what_is_needed() -> None:
    EarlyStopping(0.8).settle(0.81)
    with pytest.raises(TrialStopped) as caught:
        EarlyStopping(0.8).settle(0.8)
    assert caught.value.exact


def test_a_score_to_minimize_must_fall_below_what_is_needed() -> None:
    finished = [FinishedTrial({"fold 1": 0.5}, 0.4)] * NEIGHBOURS
    EarlyStopping(-0.51, finished, TOY.score).check("fold 1", 0.6)
    with pytest.raises(TrialStopped, match=r"0\.6 at fold 1") as caught:
        EarlyStopping(-0.49, finished, TOY.score).check("fold 1", 0.6)
    assert caught.value.estimate == pytest.approx(0.5)
    with pytest.raises(TrialStopped) as caught:
        EarlyStopping(0.1, finished, TOY.score).check("fold 1", 0.05)
    assert caught.value.estimate == 0.0
    EarlyStopping(-0.2, score=TOY.score).settle(0.19)
    with pytest.raises(TrialStopped):
        EarlyStopping(-0.2, score=TOY.score).settle(0.2)
