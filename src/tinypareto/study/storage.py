"""Storage of a study, and ownership of its unfinished trials.

An embedded study is a SQLite file with a single writer. The writer holds the lock of the result
folder, so any trial that it finds running was left by a process that no longer exists.

A shared study is in a PostgreSQL database where workers come and go. A worker records a heartbeat
for each of its running trials every few seconds. A trial whose heartbeat has stopped is claimed by
another worker and run again. Claiming and ending a trial happen under an advisory lock, one worker
at a time.
"""

import hashlib
import logging
import socket
import sqlite3
import threading
import time
import uuid
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from pathlib import Path
from typing import Any, Protocol

import optuna
import sqlalchemy
from optuna.exceptions import OptunaError, StorageInternalError
from optuna.storages._rdb.models import TrialHeartbeatModel
from optuna.trial import FrozenTrial
from sqlalchemy.exc import IntegrityError, ProgrammingError, SQLAlchemyError

from tinypareto.config.storage_url import driver_url, without_password
from tinypareto.errors import ConfigError, StorageError
from tinypareto.study.batched_storage import BatchedStorage

EMBEDDED_NAME = "tinypareto"
_WAIT_S = 60
"""SQLite waits this many seconds while another process, such as a dashboard, locks the file."""
SILENT_BEATS = 6
"""A trial is run again after this many heartbeats were missed."""
_TRIES = 6
"""Attempts to open a database whose tables another process may be creating."""
_SESSION = (
    # Within a minute, the server must notice that a machine is gone and release its lock.
    "-c tcp_keepalives_idle=20 -c tcp_keepalives_interval=10 -c tcp_keepalives_count=3"
)

_logger = logging.getLogger(__name__)


class Storage(Protocol):
    """A database with one study in it.

    Attributes:
        location: Name of the database in messages, without a password.
        study: Name of the study.
        rdb: Optuna's storage object for the database.
        owner: Identifies this process as the owner of its trials; empty if no other process can
            run trials.
    """

    location: str
    study: str
    rdb: BatchedStorage
    owner: str

    def exclusive(self) -> AbstractContextManager[None]:
        """Keep other processes from claiming or ending a trial inside the block."""
        ...

    def abandoned(self, trials: Sequence[FrozenTrial]) -> list[FrozenTrial]:
        """Select the running trials whose process is gone; call it inside `exclusive`."""
        ...

    def begin(self, trial_id: int) -> None:
        """Claim a trial: this process runs it from now on."""
        ...

    def end(self, trial_id: int) -> None:
        """Release a trial: this process no longer runs it."""
        ...

    def close(self) -> None:
        """Close the connection to the database."""
        ...


class Embedded:
    """A SQLite file with a single writer.

    Args:
        file: The file; it is created if it is missing.

    Raises:
        StorageError: The file is damaged, or another version of Optuna wrote it.
    """

    owner = ""
    study = EMBEDDED_NAME

    def __init__(self, file: Path) -> None:
        self.location = str(file)
        # An address would give '?', '#' and '%' in the path a meaning, so the path never becomes
        # one. An absolute path cannot be taken for a "file:" address by SQLite either.
        connect = partial(
            sqlite3.connect, file.absolute(), timeout=_WAIT_S, check_same_thread=False
        )
        with translate_storage_errors(self.location, RuntimeError):
            self.rdb = _opened("sqlite:///study.db", {"creator": connect})

    @contextmanager
    def exclusive(self) -> Iterator[None]:
        """Do nothing: the lock of the result folder keeps other processes away."""
        yield

    def abandoned(self, trials: Sequence[FrozenTrial]) -> list[FrozenTrial]:
        """Return all trials: without another writer, nobody else can be running them."""
        return list(trials)

    def begin(self, trial_id: int) -> None:
        """Do nothing: no other process can claim the trial."""

    def end(self, trial_id: int) -> None:
        """Do nothing: there was no claim to release."""

    def close(self) -> None:
        """Close the file."""
        self.rdb.remove_session()
        self.rdb.engine.dispose()


