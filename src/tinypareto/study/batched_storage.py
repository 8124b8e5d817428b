"""Optuna's database with all parameters of a trial in one commit.

Optuna commits each parameter by itself: 60 of them take 60 waits for the disk, and a process that
is killed meanwhile leaves a part of a proposal.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from optuna.distributions import (
    BaseDistribution,
    check_distribution_compatibility,
    distribution_to_json,
)
from optuna.storages import RDBStorage
from optuna.storages._rdb.models import TrialParamModel
from sqlalchemy import insert


class BatchedStorage(RDBStorage):
    """The same database; `one_commit` gathers parameters."""

    _batch: list[dict[str, Any]] | None = None

    @contextmanager
    def one_commit(self) -> Iterator[None]:
        """Writes the parameters that are set within at its end, all or none."""
        batch: list[dict[str, Any]] = []
        self._batch = batch
        try:
            yield
        finally:
            self._batch = None
        # An exception leaves here, and with it what was gathered.
        if batch:
            with self.engine.begin() as database:
                database.execute(insert(TrialParamModel), batch)

    def _set_trial_param(
        self,
        trial_id: int,
        param_name: str,
        param_value_internal: float,
        distribution: BaseDistribution,
        previous_distribution: BaseDistribution | None,
    ) -> None:
        if self._batch is None:
            super()._set_trial_param(
                trial_id, param_name, param_value_internal, distribution, previous_distribution
            )
            return
        if previous_distribution is not None:
            check_distribution_compatibility(previous_distribution, distribution)
        self._batch.append(
            {
                "trial_id": trial_id,
                "param_name": param_name,
                "param_value": param_value_internal,
                "distribution_json": distribution_to_json(distribution),
            }
        )
