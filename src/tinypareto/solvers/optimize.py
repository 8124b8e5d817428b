"""The policy search on its own, as a maximizer of any acquisition function."""

import torch
from torch import Tensor

from tinypareto.solvers.ars import ARS, ARSSettings, Score
from tinypareto.solvers.presets import DEFAULT


def optimize_acqf_ars(
    acq_function: Score,
    bounds: Tensor,
    q: int,
    batch_initial_conditions: Tensor,
    settings: ARSSettings = DEFAULT.ars,
    seed: int = 0,
) -> tuple[Tensor, Tensor]:
    """Maximize an acquisition function with policies, in place of `botorch.optim.optimize_acqf`.

    Args:
        acq_function: Function from (b, 1, d) points to (b,) values, as BoTorch's acquisition
            functions are; it needs no gradient.
        bounds: (2, d) lowest and highest coordinates.
        q: Number of candidates, at most L: the best state of each of the q best policies. They
            are maximized one by one, unlike BoTorch's joint batches.
        batch_initial_conditions: (L, 1, d) or (L, d) starts within the bounds.
        settings: How agents learn.
        seed: Seed of the directions and of the first policies.

    Returns:
        (q, d) candidates and their (q,) values, best first.

    Raises:
        ValueError: q is not in 1..L.
    """
    starts = batch_initial_conditions.reshape(-1, bounds.shape[1])
    if not 1 <= q <= len(starts):
        raise ValueError(f"q: got {q}, wanted 1 to {len(starts)}; give as many initial conditions")
    low, span = bounds[0].double(), (bounds[1] - bounds[0]).double()

    def score(x: Tensor) -> Tensor:
        with torch.no_grad():
            return acq_function((low + span * x).unsqueeze(1).to(bounds.dtype)).double()

    # Agents walk in the unit cube, where one action scale suits all coordinates.
    unit = (starts.double() - low) / torch.where(span > 0, span, 1.0)
    visited = ARS(score, unit, settings, torch.Generator().manual_seed(seed)).run()
    values, index = visited.scores.max(dim=1)
    order = values.argsort(descending=True, stable=True)[:q]
    states = visited.states[order, index[order]]
    return (low + span * states).to(bounds.dtype), values[order].to(bounds.dtype)
