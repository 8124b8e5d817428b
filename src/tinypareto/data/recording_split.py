"""Which recordings are held out for the test."""

from collections.abc import Sequence

import numpy as np


def split(labels: Sequence[Sequence[str]], percent: int, seed: int) -> set[int]:
    """Choose recordings at random, from each group with the same classes alike.

    A group of two or more gives at least one and keeps at least one. Recordings that are alone in
    their group form one together.

    Args:
        labels: Classes of the windows of each recording.
        percent: Of each group's recordings to hold out.
        seed: The same seed chooses the same recordings.

    Returns:
        Indices of the recordings that are held out.
    """
    groups: dict[frozenset[str], list[int]] = {}
    for index, classes in enumerate(labels):
        groups.setdefault(frozenset(classes), []).append(index)
    single = [members[0] for members in groups.values() if len(members) == 1]
    # Recordings of one class each cannot stand in for each other.
    mixed = [index for index in single if len(set(labels[index])) > 1]
    rng = np.random.default_rng(seed)
    held: set[int] = set()
    for members in [*(m for m in groups.values() if len(m) > 1), mixed]:
        count = min(max(1, round(len(members) * percent / 100)), len(members) - 1)
        if count > 0:
            held |= {int(index) for index in rng.permutation(members)[:count]}
    return held
