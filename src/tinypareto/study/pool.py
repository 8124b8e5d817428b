"""Where candidates are evaluated: in this process, in several, or on a Ray cluster.

Only the process of the search writes the study and the folder. A pool takes candidates and gives
results; whoever dies in it leaves nothing half written.
"""

import multiprocessing
import os
import threading
from collections.abc import Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from typing import Protocol

from tinypareto.study.ray_pool import rays
from tinypareto.study.worker import Job, Result, SearchContext, Worker


class Pool(Protocol):
    """Evaluates up to `size` candidates at the same time."""

    size: int

    def submit(self, job: Job) -> Future[Result]:
        """The result, once it is there."""
        ...


def open_pool(context: SearchContext) -> AbstractContextManager[Pool]:
    """The pool that the configuration asks for."""
    if context.config.ray is not None:
        return rays(context)
    if context.config.workers > 1:
        return _processes(context)
    return _here(context)


class _Here:
    size = 1

    def __init__(self, context: SearchContext) -> None:
        self._worker = Worker(context)

    def submit(self, job: Job) -> Future[Result]:
        done: Future[Result] = Future()
        done.set_result(self._worker.evaluate(job))
        return done


@contextmanager
def _here(context: SearchContext) -> Iterator[Pool]:
    yield _Here(context)


class _Processes:
    def __init__(self, executor: ProcessPoolExecutor, size: int) -> None:
        self._executor, self.size = executor, size

    def submit(self, job: Job) -> Future[Result]:
        return self._executor.submit(_evaluate, job)


@contextmanager
def _processes(context: SearchContext) -> Iterator[Pool]:
    spawn, size = multiprocessing.get_context("spawn"), context.config.workers
    with ProcessPoolExecutor(size, spawn, _start, (context,)) as executor:
        try:
            yield _Processes(executor, size)
        finally:
            executor.shutdown(wait=False, cancel_futures=True)
            for process in multiprocessing.active_children():
                process.terminate()


_worker: Worker | None = None


def _start(context: SearchContext) -> None:
    global _worker
    threading.Thread(target=_end_with_parent, daemon=True).start()
    _worker = Worker(context)


def _evaluate(job: Job) -> Result:
    assert _worker is not None
    return _worker.evaluate(job)


def _end_with_parent() -> None:
    """A pool's process waits for work for ever where its parent was killed."""
    parent = multiprocessing.parent_process()
    assert parent is not None
    parent.join()
    os._exit(1)
