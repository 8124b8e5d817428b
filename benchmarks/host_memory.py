"""Peak host memory of one trial on data of CIFAR-10's size.

    OMP_NUM_THREADS=1 python -m benchmarks.host_memory

Rewrites benchmarks/results/host_memory.md. The images are random bytes: memory does not depend on
what they show.
"""

import resource
from importlib.metadata import version
from pathlib import Path

import numpy as np

from tinypareto.data.dataset import Dataset
from tinypareto.data.split import selection_folds
from tinypareto.evaluation.evaluator import Evaluator
from tinypareto.nets.spec import NetSpec
from tinypareto.resources import Limits
from tinypareto.search_space.candidate import Candidate

RESULT = Path(__file__).parent / "results" / "host_memory.md"
TRAIN, TEST, SHAPE, CLASSES = 50_000, 10_000, (3, 32, 32), 10
SETTINGS = {"epochs": 1.0, "batch_size": 128.0, "lr": 0.05}


def images(count: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Random ones as the project's loaders give them: float32, raw values."""
    rng = np.random.default_rng(seed)
    x = np.empty((count, *SHAPE), np.float32)
    for start in range(0, count, 1000):
        x[start : start + 1000] = rng.integers(0, 256, (1000, *SHAPE))
    return x, np.arange(count) % CLASSES


def peak_bytes() -> int:
    """Read the peak resident memory so far (Linux counts in KiB)."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def main() -> None:
    """Evaluate one candidate and write down the peak."""
    names = tuple(map(str, range(CLASSES)))
    dataset = Dataset("random images", *images(TRAIN, 0), *images(TEST, 1), names, Limits())
    loaded = peak_bytes()
    selection = selection_folds(dataset, "validation", 0)
    spec = NetSpec("resnet8", {"width": 8}, dataset.input_shape, dataset.outputs)
    evaluator = Evaluator(dataset, selection, 0)
    evaluator.evaluate(spec, Candidate(SETTINGS, {}), {}, 0)
    RESULT.write_text(f"""# Peak host memory of one trial

Command: `OMP_NUM_THREADS=1 python -m benchmarks.host_memory`; torch {version("torch")}, numpy \
{version("numpy")}. resnet8, width 8, one epoch, on {TRAIN} + {TEST} images of \
{" x ".join(map(str, SHAPE))} (CIFAR-10's size), held as float32; resident memory, one process.

| | peak |
|---|---|
| data loaded | {loaded / 1e9:.2f} GB |
| trial evaluated | {peak_bytes() / 1e9:.2f} GB |
""")


if __name__ == "__main__":
    main()
