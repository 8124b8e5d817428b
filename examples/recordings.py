"""Simulated recordings of a three-axis accelerometer, for the tutorial.

python examples/recordings.py recordings

writes recordings/<motion>/<number>.csv with the columns ax, ay, az in m/s^2 at 50 samples a second.
"""

import sys
from pathlib import Path

import numpy as np

MOTIONS = {"rest": (0.0, 0.0), "walk": (1.9, 3.0), "stairs": (1.4, 4.5), "run": (2.8, 9.0)}
"""Steps per second, and strength of a step in m/s^2."""
RATE, GRAVITY = 50, 9.81
"""Samples per second, and m/s^2."""


def recording(motion: str, seconds: int, rng: np.random.Generator) -> np.ndarray:
    """Simulate one person's recording, [samples, 3] in m/s^2.

    Each person has their own pace and strength, and wears the board at their own tilt.
    """
    pace, strength = MOTIONS[motion] * rng.uniform(0.85, 1.15, 2)
    time = np.arange(seconds * RATE) / RATE
    phase = 2 * np.pi * (pace * time + rng.uniform())
    step = strength * (np.sin(phase) + 0.4 * np.sin(2 * phase + rng.uniform(0, 1)))
    tilt = rng.normal(0, 0.25, 2)
    axes = np.stack([0.4 * step, 0.25 * np.roll(step, RATE // 8), step], axis=1)
    axes += GRAVITY * np.array([np.sin(tilt[0]), np.sin(tilt[1]), np.cos(tilt[0])])
    return np.asarray(axes + rng.normal(0, 0.7, axes.shape))


def main(folder: str, people: int = 8, seconds: int = 30) -> None:
    """Write the recordings of all motions and people."""
    rng = np.random.default_rng(0)
    for motion in MOTIONS:
        home = Path(folder) / motion
        home.mkdir(parents=True, exist_ok=True)
        for person in range(people):
            rows = recording(motion, seconds, rng)
            path = home / f"{person}.csv"
            np.savetxt(path, rows, "%.3f", ",", header="ax,ay,az", comments="")


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "recordings")
