"""One iteration of Algorithm 1 (Deutel 2023): proposes the next points to evaluate.

Symbols (docs/symbols.md): n evaluated points, d coordinates, m objectives, L agents, q proposals.
"""

import functools
import itertools
from collections.abc import Callable, Iterator
from dataclasses import replace

import numpy as np
import torch
from torch import Tensor

from tinypareto.solvers.ars import ARS, Score, Visited
from tinypareto.solvers.category_moves import change_categories
from tinypareto.solvers.chebyshev import SLOPE, chebyshev_reward
from tinypareto.solvers.designs import first_of_each, raw_candidates, representatives
from tinypareto.solvers.ehvi import draw_reference_shares, hypervolume_reward
from tinypareto.solvers.history import Array, History, Mask, Space
from tinypareto.solvers.improvement import improvement_reward
from tinypareto.solvers.local_search import LocalSearch
from tinypareto.solvers.posterior import SurrogateError
from tinypareto.solvers.posterior_moments import PosteriorMoments
from tinypareto.solvers.presets import BLACK_BOX, DEFAULT, Settings
from tinypareto.solvers.subsample import subsample
from tinypareto.solvers.surrogate import fit
from tinypareto.solvers.surrogate_model import SurrogateModel
from tinypareto.threads import threads

_SPARE_BLOCKS = 4
_MAX_TRAINING_POINTS = 400


@threads(1)
def ask(
    history: History,
    space: Space,
    rng: np.random.Generator,
    q: int = 1,
    settings: Settings | None = None,
) -> Array:
    """Propose the q points to evaluate next.

    Points are snapped, and differ from each other and from every point of the history (evaluated
    or pending) as long as the space has others. Pending points count as evaluated, with the
    surrogates' mean as their outcome.

    Args:
        history: Points evaluated so far; left unchanged.
        space: Search space, with the known objectives.
        rng: Source of all randomness; the same state gives the same points.
        q: Number of points, useful up to `settings.agents`: each policy contributes one.
        settings: A preset or your own; by default DEFAULT if the space has known objectives,
            else BLACK_BOX.

    Returns:
        (q, d) points, the most promising first.

    Raises:
        SurrogateError: No surrogate can be fitted to the history, or its predictions are not
            finite.
    """
    settings = settings or (DEFAULT if space.known else BLACK_BOX)
    if not np.isfinite(history.y).any() and not np.isfinite(history.c).any():
        raise SurrogateError("nothing with a value has been evaluated")
    # Surrogates learn from a subsample, but a proposal must differ from every evaluated point.
    learned = subsample(history, space.known, _MAX_TRAINING_POINTS)
    if space.known is not None:
        space = replace(space, known=space.known.remember(learned.x))
    surrogates = fit_surrogates(learned, space, settings)
    score = build_reward(learned, space, surrogates, rng, settings)
    starts = find_starts(learned, space, score, rng, settings)
    # torch's generator is seeded by NumPy's, so that one state decides everything.
    generator = torch.Generator().manual_seed(int(rng.integers(2**62)))
    search = ARS if settings.policies else LocalSearch
    visited = search(score, starts, settings.ars, generator).run()
    if space.categories and settings.propose_training_states:
        visited = change_categories(visited, score, space.categories, generator)
    spare = (draw_ranked(space, score, rng) for _ in range(_SPARE_BLOCKS))
    return choose(visited, history, space, spare, q, settings.propose_training_states)


def fit_surrogates(history: History, space: Space, settings: Settings) -> SurrogateModel:
    """Fit the surrogates of one iteration and combine them with the known objectives."""
    fit_outputs = functools.partial(
        fit,
        lengthscale_reduction=settings.lengthscale_reduction,
        noise=settings.noise,
        iterations=settings.fit_iterations,
        low_noise=settings.low_noise,
    )
    return SurrogateModel(
        history,
        space,
        fit_outputs,
        settings.known_objectives_kernel,
        settings.log_objectives,
        settings.log_evidence,
    )


def build_reward(
    history: History,
    space: Space,
    surrogates: SurrogateModel,
    rng: np.random.Generator,
    settings: Settings,
) -> Score:
    """Return the function that agents maximize: (p, d) states to (p,) expected rewards."""
    rows = history.feasible(space.known)
    any_feasible = bool(rows.any())
    if not any_feasible:
        # Improve on all points meanwhile; the reward's penalty leads to the feasible region.
        rows = history.complete
    if not rows.any():
        return lambda x: _feasibility_reward(surrogates(x))
    visited = _visited_objectives(history, rows, surrogates, settings.use_posterior_mean)
    reward: Callable[[PosteriorMoments], Tensor] | None = None
    limits = surrogates.limits
    worst = np.array(space.worst or [np.inf] * len(limits))
    # With a limit or a worst value for every objective the reference is a meaningful one.
    bounded = bool(np.isfinite(np.minimum(limits, worst)).all())
    if any_feasible and _draws_improvement(space, surrogates.learned, settings, rng):
        reward = improvement_reward(visited, int(rng.choice(surrogates.learned)))
    elif any_feasible and _uses_hypervolume(settings.reward, bounded, rng):
        shares = np.ones(len(limits))
        if settings.random_reference:
            shares = draw_reference_shares(limits, rng)
        reward = hypervolume_reward(visited, limits, worst, shares, settings.inflate_std_on_stall)
    if reward is None:
        reward = chebyshev_reward(
            visited, rng, settings.samples, settings.normalize_objectives, settings.scale_by_front
        )

    def score(x: Tensor) -> Tensor:
        values = reward(surrogates(x))
        if not values.isfinite().all():
            raise SurrogateError("the reward is not finite")
        return values

    return score


