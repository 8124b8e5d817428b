"""Images in a folder for each class, read by Pillow.

Values are those of the file, 0 to 255 for 8 bits. An image is turned as its camera says, and what
is transparent keeps its color. Parts, classes and groups are found as those of recordings.
"""

from pathlib import Path

from tinypareto.data.dataset import Dataset
from tinypareto.data.edge_impulse_labels import labelled
from tinypareto.data.formats import FILES
from tinypareto.data.path_pattern import named
from tinypareto.data.picture import Picture, form_of
from tinypareto.data.recording_dataset import assembled, joined
from tinypareto.data.recording_file import RecordingFile
from tinypareto.data.recording_files import check_labels, in_parts, visible_files
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


def load(root: Path, options: Options) -> Dataset:
    """Read all images in a folder and its subfolders.

    Args:
        root: The folder.
        options: A value for each of `OPTIONS`.

    Raises:
        DataError: An image cannot be used, or a class has too few of them.
    """
    pictures, notes = find_pictures(root, options)
    check_labels([picture.file for picture in pictures])
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
    form, group = form_of(files[0].path, options), str(options["group"])
    if group and group not in files[0].fields:
        raise DataError(f"{root}: group={group} is no part of path=; name it there in braces")
    notes = [f"{len(beside)} files lie beside the folders train and test: left out"]
    return [Picture(f, f.fields.get(group, ""), (f.label,), form) for f in files], notes[
        : len(beside)
    ]


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
