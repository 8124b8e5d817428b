"""Images in a folder for each class, read by Pillow.

Values are those of the file, 0 to 255 for 8 bits. An image is turned as its camera says, and what
is transparent keeps its color. Parts, classes and groups are found as those of recordings.
"""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tinypareto.data.dataset import Dataset
from tinypareto.data.edge_impulse_labels import labelled
from tinypareto.data.formats import FILES
from tinypareto.data.path_pattern import named
from tinypareto.data.recording_dataset import assembled, joined
from tinypareto.data.recording_file import RecordingFile
from tinypareto.data.recording_files import check_labels, in_parts, visible_files
from tinypareto.data.recording_format import optional, refused
from tinypareto.data.source import Cases, Option, Options, Source
from tinypareto.errors import DataError

ENDINGS = (".png", ".jpg", ".jpeg", ".bmp", ".gif", ".webp", ".tif", ".tiff", ".pgm", ".ppm")
OPTIONS = {
    "size": Option("", "pixels of each side, such as 32 or 32x24 (width x height); resizes"),
    "channels": Option("", "grey or rgb; without it, rgb if the first image has colors"),
    "path": Option("", "names for parts of the files' paths, such as {label}/{camera}_{n}"),
    "group": Option("", "part of path= whose images stay together, such as the camera"),
    "test": Option(25, "percent of the images in the test part", 1, 99),
    "seed": Option(0, "of the random split", 0, 2**32 - 1),
}


@dataclass(frozen=True)
class Form:
    """Form to which images are brought.

    Attributes:
        mode: Pillow's mode: "L" for grey of 8 bits, "F" for grey of more, or "RGB".
        width: Pixels from left to right.
        height: Pixels from top to bottom.
        resize: Whether images of another size are resized; otherwise they are refused.
    """

    mode: str
    width: int
    height: int
    resize: bool

    @property
    def shape(self) -> tuple[int, int, int]:
        """Channels, height and width."""
        return 3 if self.mode == "RGB" else 1, self.height, self.width


@dataclass(frozen=True)
class Picture:
    """An image that is read when it is wanted.

    Attributes:
        file: The file.
        group: Name of its group; "" if there are no groups.
        labels: Its class, alone.
        form: Form to which it is brought.
    """

    file: RecordingFile
    group: str
    labels: tuple[str, ...]
    form: Form

    def fill(self, out: NDArray[np.float32]) -> None:
        """Write the image to float32 [1, channels, height, width].

        Raises:
            DataError: It cannot be read, or has another size.
        """
        with refused(self.file.path, "replace or remove it"):
            image = _opened(self.file.path)
            if self.form.resize:
                image = image.convert(self.form.mode).resize((self.form.width, self.form.height))
            if image.size != (self.form.width, self.form.height):
                raise DataError(
                    f"{self.file.path}: has {image.width} x {image.height} pixels, the first image "
                    f"{self.form.width} x {self.form.height}; give size=, such as size=32"
                )
            pixels = np.asarray(image.convert(self.form.mode), np.float32)
        out[0] = pixels.reshape(self.form.height, self.form.width, -1).transpose(2, 0, 1)


def load(root: Path, options: Options) -> Dataset:
    """Read all images in a folder and its subfolders.

    Args:
        root: The folder.
        options: A value for each of `OPTIONS`.

    Raises:
        DataError: An image cannot be used, or a class has too few of them.
    """
    pictures, notes = find_pictures(root, options)
    check_labels(str(root), [picture.file for picture in pictures])
    shape = pictures[0].form.shape
    grouped = bool(options["group"])
    return assembled(
        str(root), root.name, pictures, shape, options, notes, alike=grouped,
        channel_names=("red", "green", "blue") if shape[0] == 3 else ("grey",),
    )  # fmt: skip


def find_pictures(root: Path, options: Options) -> tuple[list[Picture], list[str]]:
    """Find the images in a folder, and the form that they have.

    Returns:
        The images, and notes of what is left out.

    Raises:
        DataError: The first image cannot be read, or a group is missing.
    """
    files, beside = [RecordingFile(root, Path(root.name))], list[Path]()
    if root.is_dir():
        files, beside = in_parts(root, visible_files(root, ENDINGS))
    files = named(labelled(root, files), str(options["path"]))
    form, group = _form(files[0].path, options), str(options["group"])
    if group and group not in files[0].fields:
        raise DataError(f"{root}: group={group} is no part of path=; name it there in braces")
    notes = [f"{len(beside)} files lie beside the folders train and test: left out"]
    return [Picture(f, f.fields.get(group, ""), (f.label,), form) for f in files], notes[
        : len(beside)
    ]


def _form(path: Path, options: Options) -> Form:
    with refused(path, "replace or remove it"):
        first = _opened(path)
    deep = first.mode in ("I", "F") or first.mode.startswith("I;16")
    modes = {"grey": "F" if deep else "L", "rgb": "RGB"}
    grey = deep or first.mode in ("1", "L", "LA")
    channels = str(options["channels"]) or ("grey" if grey else "rgb")
    if channels not in modes:
        raise DataError(f"channels={channels}: wanted grey or rgb")
    size = str(options["size"])
    match = re.fullmatch(r"(\d+)(?:x(\d+))?", size)
    if size and (match is None or not int(match[1])):
        raise DataError(f"size={size}: wanted pixels, such as 32 or 32x24 (width x height)")
    if match is None:
        return Form(modes[channels], first.width, first.height, resize=False)
    return Form(modes[channels], int(match[1]), int(match[2] or match[1]), resize=True)


def _opened(path: Path) -> Any:
    """Open an image, as its camera was held."""
    module = optional("PIL.Image", path, "images")
    with module.open(path) as image:
        return optional("PIL.ImageOps", path, "images").exif_transpose(image)


def cases(root: Path, options: Options) -> Cases:
    """Read images whose classes need not be known.

    Args:
        root: The folder or image.
        options: A value for each of `OPTIONS`.

    Raises:
        DataError: An image cannot be used.
    """
    pictures, _ = find_pictures(root, {**options, "path": "", "group": ""})
    return Cases(
        joined(pictures, pictures[0].form.shape),
        [picture.labels[0] for picture in pictures],
        [str(picture.file.inner) for picture in pictures],
        [0] * len(pictures),
    )


def claims(path: Path) -> bool:
    """Tell whether a path is an image, or a folder of more images than recordings."""
    if not path.is_dir():
        return path.suffix.lower() in ENDINGS
    return len(visible_files(path, ENDINGS)) > len(visible_files(path, FILES))


SOURCE = Source(
    "images in a folder for each class (.png, .jpg and others)",
    lambda request: load(Path(request.what), request.options),
    options=OPTIONS,
    claims=claims,
    cases=lambda request: cases(Path(request.what), request.options),
)
