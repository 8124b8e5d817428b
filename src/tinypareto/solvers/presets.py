"""The settings of a solver, by name; docs/solver.md says how they were chosen."""

from dataclasses import dataclass, replace
from typing import Literal

from tinypareto.solvers.ars import ARSSettings


@dataclass(frozen=True)
class Settings:
    """Everything about an `ask` that is not the data.

    Attributes:
        ars: How agents learn.
        agents: L, starts and policies.
        front_starts: Most starts taken from the feasible front; the others come from `raw`.
        raw: Raw candidates among which starts of high reward are looked for, 0 for none.
        samples: S, base samples of the expectation, a power of two.
        scaled: Whether objectives are mapped to [0, 1] by their range before they are weighed.
        shorter: Shift of the length-scale prior towards short ones, in log.
        noise: Mean of the prior of the log noise variance, outputs being standardised; its standard
            deviation is one.
        fit_iterations: Upper bound on the L-BFGS steps of a fit.
        seen: Whether a state met while learning may be proposed; otherwise only those of the
            trained policies' last rollouts.
        keep_limits: Whether start-up points that break a known limit are replaced.
        reward: "chebyshev" (Eq. 7, 8); "ehvi", which is Chebyshev's where nothing is feasible yet
            or the front needs too many boxes; "either": one of them, drawn for each ask, but
            "ehvi" where each objective has a limit or a worst value of interest.
        doubt: Whether trials without progress widen the surrogates' standard deviations (ehvi).
        ambitious: Whether the hypervolume's reference is drawn anew for each ask, between the
            best visited value and the worst of interest, of one objective without a limit (ehvi).
        trend: Whether what the surrogates learn has a part that depends on the known objectives
            alone.
        smoothed: Whether points count with the surrogates' mean, without their noise, instead
            of the values they were lucky to get.
        policies: Whether policies search; otherwise a local search of equal evaluations.
        logs: Whether positive objectives may be learned by their logarithm.
        nadir: Whether the range that maps objectives to [0, 1] is that of the front instead of all
            visited points (chebyshev).
    """

    ars: ARSSettings
    agents: int
    front_starts: int
    raw: int
    samples: int
    scaled: bool
    shorter: float
    noise: float
    fit_iterations: int
    seen: bool
    keep_limits: bool
    reward: Literal["chebyshev", "ehvi", "either"]
    doubt: bool
    ambitious: bool
    trend: bool
    smoothed: bool
    policies: bool
    logs: bool
    nadir: bool


PAPER = Settings(
    ars=ARSSettings(
        directions=3000,
        top=0.01,
        noise=1e-2,
        rate=1e-3,
        horizon=4,
        updates=5,
        hidden=64,
        action_scale=10.0,
    ),
    agents=5,
    front_starts=5,
    raw=0,
    samples=32,
    scaled=False,
    shorter=0.0,
    noise=-4.0,
    fit_iterations=200,
    seen=False,
    keep_limits=False,
    reward="chebyshev",
    doubt=False,
    ambitious=False,
    trend=False,
    smoothed=False,
    policies=True,
    logs=False,
    nadir=False,
)
"""Algorithm 1 of Deutel 2023 as printed."""

DEFAULT = Settings(
    ars=ARSSettings(
        directions=30,
        top=0.5,
        noise=0.25,
        rate=0.25,
        horizon=1,
        updates=12,
        hidden=16,
        action_scale=1.0,
        step_sizes=(0.5, 2.0, 8.0),
        multiscale=True,
        moving=True,
    ),
    agents=8,
    front_starts=4,
    raw=2000,
    samples=32,
    scaled=True,
    shorter=0.0,
    noise=-1.0,
    fit_iterations=50,
    seen=True,
    keep_limits=True,
    reward="ehvi",
    doubt=False,
    ambitious=True,
    trend=True,
    smoothed=True,
    policies=True,
    logs=False,
    nadir=False,
)
"""Where resources are known: the best of what was measured on replayed searches."""

BLACK_BOX = replace(
    DEFAULT,
    ars=replace(
        DEFAULT.ars,
        directions=32,
        top=0.25,
        noise=0.1,
        rate=0.1,
        horizon=2,
        updates=6,
        step_sizes=(0.25, 1.0, 4.0),
    ),
    noise=-4.0,
    reward="either",
    trend=False,
    ambitious=False,
    logs=True,
    nadir=True,
)
"""Where nothing is known: outputs may be exact."""

PRESETS = {"default": DEFAULT, "black-box": BLACK_BOX, "paper": PAPER}
