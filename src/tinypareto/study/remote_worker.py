"""A worker that takes part in a search, given only the database's address and the study's name."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from tinypareto.config import RunConfig, resolve
from tinypareto.config.sources import ConfigSource, from_arguments
from tinypareto.config.storage_url import checked
from tinypareto.data import load
from tinypareto.errors import ResultFolderError
from tinypareto.study.identity import read_identity
from tinypareto.study.progress import Reporter
from tinypareto.study.search_loop import join
from tinypareto.study.storage import Shared


def run_worker(
    url: str,
    study: str,
    reporter: Reporter,
    *,
    out: Path | None = None,
    trust: bool = False,
    **machine: Any,
) -> int:
    """Run trials of a search in a shared database until all have ended.

    Args:
        url: Address of the database.
        study: Name of the study that a search created.
        reporter: Receives progress updates of this worker's trials.
        out: Folder that also keeps the files of this worker's trials; None keeps none of them on
            this machine.
        trust: Run the code of a network that only the study names (`module:function`).
        **machine: Settings that differ on this machine, by key of `RunConfig`: `dataset`,
            `data_dir`, `reuse`, `workers`, `threads`, `artifacts`. None keeps the search's own.

    Returns:
        Number of trials that this worker ended.

    Raises:
        InputError: There is no such search, or it cannot be run on this machine.
        StorageError: The database cannot be used.
    """
    address = checked(url, "--storage")
    with closing(Shared(address, study, heartbeat=1)) as storage, _folder(out) as folder:
        identity = read_identity(storage)
        if identity is None:
            raise ResultFolderError(
                f"{storage.location}: does not exist; make it by tinypareto search --storage"
            )
        overrides = {key: value for key, value in machine.items() if value is not None}
        values = {**identity["config"], **overrides, "out": str(folder)}
        origin = "" if trust else storage.location
        saved = ConfigSource(values, Path.cwd(), origin=origin)
        config: RunConfig = resolve(saved, from_arguments({"storage": address}))
        storage.heartbeat = config.heartbeat
        dataset = load(config.dataset, config.data_options, config.data_dir, config.task)
        return join(config, dataset, storage, reporter)


@contextmanager
def _folder(out: Path | None) -> Iterator[Path]:
    if out is not None:
        yield out.absolute()
        return
    with TemporaryDirectory(prefix="tinypareto-") as folder:
        yield Path(folder)
