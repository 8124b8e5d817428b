"""Choice of the recordings that are held out for the test."""

from collections.abc import Sequence

import numpy as np


def split(labels: Sequence[Sequence[str]], percent: int, seed: int) -> set[int]:
    """Choose recordings to hold out at random, stratified by the classes that they contain.

    Recordings with the same set of classes form a group. A group of two or more gives up at least
    one recording and keeps at least one. Recordings that would be alone in their group form a
    group together, if they have more than one class each.

    Args:
        labels: Classes of the windows of each recording.
        percent: Percentage of each group's recordings to hold out.
        seed: Seed of the choice; the same seed chooses the same recordings.

    Returns:
        Indices of the recordings that are held out.
    """
    groups: dict[frozenset[str], list[int]] = {}
    for index, classes in enumerate(labels):
        groups.setdefault(frozenset(classes), []).append(index)
    single = [members[0] for members in groups.values() if len(members) == 1]
    # A recording of a single class cannot replace one of another class.
    mixed = [index for index in single if len(set(labels[index])) > 1]
    rng = np.random.default_rng(seed)
    held: set[int] = set()
    for members in [*(m for m in groups.values() if len(m) > 1), mixed]:
        count = min(max(1, round(len(members) * percent / 100)), len(members) - 1)
        if count > 0:
            held |= {int(index) for index in rng.permutation(members)[:count]}
    return held
