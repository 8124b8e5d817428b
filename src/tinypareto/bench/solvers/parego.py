"""ParEGO (Knowles 2006) on BoTorch."""

from tinypareto.bench.solvers.solver import Solver
from tinypareto.samplers.parego import ParEGOSampler

PAREGO = Solver("ParEGO", lambda seed, _: ParEGOSampler(seed))
