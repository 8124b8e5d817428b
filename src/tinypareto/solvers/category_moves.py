"""Greedy changes of categories, after a policy or a local search.

Policies move a state by small steps, and a category is one-hot: another choice begins to count
only when its coordinate is the largest, so most steps change nothing. With 12 to 20 categories of
five choices a search by such steps misses a part of the reward that these changes recover.

Symbols (docs/symbols.md): L agents, d coordinates, a changes of one category.
"""

from collections.abc import Sequence

import torch
from torch import Tensor

from tinypareto.solvers.ars import Score, Visited

_MAX_ROUNDS, _MAX_PAIRED = 40, 4
"""Bounds on the changes of one state; they are rarely reached."""
_MAX_PAIRS, _FOLLOWED = 4000, 8


def change_categories(
    visited: Visited, score: Score, categories: Sequence[slice], generator: torch.Generator
) -> Visited:
    """Improve the best state of each agent by changes of one category, the best by pairs of them.

    Args:
        visited: States of the L agents.
        score: Function from (p, d) states to (p,) scores, maximized.
        categories: Coordinates of each categorical parameter.
        generator: Source of randomness, used if there are more than 4,000 pairs of changes.

    Returns:
        The states and the improved ones, (L, s + 1, d).
    """
    mask, values = _changes(categories, visited.states.shape[2])
    scores, index = visited.scores.max(dim=1)
    states = visited.states[torch.arange(len(scores)), index]
    states, scores = _climb(states, scores, score, mask, values)
    # A single category has no pairs.
    for _ in range(_MAX_PAIRED if len(categories) > 1 else 0):
        # Two categories that matter together are no improvement one by one.
        best = int(scores.argmax())
        near = _pairs(states[best], mask, values, generator)
        near_scores = score(near)
        top = near_scores.topk(min(_FOLLOWED, len(near))).indices
        found, found_scores = _climb(near[top], near_scores[top], score, mask, values)
        if not found_scores.max() > scores[best]:
            break
        states[best], scores[best] = found[found_scores.argmax()], found_scores.max()
    return Visited(
        torch.cat([visited.states, states.unsqueeze(1)], dim=1),
        torch.cat([visited.scores, scores.unsqueeze(1)], dim=1),
    )


def _climb(
    states: Tensor, scores: Tensor, score: Score, mask: Tensor, values: Tensor
) -> tuple[Tensor, Tensor]:
    """Make the best change of each of (L, d) states until no change is better.

    Args:
        states: (L, d) states.
        scores: (L,) scores of the states.
        score: Function from (p, d) states to (p,) scores.
        mask: (a, d) mask of the coordinates that each change sets.
        values: (a, d) values that it sets.
    """
    states, scores = states.clone(), scores.clone()
    active = torch.arange(len(states))
    for _ in range(_MAX_ROUNDS):
        changed = torch.where(mask, values, states[active].unsqueeze(1))
        # All states in one call: known objectives are cheaper by the thousand.
        tried = score(changed.flatten(0, 1)).reshape(len(active), len(mask))
        top, index = tried.max(dim=1)
        better = top > scores[active]
        active, changed = active[better], changed[better, index[better]]
        if not len(active):
            break
        states[active], scores[active] = changed, top[better]
    return states, scores


def _pairs(state: Tensor, mask: Tensor, values: Tensor, generator: torch.Generator) -> Tensor:
    """(p, d) states with two categories of a (d,) state changed, at most 4,000 of them."""
    once = torch.where(mask, values, state)
    # A change to the present choice is none, and two of one category are a single change.
    real = torch.nonzero((once != state).any(dim=1)).squeeze(1)
    first, second = torch.combinations(real).unbind(dim=1)
    apart = ~(mask[first] & mask[second]).any(dim=1)
    first, second = first[apart], second[apart]
    if len(first) > _MAX_PAIRS:
        kept = torch.randperm(len(first), generator=generator)[:_MAX_PAIRS]
        first, second = first[kept], second[kept]
    return torch.where(mask[second], values[second], once[first])


def _changes(categories: Sequence[slice], dim: int) -> tuple[Tensor, Tensor]:
    """(a, d) mask of the coordinates that each change sets, and (a, d) values that it sets."""
    choices = [(part, i) for part in categories for i in range(part.start, part.stop)]
    mask = torch.zeros(len(choices), dim, dtype=torch.bool)
    values = torch.zeros(len(choices), dim, dtype=torch.float64)
    for row, (part, i) in enumerate(choices):
        mask[row, part] = True
        values[row, i] = 1.0
    return mask, values
