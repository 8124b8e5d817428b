"""A pool on a Ray cluster: each candidate is a Ray task, which Ray reruns if its node is lost.

Ray is optional. Its nodes need tinypareto but neither the database nor the result folder: they
receive the data with the task and return the trial's files. A task has no state, so running it
again gives the same network.
"""

import os
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from typing import Any

from tinypareto.config import RunConfig
from tinypareto.errors import ConfigError, WorkerError
from tinypareto.study.worker import Failed, Job, Result, SearchContext, Worker

RETRIES = 5
"""How often Ray reruns a candidate whose node or process died before the candidate has failed."""


@contextmanager
def rays(context: SearchContext) -> Iterator["_Rays"]:
    """Open the pool that a search's `ray`, `ray_cpus`, `ray_gpus` and `workers` describe.

    Raises:
        ConfigError: Ray is not installed.
        WorkerError: The cluster cannot be reached.
    """
    try:
        import ray
    except ImportError as cause:
        raise ConfigError("--ray: Ray is missing; pip install 'tinypareto[ray]'") from cause
    _connect(ray, context.config)
    try:
        yield _Rays(ray, context)
    finally:
        ray.shutdown()


def _connect(ray: Any, config: RunConfig) -> None:
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    options = {"include_dashboard": False} if config.ray == "local" else {}
    try:
        ray.init(address=config.ray, log_to_driver=False, configure_logging=False, **options)
    except (ConnectionError, RuntimeError, ValueError, TimeoutError) as cause:
        raise WorkerError(
            f"--ray {config.ray}: cannot be reached ({' '.join(str(cause).split())}); "
            "check the address, or start a cluster with ray start"
        ) from cause


class _Rays:
    def __init__(self, ray: Any, context: SearchContext) -> None:
        config = context.config
        self.size = config.workers
        self._ray, self._context = ray, ray.put(context)
        self._evaluate = ray.remote(_evaluate).options(
            num_cpus=config.ray_cpus,
            num_gpus=config.ray_gpus,
            max_retries=RETRIES,
            scheduling_strategy="SPREAD",
        )

    def submit(self, job: Job) -> Future[Result]:
        """Start a Ray task; if Ray gives up on it, the candidate has failed, not the search."""
        result: Future[Result] = Future()

        def ended(future: Future[Result]) -> None:
            error = future.exception()
            if error is None:
                result.set_result(future.result())
            elif isinstance(error, self._ray.exceptions.RayError):
                cause = " ".join(str(error).split())
                result.set_result(Failed(f"Ray gave up: {cause[:500]}"))
            else:
                result.set_exception(error)

        self._evaluate.remote(self._context, job).future().add_done_callback(ended)
        return result


def _evaluate(context: SearchContext, job: Job) -> Result:
    return Worker(context).evaluate(job)
