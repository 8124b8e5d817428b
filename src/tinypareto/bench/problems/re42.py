"""RE42 (Tanabe 2020), conceptual marine design: six inputs, four objectives.

The model of a bulk carrier is that of Parsons 2004. As the suite has it, days at sea grow with
the speed, so that some ships carry less than nothing; objectives are compared with the suite.
"""

import numpy as np
from optuna.distributions import FloatDistribution

from tinypareto.bench.problem import Array, Params, Problem, column

_BOUNDS = {
    "length": (150.0, 274.32),
    "beam": (20.0, 32.31),
    "depth": (13.0, 25.0),
    "draft": (10.0, 11.71),
    "knots": (14.0, 18.0),
    "block": (0.63, 0.75),
}
IDEAL = (-2756.2590400638524, 3962.557843228888, 1947.880856925791, 0.0)
"""Ideal point of the RE suite."""
_NADIR = (-1010.5229595219643, 13827.138456300128, 2611.9668107424536, 12.437669929732023)
_MILES, _HANDLED = 5000.0, 8000.0


class RE42(Problem):
    """Transport cost, weight of the ship, minus the annual cargo, sum of nine violations.

    The reference is a tenth of the front's range beyond the suite's nadir.
    """

    def __init__(self) -> None:
        self.space = {name: FloatDistribution(*ends) for name, ends in _BOUNDS.items()}
        self.ideal = np.array(IDEAL)
        self.reference = np.array(_NADIR) + 0.1 * (np.array(_NADIR) - self.ideal)

    def evaluate(self, params: Params) -> Array:
        """Compute the (n, 4) objectives."""
        length, beam, depth, draft, knots, block = (column(params, name) for name in _BOUNDS)
        displacement = 1.025 * length * beam * draft * block
        froude = 0.5144 * knots / np.sqrt(9.8065 * length)
        resistance = 4977.06 * block**2 - 8105.61 * block + 4456.51
        resistance += (-10847.2 * block**2 + 12817.0 * block - 6960.32) * froude
        power = np.cbrt(displacement**2) * knots**3 / resistance
        outfit = length**0.8 * beam**0.6 * depth**0.3 * block**0.1
        steel = 0.034 * length**1.7 * beam**0.7 * depth**0.4 * block**0.5
        ship = steel + outfit + 0.17 * power**0.9
        dead = displacement - ship
        cost, cargo = _economy(dead, power, steel, outfit, knots)
        stability = 0.53 * draft + (0.085 * block - 0.002) * beam**2 / (draft * block)
        slack = [
            length / beam - 6.0,
            15.0 - length / depth,
            19.0 - length / draft,
            0.45 * dead**0.31 - draft,
            0.7 * depth + 0.7 - draft,
            500_000.0 - dead,
            dead - 3000.0,
            0.32 - froude,
            stability - 1.0 - 0.52 * depth - 0.07 * beam,
        ]
        violation = -np.minimum(np.stack(slack), 0.0).sum(axis=0)
        return np.column_stack([cost / cargo, ship, -cargo, violation])


def _economy(
    dead: Array, power: Array, steel: Array, outfit: Array, knots: Array
) -> tuple[Array, Array]:
    """Annual costs and annual cargo, (n,) each."""
    sea_days = _MILES / 24.0 * knots
    burnt = 0.19 * power * 24.0 / 1000.0 + 0.2
    cargo = dead - burnt * (sea_days + 5.0) - 2.0 * np.sqrt(dead)
    trips = 350.0 / (sea_days + 2.0 * (cargo / _HANDLED + 0.5))
    built = 1.3 * (2000.0 * steel**0.85 + 3500.0 * outfit + 2400.0 * power**0.8)
    voyages = (1.05 * burnt * sea_days * 100.0 + 6.3 * dead**0.8) * trips
    return 0.2 * built + 40_000.0 * dead**0.3 + voyages, cargo * trips
