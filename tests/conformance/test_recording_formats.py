"""The same recordings, written in every registered format, are read to the same arrays."""

import json
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scipy.io import savemat, wavfile

from tinypareto.data import load, load_cases
from tinypareto.data.formats import FILES
from tinypareto.data.from_python import recordings_from
from tinypareto.errors import DataError, TinyparetoError

RATE = 50
Write = Callable[[Path, np.ndarray], None]


def recordings() -> dict[str, np.ndarray]:
    """Three recordings [rows, channels] of each of two classes, by their names."""
    rng = np.random.default_rng(0)
    names = [f"{label}/{number}" for label in ("rest", "walk") for number in range(3)]
    return {name: rng.normal(size=(40, 2)).astype(np.float32) for name in names}


def text(delimiter: str) -> Write:
    def write(path: Path, values: np.ndarray) -> None:
        lines = [delimiter.join(f"{float(v)!r}" for v in row) for row in values]
        path.write_text("\n".join(lines) + "\n")

    return write


def columns(values: np.ndarray) -> dict[str, np.ndarray]:
    return {"1": values[:, 0], "2": values[:, 1]}


def parquet(path: Path, values: np.ndarray) -> None:
    pa = pytest.importorskip("pyarrow")
    pytest.importorskip("pyarrow.parquet").write_table(pa.table(columns(values)), path)


def feather(path: Path, values: np.ndarray) -> None:
    pa = pytest.importorskip("pyarrow")
    pytest.importorskip("pyarrow.feather").write_feather(pa.table(columns(values)), str(path))


def stream(path: Path, values: np.ndarray) -> None:
    pa = pytest.importorskip("pyarrow")
    table = pa.table(columns(values))
    with pa.ipc.new_stream(str(path), table.schema) as writer:
        writer.write_table(table)


def edge_impulse(values: np.ndarray) -> dict[str, object]:
    payload = {
        "device_type": "MADE",
        "interval_ms": 1000 / RATE,
        "sensors": [{"name": "1", "units": "N/A"}, {"name": "2", "units": "N/A"}],
        "values": values.tolist(),
    }
    return {"protected": {"ver": "v1", "alg": "none"}, "signature": "0", "payload": payload}


def as_json(path: Path, values: np.ndarray) -> None:
    path.write_text(json.dumps(edge_impulse(values)))


def npz(path: Path, values: np.ndarray) -> None:
    np.savez(path, **{f"r{path.stem}": values})  # type: ignore[arg-type]


def cbor(path: Path, values: np.ndarray) -> None:
    path.write_bytes(pytest.importorskip("cbor2").dumps(edge_impulse(values)))


WRITERS: Mapping[str, Write] = {
    ".csv": text(","),
    ".tsv": text("\t"),
    ".wav": lambda path, values: wavfile.write(path, RATE, values),
    ".parquet": parquet,
    ".feather": feather,
    ".arrow": stream,
    ".mat": lambda path, values: savemat(path, {"X": values, "fs": RATE}),
    ".json": as_json,
    ".cbor": cbor,
    ".npz": npz,
}
"""A writer for each ending in `FILES`."""
STATES_RATE = {".wav", ".json", ".cbor", ".mat"}

endings = pytest.mark.parametrize("ending", FILES)


def folder(root: Path, ending: str) -> Path:
    for name, values in recordings().items():
        path = (root / name).with_suffix(ending)
        path.parent.mkdir(exist_ok=True, parents=True)
        WRITERS[ending](path, values)
    return root


@endings
def test_every_format_gives_the_same_arrays(ending: str, tmp_path: Path) -> None:
    wanted = recordings_from(recordings(), {"window": 8})
    data = load(folder(tmp_path / "rec", ending), {"window": 8})
    assert data.class_names == ("rest", "walk")
    for name in ("x_train", "y_train", "x_test", "y_test", "groups"):
        np.testing.assert_array_equal(getattr(data, name), getattr(wanted, name))
    assert data.rate == (RATE if ending in STATES_RATE else None)


@endings
def test_a_recording_that_ends_early_or_is_foreign_is_refused(ending: str, tmp_path: Path) -> None:
    root = folder(tmp_path / "rec", ending)
    path = (root / "walk/1").with_suffix(ending)
    whole = path.read_bytes()
    nested = b"[" * 100_000, b"\x81" * 100_000
    for content in (b"", b"\x00\x01\xff" * 9, whole[: len(whole) // 2] + b'\x00"', *nested):
        path.write_bytes(content)
        with pytest.raises(DataError) as refusal:
            load(root, {"window": 8})
        assert str(path) in str(refusal.value)
        assert "\n" not in str(refusal.value)
        assert ";" in str(refusal.value)


@endings
@settings(
    max_examples=40,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
@given(edits=st.lists(st.tuples(st.integers(0, 2**16), st.binary(min_size=1, max_size=4))))
def test_edited_files_give_our_errors_only(
    ending: str, tmp_path: Path, edits: list[tuple[int, bytes]]
) -> None:
    path = tmp_path / f"a{ending}"
    WRITERS[ending](path, recordings()["walk/1"])
    content = path.read_bytes()
    for at, new in edits:
        at %= len(content)
        content = content[:at] + new + content[at + len(new) :]
    path.write_bytes(content)
    with suppress(TinyparetoError):
        load_cases(path, {"window": 8})


def test_every_format_says_what_it_is() -> None:
    assert set(WRITERS) == set(FILES)
    for ending, form in FILES.items():
        assert ending == ending.lower()
        assert ending.startswith(".")
        assert form.summary
        assert "\n" not in form.summary
