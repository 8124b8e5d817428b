"""The sampling rate of recordings, and windows in seconds."""

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.io import wavfile

from tinypareto.data import load
from tinypareto.data.dataset import Dataset
from tinypareto.data.split import selection_folds
from tinypareto.data.summary import summarize
from tinypareto.data.times import as_seconds, hertz, rate_of
from tinypareto.errors import ConfigError, DataError

Options = dict[str, int | str]


def sines(root: Path, rates: list[int], clock: str = "", unit: float = 1.0) -> Path:
    """A recording of two seconds at each rate, of 1 and of 3 Hz."""
    for label, frequency in (("slow", 1), ("fast", 3)):
        (root / label).mkdir(parents=True)
        for number, rate in enumerate(rates):
            time = np.arange(2 * rate) / rate
            wave = np.sin(2 * np.pi * frequency * time)
            lines = [f"{v:.6f}" for v in wave]
            if clock:
                lines = [f"{t / unit:.6f},{v}" for t, v in zip(time, lines, strict=True)]
            header = f"{clock},ax" if clock else "ax"
            (root / label / f"{number}.csv").write_text("\n".join([header, *lines]) + "\n")
    return root


def sounds(root: Path, rates: list[int], kind: str = "int16") -> Path:
    for label in ("low", "high"):
        (root / label).mkdir(parents=True)
        for number, rate in enumerate(rates):
            wave = np.sin(2 * np.pi * (2 if label == "low" else 5) * np.arange(rate) / rate) / 2
            full = {"uint8": 128, "int16": 2**15, "int32": 2**31, "float32": 1}[kind]
            values = (wave * full + (128 if kind == "uint8" else 0)).astype(kind)
            wavfile.write(root / label / f"{number}.wav", rate, values)
    return root


@pytest.mark.parametrize(
    ("clock", "unit"),
    [
        ("timestamp", 1e-3),
        ("timestamp_ms", 1e-3),
        ("time", 1.0),
        ("Time [s]", 1.0),
        ("t_us", 1e-6),
        ("ns", 1e-9),
    ],
)
def test_a_regular_time_column_tells_the_rate(clock: str, unit: float, tmp_path: Path) -> None:
    data = load(sines(tmp_path / "rec", [100] * 3, clock, unit), {"window": "0.5s"})
    assert data.channel_names == ("ax",)
    assert (data.rate, data.input_shape) == (100, (1, 50))
    assert any(note.startswith(f"column {clock!r} tells a sampling rate of 100 Hz")
               for note in data.notes)  # fmt: skip


def test_a_stated_rate_decides_the_unit_of_a_time_column(tmp_path: Path) -> None:
    root = sines(tmp_path / "rec", [200] * 3, "timestamp", 1e-6)
    assert load(root, {"window": "1s", "rate": "50Hz"}).input_shape == (1, 50)


def test_recordings_of_several_rates_are_resampled_to_the_lowest(tmp_path: Path) -> None:
    data = load(sines(tmp_path / "rec", [100, 50, 100, 200], "t", 1.0), {"window": "2s"})
    assert (data.rate, data.input_shape) == (50, (1, 100))
    assert "4 recordings are resampled from 100 to 50 Hz" in data.notes
    time = np.arange(100) / 50
    for x, y in zip(data.x_train[:, 0], data.y_train, strict=True):
        wave = np.sin(2 * np.pi * (1 if data.class_names[y] == "slow" else 3) * time)
        np.testing.assert_allclose(x[10:-10], wave[10:-10], atol=0.02)


@pytest.mark.parametrize("rate", ["", 25])
def test_no_window_bridges_a_gap_or_a_restart(rate: int | str, tmp_path: Path) -> None:
    time = np.concatenate([np.arange(60), 200 + np.arange(60), np.arange(60)]) / 50
    levels = np.repeat([1.0, 2.0, 3.0], 60)
    for label in "ab":
        (tmp_path / label).mkdir()
        for number in range(3):
            lines = [f"{t},{v}" for t, v in zip(time, levels, strict=True)]
            (tmp_path / label / f"{number}.csv").write_text("time_s,v\n" + "\n".join(lines))
    data = load(tmp_path, {"window": "0.4s", "rate": rate})
    assert "12 gaps or restarts of the time: no window bridges one" in data.notes
    # The filter rounds an edge off, but no window has rows of two levels.
    assert (np.ptp(data.x_train, axis=2) < 0.6).all()


def test_an_unknown_rate_can_be_given(tmp_path: Path) -> None:
    root = sines(tmp_path / "rec", [50] * 3)
    with pytest.raises(DataError, match="window=1s: the sampling rate is unknown; give it, such"):
        load(root, {"window": "1s"})
    data = load(root, {"window": "1s", "hop": "500ms", "rate": 50})
    assert (data.rate, data.input_shape) == (50, (1, 50))
    # The last window of each recording of two seconds begins after one.
    assert len(data.x_train) == 4 * 3
    lines = list(summarize(data, selection_folds(data, "validation", 0)).lines())
    assert lines[1] == "1 channel (ax) of 50 steps at 50 Hz (1 s)"


def test_known_and_unknown_rates_that_differ_are_refused(tmp_path: Path) -> None:
    root = sines(tmp_path / "rec", [50, 100], "t", 1.0)
    for label in ("slow", "fast"):
        (root / label / "9.csv").write_text("ax\n" + "0.5\n0.25\n" * 60)
    with pytest.raises(DataError, match=r"9\.csv: its sampling rate is unknown, .* differ \(50"):
        load(root, {"window": 20, "columns": "ax"})


