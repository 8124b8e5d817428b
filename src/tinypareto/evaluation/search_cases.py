"""The cases that steer a search: networks are scored, and compared in pairs, on their answers."""

import zlib
from base64 import b64decode, b64encode
from binascii import Error as Base64Error
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from tinypareto.data.dataset import Dataset
from tinypareto.data.split import Selection
from tinypareto.tasks.task import Answers, Targets, Task


def packed(answers: Answers) -> str | None:
    """Class numbers as a short text; None for answers that are no whole numbers from 0."""
    if answers.dtype.kind not in "iu" or not answers.size:
        return None
    smallest = np.min_scalar_type(int(answers.max())).newbyteorder("<")
    return b64encode(zlib.compress(answers.astype(smallest).tobytes())).decode()


def unpacked(text: str, cases: int) -> Answers | None:
    """The inverse of `packed` as int64 [cases]; None if the text holds something else."""
    try:
        content = zlib.decompress(b64decode(text, validate=True))
    except (ValueError, Base64Error, zlib.error):
        return None
    width = len(content) // cases if cases else 0
    if width not in (1, 2, 4, 8) or len(content) != width * cases:
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

    def differences(self, answers: Mapping[int, str]) -> "Differences":
        """Standard errors of differences between networks, from their answers by trial number."""
        return Differences(self, answers)

    @cached_property
    def _cases(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        _, place, counts = np.unique(self.case, return_inverse=True, return_counts=True)
        return place.reshape(-1), counts

    def values(self, text: str) -> NDArray[np.float64] | None:
        """Mean value of each distinct case (see `Task.by_case`); None if the answers are unknown.

        Args:
            text: Answers as `packed` writes them.
        """
        answers = unpacked(text, len(self.targets))
        values = None if answers is None else self.task.by_case(answers, self.targets)
        if values is None:
            return None
        place, counts = self._cases
        return np.bincount(place, values) / counts


class Differences:
    """Standard errors of the differences between search scores, in pairs on the same cases.

    Two networks fail mostly on the same difficult cases, so their difference is known better than
    each of their scores: on n cases its standard error is that of the mean of n differences.
    """

    def __init__(self, cases: SearchCases, answers: Mapping[int, str]) -> None:
        self._cases, self._answers = cases, answers
        self._values: dict[int, NDArray[np.float64] | None] = {}

    def _of(self, number: int) -> NDArray[np.float64] | None:
        if number not in self._values:
            self._values[number] = self._cases.values(self._answers.get(number, ""))
        return self._values[number]

    def standard_error(self, first: int, second: int) -> float | None:
        """Standard error of the difference of two trials' scores; None if it is not known."""
        one, other = self._of(first), self._of(second)
        if one is None or other is None or len(one) < 2:
            return None
        return float((one - other).std(ddof=1) / np.sqrt(len(one)))
