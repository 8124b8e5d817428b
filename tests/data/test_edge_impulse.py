"""Exports of Edge Impulse: recordings, and what info.labels says about them."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tinypareto.data import load
from tinypareto.errors import DataError

Entry = dict[str, Any]


def recording(path: Path, seed: int, **changes: Any) -> None:
    payload = {
        "device_type": "PHONE",
        "interval_ms": 16,
        "sensors": [{"name": n, "units": "m/s2"} for n in ("accX", "accY")],
        "values": np.random.default_rng(seed).normal(size=(20, 2)).tolist(),
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"payload": {**payload, **changes}, "signature": "0"}))


def export(root: Path, inside: bool = False) -> Path:
    """Three recordings of two classes to train and one to test, whose names say nothing."""
    entries: list[Entry] = []
    for part, numbers in (("training", range(3)), ("testing", range(3, 4))):
        for label in ("idle", "shake"):
            for number in numbers:
                path = f"{part}/{label[0]}.{number}.ingestion-5c4.json"
                recording(root / path, ord(label[0]) + number)
                entries.append(
                    {
                        "path": path,
                        "category": part,
                        "label": {"type": "label", "label": label},
                        "metadata": {"person": f"p{number}"},
                    }
                )
    if inside:
        for part in ("training", "testing"):
            chosen = [{**e, "path": Path(e["path"]).name} for e in entries if e["category"] == part]
            write_labels(root / part, chosen)
    else:
        write_labels(root, entries)
    return root


def write_labels(root: Path, entries: list[Entry]) -> None:
    (root / "info.labels").write_text(json.dumps({"version": 1, "files": entries}))


def entries_of(root: Path) -> list[Entry]:
    found: list[Entry] = json.loads((root / "info.labels").read_text())["files"]
    return found


@pytest.mark.parametrize("inside", [False, True])
def test_labels_parts_sensors_rate_and_metadata_are_read(inside: bool, tmp_path: Path) -> None:
    data = load(export(tmp_path / "ei", inside), {"window": 10, "hop": 10, "group": "person"})
    assert (data.class_names, data.channel_names) == (("idle", "shake"), ("accX", "accY"))
    assert (len(data.x_train), len(data.x_test), data.rate) == (12, 4, 62.5)
    assert data.groups is not None
    assert len(np.unique(data.groups)) == 3


def test_without_labels_the_first_part_of_the_name_is_the_class(tmp_path: Path) -> None:
    root = export(tmp_path / "ei")
    (root / "info.labels").unlink()
    assert load(root, {"window": 10}).class_names == ("i", "s")


def test_labels_hold_for_sound_and_csv_too(tmp_path: Path) -> None:
    root = export(tmp_path / "ei")
    entries = entries_of(root)
    for entry in entries:
        values = np.random.default_rng(0).normal(size=(20, 1))
        (root / entry["path"]).unlink()
        entry["path"] = entry["path"].replace(".json", ".csv")
        lines = [f"{16 * i},{v:.3f}" for i, v in enumerate(values[:, 0])]
        (root / entry["path"]).write_text("timestamp,accX\n" + "\n".join(lines) + "\n")
    write_labels(root, entries)
    data = load(root, {"window": "160ms"})
    assert (data.class_names, data.channel_names) == (("idle", "shake"), ("accX",))
    assert data.rate == 62.5


def test_recordings_without_a_class_are_left_out_or_named(tmp_path: Path) -> None:
    root = export(tmp_path / "ei")
    entries = entries_of(root)
    entries[0]["label"] = {"type": "unlabeled"}
    write_labels(root, entries)
    with pytest.raises(DataError, match=r"i\.0.*: none of its rows has a class"):
        load(root, {"window": 10})
    with pytest.raises(DataError, match="class 'other' has 1 recording, all in the training"):
        load(root, {"window": 10, "unlabelled": "other"})


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"label": {"type": "multi-label", "labels": []}}, "has several labels in info.labels"),
        ({"path": "elsewhere.json"}, "is not listed in info.labels"),
        ({"label": {"type": "label"}}, "correct its entry in info.labels"),
        ({"label": 3}, "correct its entry in info.labels"),
    ],
)
def test_labels_that_make_no_sense_are_refused(change: Entry, reason: str, tmp_path: Path) -> None:
    root = export(tmp_path / "ei")
    entries = entries_of(root)
    entries[0] |= change
    write_labels(root, entries)
    with pytest.raises(DataError) as refusal:
        load(root, {"window": 10})
    assert reason in str(refusal.value)
    (root / "info.labels").write_text("{")
    with pytest.raises(DataError, match=r"info\.labels: cannot be read"):
        load(root, {"window": 10})


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"values": ["Ref-BINARY-i16 (32000 bytes) 1234"]}, "refers to values that are kept els"),
        ({"values": [[1, 2, 3]] * 9}, "has 3 values a sample for 2 sensors"),
        ({"sensors": [{"name": "a"}] * 2}, "two of its sensors have the same name"),
        ({"sensors": 3}, "cannot be read"),
        ({"values": [[1, 2], [3]]}, "cannot be read"),
        ({"values": []}, "cannot be read"),
    ],
)
def test_recordings_that_make_no_sense_are_refused(
    change: Entry, reason: str, tmp_path: Path
) -> None:
    root = export(tmp_path / "ei")
    recording(root / "training/i.0.ingestion-5c4.json", 0, **change)
    with pytest.raises(DataError) as refusal:
        load(root, {"window": 10})
    assert reason in str(refusal.value)
    assert "i.0.ingestion" in str(refusal.value)


def test_other_json_is_refused(tmp_path: Path) -> None:
    root = export(tmp_path / "ei")
    (root / "training/i.0.ingestion-5c4.json").write_text("[1, 2]")
    with pytest.raises(DataError, match="has no payload with values, as of Edge Impulse"):
        load(root, {"window": 10})
