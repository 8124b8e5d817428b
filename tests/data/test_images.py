from pathlib import Path

import numpy as np
import pytest

from tinypareto.data import load, load_cases
from tinypareto.errors import DataError

Image = pytest.importorskip("PIL.Image")


def pixels(label: str, number: int, channels: int = 3) -> np.ndarray:
    low = 0 if label == "dark" else 128
    shape = (6, 8, channels)[: 2 + (channels > 1)]
    return np.random.default_rng(number).integers(low, low + 128, shape).astype(np.uint8)


def folder(
    root: Path, channels: int = 3, ending: str = ".png", parts: tuple[str, ...] = ("",)
) -> Path:
    for part in parts:
        for label in ("dark", "light"):
            (root / part / label).mkdir(parents=True)
            for number in range(4):
                image = Image.fromarray(pixels(label, number, channels))
                image.save(root / part / label / f"{number}{ending}")
    return root


def test_folders_name_the_classes_and_values_stay(tmp_path: Path) -> None:
    data = load(folder(tmp_path / "pictures"))
    assert (data.name, data.class_names, data.input_shape) == (
        "pictures", ("dark", "light"), (3, 6, 8)
    )  # fmt: skip
    assert data.channel_names == ("red", "green", "blue")
    assert data.groups is None
    assert data.notes == ("6 images to train, 2 to test",)
    read = {x.tobytes() for x in (*data.x_train, *data.x_test)}
    assert pixels("dark", 2).transpose(2, 0, 1).astype(np.float32).tobytes() in read


def test_grey_images_have_one_channel_and_size_and_channels_can_be_chosen(tmp_path: Path) -> None:
    data = load(folder(tmp_path / "a", channels=1, ending=".PNG"))
    assert (data.input_shape, data.channel_names) == ((1, 6, 8), ("grey",))
    colored = folder(tmp_path / "b")
    assert load(colored, {"channels": "grey"}).input_shape == (1, 6, 8)
    assert load(colored, {"size": 4}).input_shape == (3, 4, 4)
    assert load(colored, {"size": "4x5"}).input_shape == (3, 5, 4)
    assert load(tmp_path / "a", {"channels": "rgb"}).input_shape == (3, 6, 8)


def test_sixteen_bits_stay(tmp_path: Path) -> None:
    for label in "ab":
        (tmp_path / label).mkdir()
        for number in range(3):
            values = np.full((4, 5), 60_000 + number, np.uint16)
            Image.fromarray(values).save(tmp_path / label / f"{number}.png")
    assert load(tmp_path).x_train.max() >= 60_001
    assert load(tmp_path, {"size": 3}).x_train.max() >= 60_001


def test_a_camera_that_was_turned_and_what_is_transparent(tmp_path: Path) -> None:
    root = folder(tmp_path / "a")
    turned = Image.fromarray(pixels("dark", 0).transpose(1, 0, 2)[:, ::-1])
    exif = Image.Exif()
    exif[0x0112] = 8
    turned.save(root / "dark/9.png", exif=exif)
    clear = Image.fromarray(pixels("light", 0))
    clear.putalpha(3)
    clear.save(root / "light/9.png")
    data = load(root)
    read = [x.tobytes() for x in (*data.x_train, *data.x_test)]
    assert read.count(pixels("light", 0).transpose(2, 0, 1).astype(np.float32).tobytes()) == 2
    assert data.input_shape == (3, 6, 8)


def test_parts_groups_and_other_files(tmp_path: Path) -> None:
    root = folder(tmp_path / "a", parts=("train", "Test"))
    (root / "plan.csv").write_text("a,b\n1,2\n")
    data = load(root)
    assert (len(data.x_train), len(data.x_test)) == (8, 8)
    for label in ("dark", "light"):
        for number in range(4):
            (root / "train" / label / f"{number}.png").rename(
                tmp_path / f"{label}_cam{number % 2}_{number}.png"
            )
    for path in root.rglob("*.png"):
        path.unlink()
    grouped = load(tmp_path, {"path": "{label}_{camera}_{n}", "group": "camera"})
    assert (len(grouped.x_train), len(grouped.x_test)) == (4, 4)
    assert grouped.groups is not None
    with pytest.raises(DataError, match="group=person is no part of path="):
        load(tmp_path, {"path": "{label}_{camera}_{n}", "group": "person"})


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ({}, "9.png: has 5 x 7 pixels, the first image 8 x 6; give size="),
        ({"size": "big"}, "size=big: wanted pixels, such as 32"),
        ({"size": 0}, "size=0: wanted pixels"),
        ({"channels": "hsv"}, "channels=hsv: wanted grey or rgb"),
    ],
)
def test_what_cannot_be_read_is_refused(
    options: dict[str, int | str], reason: str, tmp_path: Path
) -> None:
    root = folder(tmp_path / "a")
    Image.new("RGB", (5, 7)).save(root / "light/9.png")
    with pytest.raises(DataError) as refusal:
        load(root, options)
    assert reason in str(refusal.value)


@pytest.mark.parametrize("ending", [".png", ".jpg", ".gif", ".tif"])
def test_a_damaged_image_is_refused_in_one_line(ending: str, tmp_path: Path) -> None:
    root = folder(tmp_path / "a", ending=ending)
    path = root / f"light/2{ending}"
    for content in (b"", b"\xff" * 99, path.read_bytes()[:30]):
        path.write_bytes(content)
        with pytest.raises(DataError, match="replace or remove it") as refusal:
            load(root)
        assert str(path) in str(refusal.value)
        assert "\n" not in str(refusal.value)


def test_images_to_predict_need_no_class(tmp_path: Path) -> None:
    Image.fromarray(pixels("dark", 1)).save(tmp_path / "new.png")
    cases = load_cases(tmp_path / "new.png", {"size": 4})
    assert (cases.x.shape, list(cases.recordings)) == ((1, 3, 4, 4), ["new.png"])
