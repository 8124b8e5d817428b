"""Solvers to compare: each is one file, and one line below; docs/add-a-solver.md."""

from dataclasses import replace

from tinypareto.bench.solvers.ars_variants import (
    REDUCED,
    black_box,
    exact,
    with_share,
    without_policies,
)
from tinypareto.bench.solvers.optuna_samplers import GP, GP_LOG_KEPT, NSGA2, RANDOM, TPE
from tinypareto.bench.solvers.parego import PAREGO
from tinypareto.bench.solvers.solver import Solver, on_botorch
from tinypareto.solvers import BLACK_BOX, DEFAULT

EQ_7 = replace(BLACK_BOX, reward="chebyshev")

SOLVERS: dict[str, Solver] = {
    "ars": exact("ours, exact resources, features"),
    "ars-untold": exact("ours, exact resources, not told the reference", use_reference=False),
    "ars-known": exact("ours, exact resources", features=False),
    "ars-local": exact("ours, local search instead of policies", without_policies(DEFAULT)),
    "ars-short": exact("ours, shorter length scales", replace(DEFAULT, lengthscale_reduction=1.0)),
    "ars-worst": exact("ours, reference at the worst", replace(DEFAULT, random_reference=False)),
    "ars-raw": exact("ours, front as measured", replace(DEFAULT, use_posterior_mean=False)),
    "ars-hypervolume": with_share(0.0),
    "ars-share-25": with_share(0.25),
    "ars-share-50": with_share(0.5),
    "ars-share-75": with_share(0.75),
    "ars-chebyshev": exact("ours, Chebyshev, one kernel", EQ_7),
    "ars-black-box": black_box("ours, black box"),
    "ars-black-box-told": black_box("ours, black box, told the reference", use_reference=True),
    "ars-black-box-eq7": black_box("ours, black box, Eq. 7 and 8", EQ_7),
    "ars-black-box-local": black_box("ours, black box, local search", without_policies(BLACK_BOX)),
    "ars-black-box-raw": black_box(
        "ours, black box, front as measured", replace(BLACK_BOX, use_posterior_mean=False)
    ),
    "ars-black-box-short": black_box(
        "ours, black box, shorter length scales", replace(BLACK_BOX, lengthscale_reduction=1.0)
    ),
    "ars-black-box-ehvi": black_box(
        "ours, black box, EHVI in every ask", replace(BLACK_BOX, reward="ehvi")
    ),
    "ars-black-box-keen": black_box(
        "ours, black box, the search of ars", replace(BLACK_BOX, ars=DEFAULT.ars)
    ),
    "paper": black_box("preset paper, N reduced to 300", REDUCED),
    "parego": PAREGO,
    "nehvi": on_botorch("BoTorch qLogNEHVI, told the reference", "nehvi"),
    "nparego": on_botorch("BoTorch qLogNParEGO", "nparego"),
    "turbo": on_botorch("TuRBO, scalarized, SCBO's constraints", "turbo"),
    "morbo": on_botorch("MORBO, simplified, told the reference", "morbo"),
    "gp": GP,
    "gp-log-kept": GP_LOG_KEPT,
    "tpe": TPE,
    "nsga2": NSGA2,
    "random": RANDOM,
}
"""Solver by its name, which recorded results use too."""