@pytest.mark.parametrize("kind", ["uint8", "int16", "int32", "float32"])
def test_sound_of_any_depth_is_a_fraction_of_full_scale(kind: str, tmp_path: Path) -> None:
    data = load(sounds(tmp_path / "rec", [200] * 3, kind), {"window": "0.5s"})
    assert data.rate == 200
    np.testing.assert_allclose(data.x_train.max(), 0.5, atol=0.01)
    np.testing.assert_allclose(data.x_train.mean(), 0, atol=0.01)


def test_sound_of_any_rate_is_resampled(tmp_path: Path) -> None:
    data = load(sounds(tmp_path / "rec", [441, 200, 160]), {"window": "1s"})
    assert (data.rate, data.input_shape) == (160, (1, 160))


def test_short_recordings_can_be_continued(tmp_path: Path) -> None:
    root = sines(tmp_path / "rec", [50] * 3, "t", 1.0)
    with pytest.raises(DataError, match="continue it by short=pad"):
        load(root, {"window": "3s"})
    data = load(root, {"window": "3s", "short": "pad"})
    assert (data.x_train[:, :, 100:] == data.x_train[:, :, 99:100]).all()
    assert "6 stretches are shorter than the window: continued by their last value" in data.notes
    with pytest.raises(DataError, match="short=longer: wanted pad"):
        load(root, {"window": 3, "short": "longer"})


def test_a_file_can_hold_several_recordings_in_a_row(tmp_path: Path) -> None:
    root = sines(tmp_path / "rec", [50])
    data = load(root, {"window": 20, "length": 25})
    assert len(data.x_train) + len(data.x_test) == 8
    assert data.groups is not None
    assert len(np.unique(data.groups)) == len(data.x_train)
    with pytest.raises(DataError, match="100 rows, which are no whole number of recordings of len"):
        load(root, {"window": 20, "length": 33})


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ({"rate": "fast"}, "rate=fast: wanted samples per second"),
        ({"rate": 0}, "rate=0: wanted samples per second"),
        ({"window": "1ms"}, "window=1ms: is shorter than a step at 50 Hz"),
        ({"rate": "1MHz"}, "rate=1MHz: wanted samples"),
        ({"rate": "900kHz"}, "900000 Hz is too far above it: correct rate="),
    ],
)
def test_impossible_rates_and_times_are_refused(
    options: Options, reason: str, tmp_path: Path
) -> None:
    with pytest.raises(DataError) as refusal:
        load(sines(tmp_path / "rec", [50] * 3, "time_s", 1.0), options)
    assert reason in str(refusal.value)


@pytest.mark.parametrize("window", ["2", "2 weeks", "-1s", "s"])
def test_a_time_needs_a_unit(window: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"window: cannot read|window: got"):
        load(sines(tmp_path / "rec", [50] * 3), {"window": window})


@given(
    st.sampled_from([8, 12.5, 50, 62.5, 100, 104, 1000, 48000]),
    st.sampled_from([("ms", 1e-3), ("us", 1e-6), ("s", 1.0), ("time", 1.0), ("millis", 1e-3)]),
    st.integers(0, 10**6),
)
def test_rates_come_back(rate: float, clock: tuple[str, float], start: int) -> None:
    name, unit = clock
    times = (start + np.arange(64) / rate) / unit
    assert rate_of(name, times, 0) == pytest.approx(rate, rel=1e-3)


@pytest.mark.parametrize(
    ("name", "times"),
    [
        ("index", np.arange(9) * 20),
        ("t", np.arange(9)),
        ("t", [0, 1, 9, 2, 30, 31]),
        ("t", [5, 4, 3]),
        ("t", [1]),
        ("t", [0, np.nan, 2]),
        ("t", [3, 3, 3]),
    ],
)
def test_other_columns_tell_no_rate(name: str, times: list[float]) -> None:
    assert rate_of(name, np.asarray(times, float), 0) is None


def test_dates_tell_the_rate() -> None:
    dates = as_seconds([f"2024-01-01 12:00:00.{i * 20:03}" for i in range(40)])
    assert dates is not None
    assert rate_of("date", dates, 0, dates=True) == 50
    assert as_seconds(["noon"]) is None
    assert as_seconds(["2024-01-01T12:00:00Z", ""]) is not None


@pytest.mark.parametrize(("text", "rate"), [("", 0), (50, 50), ("62.5", 62.5), ("16 kHz", 16000)])
def test_rates_are_read(text: int | str, rate: float) -> None:
    assert hertz(text) == rate


def test_the_rate_is_that_of_edge_impulse(tmp_path: Path) -> None:
    for label in "ab":
        for number in range(3):
            payload = {
                "interval_ms": 16,
                "sensors": [{"name": "accX", "units": "m/s2"}],
                "values": np.random.default_rng(number).normal(size=80).tolist(),
            }
            path = tmp_path / f"{label}.{number}x.json"
            path.write_text(json.dumps({"payload": payload}))
    data: Dataset = load(tmp_path, {"window": "0.5s"})
    assert (data.rate, data.channel_names, data.class_names) == (62.5, ("accX",), ("a", "b"))
