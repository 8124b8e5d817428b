"""Pools that evaluate candidates: in this process, in several processes, or on a Ray cluster.

Only the process of the search writes to the study and the result folder. A pool takes candidates
and returns results, so a crash inside it cannot leave partially written files.
"""

import multiprocessing
import os
import signal
import threading
from collections.abc import Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from typing import Protocol

from tinypareto.study.ray_pool import rays
from tinypareto.study.worker import Job, Result, SearchContext, Worker


class Pool(Protocol):
    """Evaluates up to `size` candidates at the same time.

    Attributes:
        size: Number of candidates that can be submitted without waiting.
    """

    size: int

    def submit(self, job: Job) -> Future[Result]:
        """Start the evaluation of a candidate and return its future result."""
        ...


def open_pool(context: SearchContext) -> AbstractContextManager[Pool]:
    """Open the pool that the configuration asks for."""
    if context.config.ray is not None:
        return rays(context)
    if context.config.workers > 1:
        return _processes(context)
    return _in_process(context)


class InProcessPool:
    """Evaluates one candidate at a time, in the process of the search."""

    size = 1

    def __init__(self, context: SearchContext) -> None:
        self._worker = Worker(context)

    def submit(self, job: Job) -> Future[Result]:
        """Evaluate the candidate at once; the future is already done."""
        done: Future[Result] = Future()
        done.set_result(self._worker.evaluate(job))
        return done


@contextmanager
def _in_process(context: SearchContext) -> Iterator[Pool]:
    yield InProcessPool(context)


class _Processes:
    def __init__(self, executor: ProcessPoolExecutor, size: int) -> None:
        self._executor, self.size = executor, size

    def submit(self, job: Job) -> Future[Result]:
        with _interrupts_held():
            return self._executor.submit(_evaluate, job)


@contextmanager
def _interrupts_held() -> Iterator[None]:
    """Let processes that start in the block ignore Ctrl-C, which the process of the search handles.

    They inherit the blocked signal. One that arrives meanwhile is delivered after the block.
    """
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


@contextmanager
def _processes(context: SearchContext) -> Iterator[Pool]:
    # Spawned, not forked: torch's and BLAS's threads do not survive a fork.
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
    """End this process when its parent is gone; otherwise it would wait for work forever."""
    parent = multiprocessing.parent_process()
    assert parent is not None
    parent.join()
    os._exit(1)
