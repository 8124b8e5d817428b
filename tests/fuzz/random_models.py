"""A longer run of what tests/qdq/test_random_models.py does, by hand:

    PYTHONPATH=tests/qdq python tests/fuzz/random_models.py SEEDS

Prints each random model that differs from ONNX Runtime, and each exception that is not ours; exit
code 1 if there is any. Seeds that find something belong into tests/qdq/test_random_models.py.
"""

import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from random_qdq import RandomQdq, damaged, tried


def main(seeds: range) -> int:
    """Try random models of these seeds, and each of them damaged in ten ways."""
    wrong = 0
    with TemporaryDirectory() as folder:
        for seed in seeds:
            problem = _problem(seed, Path(folder))
            wrong += bool(problem)
            if problem:
                print(f"seed {seed}: {problem}", flush=True)
    print(f"{wrong} of {len(seeds)} seeds are wrong")
    return int(wrong > 0)


def _problem(seed: int, folder: Path) -> str:
    try:
        found = tried(seed, folder)
        rng = np.random.default_rng(seed)
        whole = RandomQdq(seed).save(folder).read_bytes()
        for _ in range(10):
            damaged(whole, rng, folder)
    except Exception as escaped:  # whatever is not refused is what this looks for
        return f"{type(escaped).__name__}: {escaped}"
    return "" if found is None or isinstance(found, str) else str(found)


if __name__ == "__main__":
    sys.exit(main(range(int(sys.argv[1]))))
