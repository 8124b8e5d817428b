"""Algorithm 1 of Deutel 2023: what to evaluate next, given everything evaluated so far."""

import functools
import itertools
from collections.abc import Callable, Iterator

import numpy as np
import torch
from torch import Tensor

from tinypareto.solvers.ars import ARS, Score, Visited
from tinypareto.solvers.chebyshev import SLOPE, chebyshev
from tinypareto.solvers.designs import raw_candidates, representatives
from tinypareto.solvers.ehvi import draw_shares, volume_reward
from tinypareto.solvers.history import Array, History, Space
from tinypareto.solvers.local_search import LocalSearch
from tinypareto.solvers.posterior import SurrogateError
from tinypareto.solvers.posterior_moments import Moments
from tinypareto.solvers.presets import BLACK_BOX, DEFAULT, Settings
from tinypareto.solvers.subsample import thinned
from tinypareto.solvers.surrogate import fit
from tinypareto.solvers.surrogate_model import Belief
from tinypareto.threads import threads

_SPARE_BLOCKS = 4
_MOST_LEARNED = 400


@threads(1)
def ask(
    history: History,
    space: Space,
    rng: np.random.Generator,
    q: int = 1,
    settings: Settings | None = None,
) -> Array:
    """The q points to evaluate next.

    Points are snapped, unlike each other and unlike every point of the history (evaluated or
    pending) as long as the space has others. Pending points count as evaluated, with the
    surrogates' mean as their outcome.

    Args:
        history: What is known; changes nothing in it.
        space: Where to look.
        rng: Source of all randomness; the same state gives the same points.
        q: At most the best candidate of each of `settings.agents` policies is of use.
        settings: A preset or your own; DEFAULT where the space has known objectives, else
            BLACK_BOX.

    Returns:
        (q, d) points, the most promising first.

    Raises:
        SurrogateError: The history admits no surrogate, or one without finite beliefs.
    """
    settings = settings or (DEFAULT if space.known else BLACK_BOX)
    if not np.isfinite(history.y).any() and not np.isfinite(history.c).any():
        raise SurrogateError("nothing with a value has been evaluated")
    whole, history = history, thinned(history, space.known, _MOST_LEARNED)
    belief = believe(history, space, settings)
    score = reward_of(history, space, belief, rng, settings)
    starts = find_starts(history, space, score, rng, settings)
    generator = torch.Generator().manual_seed(int(rng.integers(2**62)))
    search = ARS if settings.policies else LocalSearch
    visited = search(score, starts, settings.ars, generator).run()
    spare = (draw_ranked(space, score, rng) for _ in range(_SPARE_BLOCKS))
    return choose(visited, whole, space, spare, q, settings.seen)


def believe(history: History, space: Space, settings: Settings) -> Belief:
    """Surrogates and known functions of an iteration."""
    fitted = functools.partial(
        fit, shorter=settings.shorter, noise=settings.noise, iterations=settings.fit_iterations
    )
    return Belief(history, space, fitted, settings.trend, settings.logs)


def reward_of(
    history: History, space: Space, belief: Belief, rng: np.random.Generator, settings: Settings
) -> Score:
    """The function that agents maximise: (p, d) states to (p,) expected rewards."""
    rows = history.feasible(space.known)
    any_feasible = bool(rows.any())
    if not any_feasible:
        rows = history.complete
    if not rows.any():
        return lambda x: _feasibility_only(belief(x))
    visited = history.y[rows]
    if settings.smoothed:
        expected = belief(torch.from_numpy(history.x[rows]))
        visited = expected.median.numpy()
    if len(history.pending):
        expected = belief(torch.from_numpy(history.pending))
        likely = (expected.feasibility() > 0.5).numpy()
        visited = np.concatenate([visited, expected.median.numpy()[likely]])
    reward: Callable[[Moments], Tensor] | None = None
    limits = belief.limits
    worst = np.array(space.worst or [np.inf] * len(limits))
    bounded = bool(np.isfinite(np.minimum(limits, worst)).all())
    if any_feasible and _by_volume(settings.reward, bounded, rng):
        shares = draw_shares(limits, rng) if settings.ambitious else np.ones(len(limits))
        reward = volume_reward(visited, limits, worst, shares, settings.doubt)
    if reward is None:
        reward = chebyshev(visited, rng, settings.samples, settings.scaled, settings.nadir)

    def score(x: Tensor) -> Tensor:
        values = reward(belief(x))
        if not values.isfinite().all():
            raise SurrogateError("the reward is not finite")
        return values

    return score


