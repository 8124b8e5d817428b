"""The settings of a solver, and the presets; docs/solver.md says how they were chosen."""

from dataclasses import dataclass, replace
from typing import Literal

from tinypareto.solvers.ars import ARSSettings
from tinypareto.solvers.renamed_fields import accept_old_names
from tinypareto.solvers.surrogate import DECISIVE


@accept_old_names(
    {
        "seen": "propose_training_states",
        "scaled": "normalize_objectives",
        "doubt": "inflate_std_on_stall",
        "ambitious": "random_reference",
        "trend": "known_objectives_kernel",
        "smoothed": "use_posterior_mean",
        "logs": "log_objectives",
        "shorter": "lengthscale_reduction",
        "nadir": "scale_by_front",
    }
)
@dataclass(frozen=True, kw_only=True)
class Settings:
    """Everything about an `ask` that is not the data.

    The fields that have a default are for ablations; every preset leaves them as they are.

    Attributes:
        ars: How agents learn.
        agents: L, the number of starts and of policies.
        front_starts: Largest number of starts taken from the feasible front; the others come
            from the raw candidates.
        raw: Number of raw candidates searched for starts of high reward; 0 for none.
        samples: S, base samples of the expectation (Eq. 8), a power of two.
        normalize_objectives: Whether objectives are mapped to [0, 1] before they are weighted
            (Chebyshev reward).
        noise: Mean of the prior of the log noise variance of standardized outputs; the prior's
            standard deviation is one.
        low_noise: Mean of a second prior of the log noise variance, taken for an output on decisive
            evidence that it is free of noise; None for no such choice.
        fit_iterations: Upper bound on the L-BFGS steps of a fit.
        propose_training_states: Whether the best state that an agent met while it learned may be
            proposed; otherwise only the states of the trained policies' last rollouts.
        keep_limits: Whether start-up points that break a known limit are replaced.
        reward: "chebyshev" (Eq. 7 and 8); "ehvi", which falls back to Chebyshev while nothing is
            feasible or the front needs too many boxes; "either", which draws one of the two for
            each ask, but is "ehvi" if every objective has a limit or a worst value of interest.
        random_reference: Whether each ask draws the hypervolume's reference of one objective
            without a limit between the best visited value and the worst of interest (EHVI).
        known_objectives_kernel: Whether the surrogates' kernel has a second term that depends on
            the known objectives alone.
        use_posterior_mean: Whether visited points enter the reward with the surrogates' mean
            rather than with their noisy observations.
        log_objectives: Whether positive objectives may be modeled by their logarithm.
        log_evidence: Log density that the logarithm must gain to be taken, in nats, >= 0.
        scale_by_front: Whether objectives are normalized by the range of the front rather than by
            that of all visited points (Chebyshev reward).
        policies: Whether policies search; otherwise a local search with as many evaluations.
        inflate_std_on_stall: Whether trials without progress widen the surrogates' standard
            deviations (EHVI).
        lengthscale_reduction: Amount by which the prior mean of the log length scales is lowered.
        improvement_share: Probability in [0, 1] that an ask maximizes, instead of `reward`, the
            expected improvement of one learned objective within the known limits, if there are
            any; of several learned objectives, one is drawn for the ask.
    """

    ars: ARSSettings
    agents: int
    front_starts: int
    raw: int
    samples: int
    normalize_objectives: bool
    noise: float
    fit_iterations: int
    propose_training_states: bool
    keep_limits: bool
    reward: Literal["chebyshev", "ehvi", "either"]
    random_reference: bool
    known_objectives_kernel: bool
    use_posterior_mean: bool
    log_objectives: bool
    scale_by_front: bool
    policies: bool = True
    inflate_std_on_stall: bool = False
    lengthscale_reduction: float = 0.0
    improvement_share: float = 0.0
    low_noise: float | None = None
    log_evidence: float = 0.0


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
    normalize_objectives=False,
    noise=-4.0,
    fit_iterations=200,
    propose_training_states=False,
    keep_limits=False,
    reward="chebyshev",
    random_reference=False,
    known_objectives_kernel=False,
    use_posterior_mean=False,
    log_objectives=False,
    scale_by_front=False,
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
    normalize_objectives=True,
    noise=-1.0,
    fit_iterations=50,
    propose_training_states=True,
    keep_limits=True,
    reward="ehvi",
    random_reference=True,
    known_objectives_kernel=True,
    use_posterior_mean=True,
    log_objectives=True,
    scale_by_front=False,
    improvement_share=0.5,
    low_noise=-4.0,
    log_evidence=DECISIVE,
)
"""Preset for known resources: the best of what was measured on replayed searches."""

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
    known_objectives_kernel=False,
    random_reference=False,
    log_objectives=True,
    scale_by_front=True,
    improvement_share=0.0,
    low_noise=None,
    log_evidence=0.0,
)
"""Preset without known objectives; outputs may be free of noise."""

PRESETS = {"default": DEFAULT, "black-box": BLACK_BOX, "paper": PAPER}
