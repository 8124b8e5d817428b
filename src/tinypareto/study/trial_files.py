"""Files of trained trials, in the result folder and in a store that workers share."""

from pathlib import Path
from typing import Any

from optuna.trial import Trial

from tinypareto.results.folder import write_trial
from tinypareto.results.front_file import trial_path
from tinypareto.study import artifacts, dashboard
from tinypareto.study.study import Study
from tinypareto.study.worker import Trained


class TrialFiles:
    """Writes the files of trials, and collects those that other workers wrote.

    Args:
        out: The result folder.
        address: Address of the workers' store; None if there is none.

    Raises:
        ConfigError: The store cannot be used from this machine.
    """

    def __init__(self, out: Path, address: str | None) -> None:
        self._out = out
        self._store = None
        if address is not None:
            inside = Path(address).is_relative_to(out)
            self._store = artifacts.open_store(address, make=inside)

    def keep(self, trial: Trial, trained: Trained) -> dict[str, Any]:
        """Write a trial's files; return the attributes that locate them in the store."""
        write_trial(self._out, trial.number, trained.files)
        if self._store is None:
            dashboard.attach(self._out, trial, trained.files)
            return {}
        return {artifacts.KEY: artifacts.upload(self._store, trial, trained.files)}

    def collect(self, study: Study) -> None:
        """Download the files of measured trials that are not in the result folder.

        Raises:
            ResultFolderError: Some files are damaged or missing in the store.
            StorageError: The store cannot be read.
        """
        if self._store is None:
            return
        for number, artifact in study.attribute_by_trial(artifacts.KEY).items():
            if not (self._out / trial_path(number)).is_dir():
                files = artifacts.download(self._store, number, artifact)
                write_trial(self._out, number, files)