def _by_volume(reward: str, bounded: bool, rng: np.random.Generator) -> bool:
    """Whether this ask's reward is the expected hypervolume improvement.

    Without a reference that means something a hypervolume keeps to what its extremes are worth;
    other weights in every other ask lead away from there.
    """
    if reward == "either" and not bounded:
        return bool(rng.random() < 0.5)
    return reward != "chebyshev"


def _feasibility_only(moments: Moments) -> Tensor:
    return moments.feasibility() - SLOPE * moments.violation()


def find_starts(
    history: History, space: Space, score: Score, rng: np.random.Generator, settings: Settings
) -> Tensor:
    """(L', d) starts, 1 <= L' <= L (step 3 of Algorithm 1, and its third trap).

    Representatives of the feasible front; those alone would keep the agents in the corner where
    the front happens to be, so the other agents start from the raw candidates of highest score.
    Without a feasible point and without raw candidates: from random evaluated points.
    """
    front = history.x[history.front(space.known)]
    starts = front[:0]
    if len(front):
        starts = representatives(front, min(settings.front_starts, settings.agents), rng)
    missing = settings.agents - len(starts)
    if settings.raw and missing:
        good = front if len(front) else history.x[history.complete]
        raw = space.snap(raw_candidates(settings.raw, good, space.dim, rng))
        order = score(torch.from_numpy(raw)).argsort(descending=True, stable=True)
        starts = np.concatenate([starts, raw[order[:missing].numpy()]])
    if not len(starts):
        chosen = rng.permutation(len(history.x))[: settings.agents]
        starts = history.x[chosen]
    return torch.from_numpy(starts)


def draw_ranked(space: Space, score: Score, rng: np.random.Generator) -> Array:
    """(256, d) uniform points, the best first."""
    points = space.snap(rng.random((256, space.dim)))
    order = score(torch.from_numpy(points)).argsort(descending=True, stable=True)
    return np.asarray(points[order.numpy()])


def choose(
    visited: Visited, history: History, space: Space, spare: Iterator[Array], q: int, seen: bool
) -> Array:
    """(q, d): best state of the best policy first, then the best of each other policy.

    A state that snaps to a point evaluated before, pending or already chosen gives way to the
    policy's next best; when none is left, to the first of `spare` that is new. In a space of
    which every point is taken, points repeat.
    """
    scores = visited.scores if seen else visited.scores[:, :-1]
    states = visited.states[:, : scores.shape[1]]
    taken = {_key(row) for row in np.concatenate([history.x, history.pending])}
    ranked = scores.argsort(dim=1, descending=True, stable=True)
    agents = scores.amax(dim=1).argsort(descending=True, stable=True)
    rounds = [(int(a), int(ranked[a, i])) for i in range(scores.shape[1]) for a in agents]
    if q == 1:
        rounds.sort(key=lambda pair: -scores[pair].item())
    chosen: list[Array] = []
    candidates = space.snap(np.stack([states[pair].numpy() for pair in rounds]))
    for block in itertools.chain([candidates], spare):
        for point in block:
            if len(chosen) < q and _key(point) not in taken:
                taken.add(_key(point))
                chosen.append(point)
        if len(chosen) == q:
            break
    repeats = itertools.islice(itertools.cycle(candidates), q - len(chosen))
    return np.stack([*chosen, *repeats])


def _key(point: Array) -> bytes:
    return bytes((point.round(9) + 0.0).tobytes())  # adding zero turns -0.0 into 0.0
