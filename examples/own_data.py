"""Search on arrays of your own: here, windows of a simulated two-axis sensor and three motions."""

import sys

import numpy as np

import tinypareto


def recordings(cases: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Simulate windows of 50 samples from 2 axes, float32 [cases, 2, 50] in m/s^2, with labels."""
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, 3, cases)
    time = np.arange(50) / 50
    phase = rng.uniform(0, 2 * np.pi, (cases, 1))
    motion = 9.81 * np.sin(2 * np.pi * (1 + labels[:, None]) * time + phase)
    axes = np.stack([motion, 0.1 * motion], axis=1) + rng.normal(0, 1, (cases, 2, 50))
    return axes.astype(np.float32), labels


def main(out: str, trials: int = 12) -> None:
    """Run a search, and try the smallest network of its front on new recordings."""
    data = tinypareto.Dataset(
        "motions", *recordings(120, 0), *recordings(60, 1), ("slow", "brisk", "fast")
    )
    limits = tinypareto.Limits(rom_bytes=16_000, ram_bytes=4_000, flops=500_000)
    front = tinypareto.search(
        data,
        limits=limits,
        net="dscnn",
        net_options={"width": 16, "depth": 3},
        trials=trials,
        out=out,
    )
    smallest = min(front.points, key=lambda point: point.rom_bytes)
    network = front.load(smallest.number)
    windows, labels = recordings(30, 2)
    accuracy = (network.predict(windows) == labels).mean()
    print(f"{len(front.points)} networks; the smallest, of {smallest.rom_bytes} bytes, is in")
    print(f"{front.folder / smallest.path}; it gets {accuracy:.0%} of new recordings right")


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "runs/motions")