class Shared:
    """A PostgreSQL database to which workers on any machine write.

    Args:
        url: Address checked by `storage_url.checked`; may contain a password.
        study: Name of the study.
        heartbeat: Seconds between two heartbeats; also an attribute that may be set later.

    Raises:
        ConfigError: The driver is not installed.
        StorageError: The database cannot be reached or used.
    """

    def __init__(self, url: str, study: str, heartbeat: int) -> None:
        self.location, self.study = f"study {study!r} in {without_password(url)}", study
        self.owner = f"{socket.gethostname()}:{uuid.uuid4().hex[:12]}"
        self.heartbeat = heartbeat
        arguments = {"connect_timeout": 30, "options": _SESSION}
        try:
            self.rdb = _opened(driver_url(url), {"connect_args": arguments, "pool_pre_ping": True})
        except ImportError as cause:
            raise ConfigError(
                "--storage: PostgreSQL's driver is missing; pip install 'tinypareto[postgres]'"
            ) from cause
        except (SQLAlchemyError, RuntimeError) as cause:
            raise StorageError(
                f"{self.location}: cannot be used ({reason(cause)}); check the address and, where "
                "a password is needed, PGPASSWORD or ~/.pgpass"
            ) from None
        self._running: set[int] = set()
        self._stop = threading.Event()
        self._beats = threading.Thread(target=self._beat, name="heartbeat", daemon=True)
        # PostgreSQL names an advisory lock by a signed 64-bit integer: one for each study.
        name = hashlib.sha256(f"tinypareto {study}".encode()).digest()
        self._key = int.from_bytes(name[:8], signed=True)

    @contextmanager
    def exclusive(self) -> Iterator[None]:
        """Hold an advisory lock, which the server releases if this process or machine is gone."""
        with self.rdb.engine.begin() as connection:
            lock = sqlalchemy.text("SELECT pg_advisory_xact_lock(:key)")
            connection.execute(lock, {"key": self._key})
            yield

    def abandoned(self, trials: Sequence[FrozenTrial]) -> list[FrozenTrial]:
        """Select the trials without a heartbeat, or with none for `SILENT_BEATS` intervals.

        A trial without any heartbeat was not claimed just now, because a claim records the first
        heartbeat before it releases the lock. All times are the server's, so that the clocks of
        the workers need not agree.
        """
        table = TrialHeartbeatModel
        ids = [t._trial_id for t in trials]
        beats = sqlalchemy.select(table.trial_id, table.heartbeat).where(table.trial_id.in_(ids))
        with self.rdb.engine.connect() as connection:
            now = connection.execute(sqlalchemy.select(sqlalchemy.func.now())).scalar_one()
            last = {row.trial_id: row.heartbeat for row in connection.execute(beats)}
        now = now.replace(tzinfo=None)
        limit = SILENT_BEATS * self.heartbeat
        silent = {i for i in ids if i not in last or (now - last[i]).total_seconds() > limit}
        return [t for t in trials if t._trial_id in silent]

    def begin(self, trial_id: int) -> None:
        """Record heartbeats for the trial from now on, the first one at once."""
        self.rdb.record_heartbeat(trial_id)
        self._running.add(trial_id)
        if not self._beats.is_alive():
            self._beats.start()

    def end(self, trial_id: int) -> None:
        """Stop recording heartbeats for the trial."""
        self._running.discard(trial_id)

    def close(self) -> None:
        """Stop all heartbeats and close the connections."""
        self._stop.set()
        if self._beats.is_alive():
            self._beats.join()
        self.rdb.remove_session()
        self.rdb.engine.dispose()

    def _beat(self) -> None:
        while not self._stop.wait(self.heartbeat):
            for trial_id in list(self._running):
                try:
                    self.rdb.record_heartbeat(trial_id)
                # The database may be back at the next beat; if not, ending the trial reports it.
                except (SQLAlchemyError, StorageInternalError) as error:
                    _logger.warning("%s: no heartbeat: %s", self.location, reason(error))
        self.rdb.remove_session()


def _opened(url: str, options: dict[str, Any]) -> BatchedStorage:
    # Optuna logs a warning before it raises the same error, which our own message then explains.
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    for _ in range(_TRIES - 1):
        try:
            return BatchedStorage(url, options)
        # Another process may be creating the tables of a new database at this moment.
        except (IntegrityError, ProgrammingError):
            time.sleep(0.5)
    return BatchedStorage(url, options)


@contextmanager
def translate_storage_errors(location: str, *more: type[Exception]) -> Iterator[None]:
    """Turn database errors raised inside the block into a `StorageError`.

    Args:
        location: Name of the database in the message.
        *more: Additional exception types to treat as a database failure.

    Raises:
        StorageError: The database failed.
    """
    failures: tuple[type[Exception], ...] = (SQLAlchemyError, OptunaError, *more)
    try:
        yield
    except failures as error:
        cause = reason(error)
        step = "restore it from a copy, or start another search"
        if "disk is full" in cause:
            step = "free some space and continue with --resume"
        raise StorageError(f"{location}: cannot be used as a study ({cause}); {step}") from error


def reason(error: BaseException) -> str:
    """Describe in one line why a database failed, in the driver's words if it gave any."""
    cause = error.__cause__ if isinstance(error, StorageInternalError) else error
    original = getattr(cause, "orig", None) or cause or error
    return " ".join(str(original).split()) or type(original).__name__
