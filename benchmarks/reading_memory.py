"""Memory that reading recordings takes, beside that of the arrays that come out.

    OMP_NUM_THREADS=1 python -m benchmarks.reading_memory

Rewrites benchmarks/results/reading_memory.md. Each file format is read by a process of its own,
from a folder of recordings with six channels and a column for the class and the person.
"""

import resource
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping
from importlib.metadata import version
from pathlib import Path

import numpy as np

RESULT = Path(__file__).parent / "results" / "reading_memory.md"
FILES, ROWS, CHANNELS, CLASSES = 12, 150_000, 6, 3
NAMES = tuple(f"c{i}" for i in range(CHANNELS))
WINDOW = 100
OPTIONS: Mapping[str, int | str] = {"window": WINDOW, "label": "what", "group": "person"}


def csv(path: Path, values: np.ndarray, what: np.ndarray, person: str) -> None:
    """Write a recording as text."""
    with path.with_suffix(".csv").open("w") as file:
        print(*NAMES, "what", "person", sep=",", file=file)
        for row, label in zip(values, what, strict=True):
            print(*(f"{v:.4f}" for v in row), label, person, sep=",", file=file)


def parquet(path: Path, values: np.ndarray, what: np.ndarray, person: str) -> None:
    """Write a recording as a table of Parquet."""
    import pyarrow as pa
    from pyarrow.parquet import write_table

    columns: dict[str, np.ndarray] = dict(zip(NAMES, values.T, strict=True))
    others = {"what": what, "person": np.full(len(what), person)}
    write_table(pa.table(columns | others), path.with_suffix(".parquet"))


WRITERS: Mapping[str, Callable[[Path, np.ndarray, np.ndarray, str], None]] = {
    "csv": csv,
    "parquet": parquet,
}


def write(folder: Path, name: str) -> None:
    """Write the recordings in one format."""
    rng = np.random.default_rng(0)
    what = np.repeat([f"class {i}" for i in range(CLASSES)], ROWS // CLASSES)
    for number in range(FILES):
        values = rng.normal(size=(ROWS, CHANNELS)).astype(np.float32)
        WRITERS[name](folder / f"{number}", values, what, f"person {number}")


def peak_bytes() -> int:
    """Read the peak resident memory so far (Linux counts in KiB)."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def measure(folder: str, hop: int) -> None:
    """Read the recordings and print the bytes that it took and those of the arrays."""
    # What is imported is not counted, so it comes first.
    import pyarrow.parquet  # noqa: F401

    from tinypareto.data import load

    before = peak_bytes()
    data = load(folder + "/", {**OPTIONS, "hop": hop})
    print(peak_bytes() - before, data.x_train.nbytes + data.x_test.nbytes)


def main() -> None:
    """Measure all formats, and write down the result."""
    lines = []
    for name in WRITERS:
        with tempfile.TemporaryDirectory() as folder:
            write(Path(folder), name)
            for hop in (WINDOW, WINDOW // 2):
                command = [sys.executable, "-m", "benchmarks.reading_memory", folder, str(hop)]
                said = subprocess.run(command, check=True, capture_output=True, text=True).stdout
                taken, arrays = map(int, said.split())
                lines.append(
                    f"| .{name} | {hop} | {arrays / 1e6:.0f} MB | {taken / 1e6:.0f} MB "
                    f"| {taken / arrays:.1f} |"
                )
    table = "\n".join(lines)
    RESULT.write_text(f"""# Memory of reading recordings

Command: `OMP_NUM_THREADS=1 python -m benchmarks.reading_memory`; numpy {version("numpy")}, \
pyarrow {version("pyarrow")}. {FILES} recordings of {ROWS} rows with {CHANNELS} channels and \
columns for the class and the person, cut into windows of {WINDOW} steps; peak resident \
memory above that of the imports, each in a process of its own.

| format | hop | arrays | memory | memory / arrays |
|---|---|---|---|---|
{table}
""")


if __name__ == "__main__":
    if len(sys.argv) > 1:
        measure(sys.argv[1], int(sys.argv[2]))
    else:
        main()
