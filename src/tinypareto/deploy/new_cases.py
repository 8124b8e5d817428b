"""New cases for a network of a front, read as its search read its data."""

from pathlib import Path
from typing import Any

from tinypareto.config import FILE
from tinypareto.config.sources import load_toml
from tinypareto.data import find, load_cases
from tinypareto.data.check import checked_values
from tinypareto.data.npz import SOURCE as ARRAYS
from tinypareto.data.npz import read_arrays
from tinypareto.data.source import Cases, Options, Source
from tinypareto.deploy.selection import SelectedNetwork
from tinypareto.errors import DataError
from tinypareto.evaluation.network import Network
from tinypareto.tasks.class_labels import checked_labels
from tinypareto.tasks.real_targets import checked_numbers
from tinypareto.tasks.task import Targets


def read_cases(selected: SelectedNetwork, source: str | Path, options: Options) -> Cases:
    """Read cases in the form that a network takes.

    Args:
        selected: The network.
        source: A path, or the name of a data set.
        options: Options of the source; those left out are the search's.

    Raises:
        DataError: The data cannot be used.
    """
    reader = find(source)
    if reader is ARRAYS:
        return _arrays(Path(source), selected.network)
    taken = {k: v for k, v in _of_search(selected, reader).items() if k in reader.options}
    return load_cases(source, {**taken, **options}, task=selected.front.task)


def _of_search(selected: SelectedNetwork, reader: Source) -> dict[str, Any]:
    """Options of the search, and those that follow from the network and its data."""
    file = selected.front.folder / FILE
    stored = load_toml(file).values.get("data_options") if file.is_file() else None
    if not isinstance(stored, dict):
        stored = {}
    shape, data = selected.network.recipe.input_shape, selected.front.data
    if len(shape) == 3:
        return {"channels": "rgb" if shape[0] == 3 else "grey", **stored}
    implied: dict[str, Any] = {"window": shape[1]}
    if data is not None:
        implied |= {"columns": ",".join(data.channels), "rate": f"{data.rate or ''}"}
    return implied | {key: value for key, value in stored.items() if value != ""}


def _arrays(file: Path, network: Network) -> Cases:
    names = network.recipe.class_names
    arrays = read_arrays(file, (), ("X", "X_test", "y", "y_test"))
    x_key, y_key = ("X", "y") if "X" in arrays else ("X_test", "y_test")
    if x_key not in arrays:
        raise DataError(f"{file}: has neither X nor X_test; name the array of cases X")
    x = checked_values(str(file), x_key, arrays[x_key])
    if y_key not in arrays:
        return Cases(x, ())
    if not network.task.output_names(names):
        return Cases(x, (), targets=_values(file, y_key, arrays[y_key], len(x), len(names)))
    y = checked_labels(str(file), y_key, arrays[y_key])
    if len(x) != len(y):
        raise DataError(f"{file}: {x_key} has {len(x)} cases but {y_key} has {len(y)} labels")
    if y.max() >= len(names):
        raise DataError(
            f"{file}: {y_key} has label {y.max()}; the network has {len(names)} classes"
        )
    return Cases(x, [names[label] for label in y])


def _values(file: Path, key: str, array: Targets, cases: int, targets: int) -> Targets:
    """True values of the cases."""
    values = checked_numbers(str(file), key, array)
    if len(values) != cases or values.size != cases * targets:
        raise DataError(
            f"{file}: {key} has shape {list(array.shape)}; wanted {targets} value"
            f"{'s' * (targets > 1)} for each of {cases} cases"
        )
    return values
