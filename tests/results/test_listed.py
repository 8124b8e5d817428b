from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import spearmanr
from toy_task import TOY

from tinypareto.results.front_point import FrontPoint
from tinypareto.results.listed import LeastScore, rank_correlation
from tinypareto.tasks.registry import CLASSIFICATION

SCORE = CLASSIFICATION.score


def point(number: int, test: float, search: float) -> FrontPoint:
    return FrontPoint(
        number=number,
        params={},
        score=test,
        score_float=test,
        score_search=search,
        rom_bytes=5,
        ram_bytes=5,
        flops=5,
        path=f"trials/{number:04d}",
    )


shares = st.lists(st.sampled_from([0, 0.25, 0.5, 0.75, 1]), min_size=3, max_size=20)


@given(st.data(), shares)
def test_the_rank_correlation_is_spearmans(data: st.DataObject, search: Sequence[float]) -> None:
    test = data.draw(st.lists(st.floats(0, 1), min_size=len(search), max_size=len(search)))
    found = rank_correlation(
        [point(n, a, b) for n, (a, b) in enumerate(zip(test, search, strict=True))]
    )
    if len(set(search)) == 1 or len(set(test)) == 1:
        assert found is None
    else:
        assert found == pytest.approx(spearmanr(search, test).statistic)


def test_two_networks_have_no_rank_correlation() -> None:
    assert rank_correlation([point(0, 0.5, 0.5), point(1, 0.6, 0.6)]) is None


def test_a_network_must_exceed_a_constant_answer_and_reach_the_wish() -> None:
    assert LeastScore().allows(SCORE, 0)
    assert not LeastScore(constant=0.5).allows(SCORE, 0.5)
    assert LeastScore(constant=0.5).allows(SCORE, 0.51)
    assert LeastScore(0.9, 0.5).allows(SCORE, 0.9)
    assert not LeastScore(0.9, 0.5).allows(SCORE, 0.89)
    assert not LeastScore(0.2, 0.5).allows(SCORE, 0.4)


def test_the_stricter_bound_is_told() -> None:
    assert LeastScore().strictest(SCORE) is None
    assert LeastScore(0.9, 0.5).strictest(SCORE) == 0.9
    assert LeastScore(0.2, 0.5).strictest(SCORE) == 0.5
    # Lower is better for the squared error.
    assert LeastScore(0.2, 0.5).strictest(TOY.score) == 0.2
