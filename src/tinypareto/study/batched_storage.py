"""Optuna's database storage, with all parameters of a trial written in one commit.

Optuna commits each parameter separately: 60 parameters wait for the disk 60 times, and a process
that is killed meanwhile leaves a proposal with only some of its parameters.
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
    """Database storage whose `one_commit` collects parameters and writes them together."""

    _batch: list[dict[str, Any]] | None = None

    @staticmethod
    def _fill_storage_url_template(template: str) -> str:
        """Leave the address as it is; Optuna would format it, which braces do not survive."""
        return template

    @contextmanager
    def one_commit(self) -> Iterator[None]:
        """Write all parameters that are set inside the block when it ends, or none of them."""
        batch: list[dict[str, Any]] = []
        self._batch = batch
        try:
            yield
        finally:
            self._batch = None
        # Not reached after an exception: the collected parameters are then dropped.
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
