"""Where a study is kept, and whose its unfinished trials are.

In a file (SQLite), one process writes: it holds the folder's lock, so a trial that it finds running
was left by one that is gone. In a shared database (PostgreSQL) workers come and go: one that runs
a trial says every few seconds that it is alive, and a trial that is silent is run again.
"""

import hashlib
import logging
import socket
import threading
import time
import uuid
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
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
_WAIT = {"timeout": 60}
"""Seconds that SQLite waits while another process, such as a dashboard, holds the file."""
SILENT_BEATS = 6
"""A trial is run again after so many heartbeats were missed."""
_TRIES = 6
_SESSION = (
    # The server must notice within a minute that a machine is gone, and free the lock it held.
    "-c tcp_keepalives_idle=20 -c tcp_keepalives_interval=10 -c tcp_keepalives_count=3"
)

_logger = logging.getLogger(__name__)


class Storage(Protocol):
    """A database with one study in it.

    Attributes:
        place: For messages; without a password.
        study: The study's name.
        rdb: Optuna's view of it.
        owner: Who runs trials here; empty where nobody else can.
    """

    place: str
    study: str
    rdb: BatchedStorage
    owner: str

    def alone(self) -> AbstractContextManager[None]:
        """Nobody else asks for a trial or ends one meanwhile."""
        ...

    def abandoned(self, trials: Sequence[FrozenTrial]) -> list[FrozenTrial]:
        """Those of running trials whose process is gone; to be called within `alone`."""
        ...

    def begin(self, trial_id: int) -> None:
        """This process runs the trial from now on."""
        ...

    def end(self, trial_id: int) -> None:
        """This process no longer runs the trial."""
        ...

    def close(self) -> None:
        """Leave the database."""
        ...


class Embedded:
    """A SQLite file that one process writes.

    Raises:
        StorageError: It is damaged, or of another version of Optuna.
    """

    owner = ""
    study = EMBEDDED_NAME

    def __init__(self, file: Path) -> None:
        self.place = str(file)
        with usable(self.place, RuntimeError):
            self.rdb = _opened(f"sqlite:///{file}", {"connect_args": _WAIT})

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Nothing to do: the folder's lock keeps others away."""
        yield

    def abandoned(self, trials: Sequence[FrozenTrial]) -> list[FrozenTrial]:
        """All of them."""
        return list(trials)

    def begin(self, trial_id: int) -> None:
        """Nothing."""

    def end(self, trial_id: int) -> None:
        """Nothing."""

    def close(self) -> None:
        """Close the file."""
        self.rdb.remove_session()
        self.rdb.engine.dispose()


class Shared:
    """A PostgreSQL database that workers anywhere write.

    Args:
        url: As `storage_url.checked` leaves it; may hold a password.
        study: The study's name.
        heartbeat: Seconds from one sign of life to the next; an attribute that may be set later.

    Raises:
        ConfigError: The driver is not installed.
        StorageError: The database cannot be reached or used.
    """

    def __init__(self, url: str, study: str, heartbeat: int) -> None:
        self.place, self.study = f"study {study!r} in {without_password(url)}", study
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
                f"{self.place}: cannot be used ({reason(cause)}); check the address and, where a "
                "password is needed, PGPASSWORD or ~/.pgpass"
            ) from None
        self._lives: set[int] = set()
        self._stop = threading.Event()
        self._beats = threading.Thread(target=self._beat, name="heartbeat", daemon=True)
        name = hashlib.sha256(f"tinypareto {study}".encode()).digest()
        self._key = int.from_bytes(name[:8], signed=True)

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Waits for an advisory lock, which the server frees when its holder is gone."""
        with self.rdb.engine.begin() as connection:
            lock = sqlalchemy.text("SELECT pg_advisory_xact_lock(:key)")
            connection.execute(lock, {"key": self._key})
            yield

    def abandoned(self, trials: Sequence[FrozenTrial]) -> list[FrozenTrial]:
        """Those that never gave a sign of life, or none for some time.

        A worker gives the first one before it lets go of the lock.
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
        """Give signs of life for the trial, the first one now."""
        self.rdb.record_heartbeat(trial_id)
        self._lives.add(trial_id)
        if not self._beats.is_alive():
            self._beats.start()

    def end(self, trial_id: int) -> None:
        """No more of them."""
        self._lives.discard(trial_id)

    def close(self) -> None:
        """Stop the signs of life and leave."""
        self._stop.set()
        if self._beats.is_alive():
            self._beats.join()
        self.rdb.remove_session()
        self.rdb.engine.dispose()

    def _beat(self) -> None:
        while not self._stop.wait(self.heartbeat):
            for trial_id in list(self._lives):
                try:
                    self.rdb.record_heartbeat(trial_id)
                # The database may be back at the next beat; else the trial's end reports it.
                except (SQLAlchemyError, StorageInternalError) as error:
                    _logger.warning("%s: no heartbeat: %s", self.place, reason(error))
        self.rdb.remove_session()


def _opened(url: str, options: dict[str, Any]) -> BatchedStorage:
    # What Optuna warns of, it raises a moment later, and then there is our own message.
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    for _ in range(_TRIES - 1):
        try:
            return BatchedStorage(url, options)
        # Someone else may be making the tables of a new database at this moment.
        except (IntegrityError, ProgrammingError):
            time.sleep(0.5)
    return BatchedStorage(url, options)


@contextmanager
def usable(place: str, *more: type[Exception]) -> Iterator[None]:
    """Says where a database failed.

    Args:
        place: For the message.
        more: What else means that it did.

    Raises:
        StorageError: Instead of what the database raised.
    """
    failures: tuple[type[Exception], ...] = (SQLAlchemyError, OptunaError, *more)
    try:
        yield
    except failures as error:
        raise StorageError(
            f"{place}: cannot be used as a study ({reason(error)}); restore it from a copy, or "
            "start another search"
        ) from error


def reason(error: BaseException) -> str:
    """Why a database failed, in one line: the driver's words where there are some."""
    cause = error.__cause__ if isinstance(error, StorageInternalError) else error
    original = getattr(cause, "orig", None) or cause or error
    return " ".join(str(original).split()) or type(original).__name__
