"""The cases that steer a search: networks are scored, and compared in pairs, on their answers."""

import zlib
from base64 import b64decode, b64encode
from binascii import Error as Base64Error
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tinypareto.data.dataset import Dataset
from tinypareto.data.split import Selection
from tinypareto.tasks.task import Answers, Targets, Task

_REAL = "f4:"
"""Start of a text of real numbers; a colon is no character of base 64."""


def packed(answers: Answers) -> str | None:
    """Answers as a short text: class numbers, or real numbers; None for anything else."""
    if not answers.size:
        return None
    if answers.dtype.kind == "f":
        # Outputs of an integer network have few values, so they are compressed well.
        return _REAL + _text(answers.astype("<f4"))
    if answers.dtype.kind not in "iu":
        return None
    return _text(answers.astype(np.min_scalar_type(int(answers.max())).newbyteorder("<")))


def _text(array: NDArray[Any]) -> str:
    return b64encode(zlib.compress(array.tobytes())).decode()


def unpacked(text: str, cases: int) -> Answers | None:
    """The inverse of `packed`; None if the text holds something else.

    Returns:
        Class numbers, int64 [cases], or real numbers, float32 [cases] or [cases, targets].
    """
    real = text.startswith(_REAL)
    try:
        content = zlib.decompress(b64decode(text.removeprefix(_REAL), validate=True))
    except (ValueError, Base64Error, zlib.error):
        return None
    if real and cases and content and len(content) % (4 * cases) == 0:
        values = np.frombuffer(content, "<f4").astype(np.float32).reshape(cases, -1)
        return values[:, 0] if values.shape[1] == 1 else values
    width = len(content) // cases if cases else 0
    if real or width not in (1, 2, 4, 8) or len(content) != width * cases:
        return None
    return np.frombuffer(content, f"<u{width}").astype(np.int64)


@dataclass(frozen=True)
class SearchCases:
    """The cases that a network's search score is measured on, in the order of the folds.

    Attributes:
        task: Task of the data.
        targets: Their targets, [m] or [m, ...]; a case of several folds occurs several times.
        case: Number of each one's case, int64 [m].
    """

    task: Task
    targets: Targets
    case: NDArray[np.int64]

    @classmethod
    def of(cls, dataset: Dataset, selection: Selection) -> "SearchCases":
        """The cases that a selection scores."""
        source = dataset.y_test if selection.kind == "test" else dataset.y_train
        case = np.concatenate([fold.eval_index for fold in selection.folds])
        return cls(dataset.learning_task, source[case], case)

    def score(self, answers: Answers) -> float:
        """The score of the answers of one network, [m] or [m, ...], or of its first folds."""
        return self.task.measure(answers, self.targets[: len(answers)])


class Answered:
    """The answers of a search's networks, by which they are scored and compared.

    Two networks fail mostly on the same difficult cases, so their difference is known better than
    each of their scores: on n common cases its standard error is that of the mean of n differences.

    Args:
        rounds: The cases of the search, then those of each further training of a candidate.
        answers: Answers by trial number, one text (see `packed`) for each of the first rounds.
    """

    def __init__(self, rounds: Sequence[SearchCases], answers: Mapping[int, Sequence[str]]) -> None:
        self._rounds, self._answers = rounds, answers
        self._values: dict[int, NDArray[np.float64] | None] = {}

    def score(self, number: int) -> float | None:
        """Score of all answers of a trial; None if they are not known."""
        answers, targets, _ = self._all(number)
        return self._rounds[0].task.measure(answers, targets) if len(answers) else None

    def standard_error(self, first: int, second: int) -> float | None:
        """Standard error of the difference of two trials' scores; None if it is not known."""
        one, other = self.values(first), self.values(second)
        if one is None or other is None:
            return None
        common = min(len(one), len(other))
        difference = one[:common] - other[:common]
        difference = difference[~np.isnan(difference)]
        if len(difference) < 2:
            return None
        return float(difference.std(ddof=1) / np.sqrt(len(difference)))

    def values(self, number: int) -> NDArray[np.float64] | None:
        """Mean value of each case by its number (see `Task.by_case`), NaN for one not answered."""
        if number not in self._values:
            answers, targets, case = self._all(number)
            known = len(answers) > 0
            values = self._rounds[0].task.by_case(answers, targets) if known else None
            if values is not None:
                with np.errstate(invalid="ignore"):
                    values = np.bincount(case, values) / np.bincount(case)
            self._values[number] = values
        return self._values[number]

    def _all(self, number: int) -> tuple[Answers, Targets, NDArray[np.int64]]:
        """Answers, targets and cases of all rounds whose answers can be read."""
        pairs = zip(self._rounds, self._answers.get(number, ()), strict=False)
        read = [(unpacked(text, len(cases.targets)), cases) for cases, text in pairs]
        known = [(answers, cases) for answers, cases in read if answers is not None]
        if not known:
            return np.zeros(0, np.int64), self._rounds[0].targets[:0], np.zeros(0, np.int64)
        return (
            np.concatenate([answers for answers, _ in known]),
            np.concatenate([cases.targets for _, cases in known]),
            np.concatenate([cases.case for _, cases in known]),
        )