def _visited_objectives(
    history: History, rows: Mask, surrogates: SurrogateModel, use_posterior_mean: bool
) -> Array:
    """(v, m) objectives to improve on: the given rows, then pending points likely feasible."""
    visited: Array = history.y[rows]
    if use_posterior_mean:
        # Noise favors lucky observations: their front is better than any training can repeat.
        visited = surrogates(torch.from_numpy(history.x[rows])).median.numpy()
    if len(history.pending):
        expected = surrogates(torch.from_numpy(history.pending))
        # A pending point that is probably infeasible will dominate nothing.
        likely = (expected.feasibility() > 0.5).numpy()
        visited = np.concatenate([visited, expected.median.numpy()[likely]])
    return visited


def _draws_improvement(
    space: Space, learned: tuple[int, ...], settings: Settings, rng: np.random.Generator
) -> bool:
    """Whether this ask's reward is the expected improvement of one learned objective.

    Without known limits hypervolume is worth as much at one end of the front as at the other.
    """
    limited = space.known is not None and np.isfinite(space.known.limits).any()
    share = settings.improvement_share if limited and learned else 0.0
    # Without a share nothing is drawn: other presets keep their random numbers.
    return share > 0.0 and bool(rng.random() < share)


def _uses_hypervolume(reward: str, bounded: bool, rng: np.random.Generator) -> bool:
    """Whether this ask's reward is the expected hypervolume improvement.

    Without a meaningful reference, the worst visited values make the extremes of each objective
    worth too much, and the search stays there; alternating with Eq. 7, whose weights are random,
    leads away from them.
    """
    if reward == "either" and not bounded:
        return bool(rng.random() < 0.5)
    return reward != "chebyshev"


def _feasibility_reward(moments: PosteriorMoments) -> Tensor:
    """(p,) rewards for a history without any objectives: only constraints can be learned."""
    return moments.feasibility() - SLOPE * moments.violation()


def find_starts(
    history: History, space: Space, score: Score, rng: np.random.Generator, settings: Settings
) -> Tensor:
    """(L', d) starts, 1 <= L' <= L (step 3 of Algorithm 1).

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
        raw = raw_candidates(settings.raw, good, space.dim, rng, space.categories, space.levels)
        # Discrete candidates repeat each other, and agents would share a start.
        raw = first_of_each(space.snap(raw))
        order = score(torch.from_numpy(raw)).argsort(descending=True, stable=True)
        starts = np.concatenate([starts, raw[order[:missing].numpy()]])
    if not len(starts):
        # Preset `paper` before anything is feasible.
        chosen = rng.permutation(len(history.x))[: settings.agents]
        starts = history.x[chosen]
    return torch.from_numpy(starts)


def draw_ranked(space: Space, score: Score, rng: np.random.Generator) -> Array:
    """Draw (256, d) uniform points, sorted by descending score."""
    points = space.snap(rng.random((256, space.dim)))
    order = score(torch.from_numpy(points)).argsort(descending=True, stable=True)
    return np.asarray(points[order.numpy()])


def choose(
    visited: Visited,
    history: History,
    space: Space,
    spare: Iterator[Array],
    q: int,
    training_states: bool,
) -> Array:
    """Choose (q, d) points: the best state of the best policy, then the best of each other one.

    A state that snaps to a point evaluated before, pending or already chosen gives way to the
    policy's next best; when none is left, to the first of `spare` that is new. In a space whose
    points are all taken, points repeat.

    Args:
        visited: States of the L agents.
        history: Points that may not be proposed again.
        space: Snapping of states to points.
        spare: Blocks of (b, d) points to fall back on.
        q: Number of points.
        training_states: Whether the last state of each agent, the best one met while it learned,
            may be proposed.
    """
    scores = visited.scores if training_states else visited.scores[:, :-1]
    states = visited.states[:, : scores.shape[1]]
    taken = {_key(row) for row in np.concatenate([history.x, history.pending])}
    ranked = scores.argsort(dim=1, descending=True, stable=True)
    agents = scores.amax(dim=1).argsort(descending=True, stable=True)
    # Round i holds the i-th best state of every agent, so a batch takes one state from each.
    rounds = [(int(a), int(ranked[a, i])) for i in range(scores.shape[1]) for a in agents]
    if q == 1:
        # A single point need not be spread over agents: the best state of all comes first.
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
    """Hashable form of a point; rounding ignores the last digits of a float computation."""
    return bytes((point.round(9) + 0.0).tobytes())  # adding zero turns -0.0 into 0.0
