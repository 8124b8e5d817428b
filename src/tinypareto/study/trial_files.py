"""Where the files of trained trials are kept: the result folder, and a store that workers share."""

from pathlib import Path
from typing import Any

from optuna.trial import Trial

from tinypareto.results.folder import write_trial
from tinypareto.results.front import trial_path
from tinypareto.study import artifacts, dashboard
from tinypareto.study.study import Study
from tinypareto.study.worker import Trained


class Files:
    """Writes the files of trials, and gets those that other workers wrote.

    Args:
        out: The result folder.
        address: Of the workers' store, if there is one.

    Raises:
        ConfigError: The store cannot be used from here.
    """

    def __init__(self, out: Path, address: str | None) -> None:
        self._out = out
        self._store = None
        if address is not None:
            inside = Path(address).is_relative_to(out)
            self._store = artifacts.open_store(address, make=inside)

    def keep(self, trial: Trial, trained: Trained) -> dict[str, Any]:
        """Write a trial's files; what finds them again in the store."""
        write_trial(self._out, trial.number, trained.files)
        if self._store is None:
            dashboard.attach(self._out, trial, trained.files)
            return {}
        return {artifacts.KEY: artifacts.upload(self._store, trial, trained.files)}

    def collect(self, study: Study) -> None:
        """Get the files of trials that are not in the result folder.

        Raises:
            ResultFolderError: Some are damaged or missing in the store.
            StorageError: The store cannot be read.
        """
        if self._store is None:
            return
        for number, artifact in study.kept(artifacts.KEY).items():
            if not (self._out / trial_path(number)).is_dir():
                files = artifacts.download(self._store, number, artifact)
                write_trial(self._out, number, files)
