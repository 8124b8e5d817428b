"""Images that are read when they are wanted, and the form to which they are brought."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tinypareto.data.recording_file import RecordingFile
from tinypareto.data.recording_format import optional, refused
from tinypareto.data.source import Options
from tinypareto.errors import DataError


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


def form_of(path: Path, options: Options) -> Form:
    """Form that options ask for, or that the first image has.

    Args:
        path: The first image.
        options: Values of `size` and `channels`.

    Raises:
        DataError: The image cannot be read, or an option makes no sense.
    """
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
