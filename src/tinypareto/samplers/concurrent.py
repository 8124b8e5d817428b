"""Proposals of other asks of the same study, so that no point is proposed twice.

Optuna writes a parameter when the objective asks for it. Between a trial's start and that moment
the other workers of a study see a running trial without parameters, and would propose the same
point: the best one, as they all know the same.
"""

import time
from collections.abc import Collection, Mapping
from datetime import datetime
from threading import RLock
from typing import Any

from optuna.study import Study
from optuna.trial import FrozenTrial, TrialState

_LONGEST_WAIT = 10.0
"""Seconds after its start for which a trial of another worker is waited for."""
_INTERVAL = 0.02

ASKING = RLock()
"""Held while a point is proposed, so that threads of one process take turns too."""


class Proposals:
    """Proposals of this process for trials that are still running."""

    def __init__(self) -> None:
        self._params: dict[tuple[str, int], dict[str, Any]] = {}

    def record(self, study: Study, trial: FrozenTrial, params: Mapping[str, Any]) -> None:
        """Remember what a trial will set, be it nothing."""
        self._params[study.study_name, trial.number] = dict(params)

    def running(self, study: Study) -> dict[int, dict[str, Any]]:
        """Return the remembered parameters by number, of the study's trials that still run."""
        # A copy, since other threads begin trials meanwhile, and made before the trials are read:
        # a trial that it has and that does not run is then over.
        known = {n: p for (name, n), p in self._params.copy().items() if name == study.study_name}
        numbers = {t.number for t in _running(study)}
        for number in known.keys() - numbers:
            self._params.pop((study.study_name, number), None)
        return {number: known[number] for number in known if number in numbers}

    def wait_for_others(self, study: Study, trial: FrozenTrial, names: Collection[str]) -> None:
        """Wait until the trials that other processes began before this one have parameters.

        Workers that ask at the same moment thus take turns. A trial whose worker died, or takes
        long before it has all parameters, is waited for ten seconds at most, whatever the clocks
        of the machines say.

        Args:
            study: Study of the trial.
            trial: Trial that is to be given parameters.
            names: Parameters that every trial has.
        """
        end = time.monotonic() + _LONGEST_WAIT
        while time.monotonic() < end and any(
            t.number < trial.number
            and (study.study_name, t.number) not in self._params
            and not t.params.keys() >= set(names)
            and _age(t) < _LONGEST_WAIT
            for t in _running(study)
        ):
            time.sleep(_INTERVAL)


def _running(study: Study) -> list[FrozenTrial]:
    return study.get_trials(deepcopy=False, states=(TrialState.RUNNING,))


def _age(trial: FrozenTrial) -> float:
    """Seconds since a trial began, by the clocks of both machines."""
    started = trial.datetime_start
    return (datetime.now() - started).total_seconds() if started else _LONGEST_WAIT
