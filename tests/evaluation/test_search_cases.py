from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tinypareto.evaluation.search_cases import Answered, SearchCases, packed, unpacked
from tinypareto.tasks.registry import CLASSIFICATION


@given(st.lists(st.integers(0, 70_000), min_size=1, max_size=50))
def test_answers_are_packed_and_read_back(answers: list[int]) -> None:
    text = packed(np.array(answers))
    assert text is not None
    np.testing.assert_array_equal(unpacked(text, len(answers)), answers)


@given(st.integers(1, 50), st.integers(1, 3), st.integers(0, 1000))
def test_real_answers_are_packed_and_read_back(cases: int, targets: int, seed: int) -> None:
    answers = np.random.default_rng(seed).normal(size=(cases, targets)).astype(np.float32)
    answers = answers[:, 0] if targets == 1 else answers
    text = packed(answers)
    assert text is not None
    np.testing.assert_array_equal(unpacked(text, cases), answers)


@pytest.mark.parametrize("answers", [np.array(["a"]), np.zeros(0, np.int64)])
def test_answers_that_are_neither_are_not_packed(answers: Any) -> None:
    assert packed(answers) is None


@pytest.mark.parametrize(
    "text", ["", "no base64!", "AAAA", packed(np.arange(4)), "\xff", "f4:", packed(np.ones(4))]
)
def test_a_damaged_text_and_one_of_other_folds_are_no_answers(text: str) -> None:
    assert unpacked(text, 3) is None


def cases(targets: list[int], numbers: list[int] | None = None) -> SearchCases:
    case = np.arange(len(targets)) if numbers is None else np.array(numbers)
    return SearchCases(CLASSIFICATION, np.array(targets), case)


def error(found: SearchCases, *answers: Any) -> float | None:
    texts = {n: [packed(np.array(one)) or ""] for n, one in enumerate(answers)}
    return Answered([found], texts).standard_error(0, 1)


def test_the_standard_error_is_that_of_the_paired_differences() -> None:
    rng = np.random.default_rng(0)
    targets = rng.integers(0, 3, 200)
    first = np.where(rng.random(200) < 0.9, targets, 0)
    # The second fails on the same cases and three more.
    second = np.where(np.arange(200) < 3, (targets + 1) % 3, first)
    wanted = np.std((first == targets) * 1.0 - (second == targets), ddof=1) / np.sqrt(200)
    found = error(cases(targets.tolist()), first, second)
    assert found == pytest.approx(wanted)
    assert error(cases(targets.tolist()), first, first) == 0
    # An unpaired error would be about twice that of one score, 2 points each.
    assert found is not None
    assert found < 0.01


def test_a_repeated_case_counts_once_by_its_mean() -> None:
    twice = cases([0, 1, 0, 1], [5, 7, 5, 7])
    answered = Answered([twice], {0: [packed(np.array([0, 0, 1, 0])) or ""]})
    nothing = [np.nan] * 5
    expected = [*nothing, 0.5, np.nan, 0]
    np.testing.assert_allclose(answered.values(0), expected)  # type: ignore[arg-type]
    assert answered.score(0) == 0.25
    assert error(twice, [0, 1, 0, 1], [0, 0, 0, 0]) == pytest.approx(0.5)


def test_unknown_answers_have_no_standard_error() -> None:
    found = Answered([cases([0, 1])], {0: [packed(np.array([0, 1])) or ""], 2: [""]})
    assert found.standard_error(0, 1) is None
    assert (found.score(0), found.score(1), found.score(2)) == (1, None, None)
    assert error(cases([0]), [0], [1]) is None


def test_further_rounds_count_with_the_first_one_and_pairs_are_made_of_common_cases() -> None:
    rounds = [cases([0, 1, 0]), cases([1, 0], [3, 4])]
    first, right, wrong = (packed(np.array(one)) or "" for one in ([0, 1, 1], [1, 0], [0, 1]))
    answered = Answered(rounds, {0: [first, right], 1: [first, wrong], 2: [first], 3: [first, ""]})
    assert answered.score(0) == pytest.approx(4 / 5)
    assert answered.score(1) == pytest.approx(2 / 5)
    assert answered.score(2) == answered.score(3) == pytest.approx(2 / 3)
    assert answered.standard_error(0, 1) == pytest.approx(np.std([0, 0, 0, 1, 1], ddof=1) / 5**0.5)
    # Trial 2 has only the first round, where it answers as trial 0 does.
    assert answered.standard_error(0, 2) == answered.standard_error(3, 2) == 0
