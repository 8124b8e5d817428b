"""Starts real commands by forking: everything is imported once, so a start takes milliseconds.

Run as a script it reads one JSON request a line and answers each with one line:

    {"start": ["search", ...], "log": FILE, "die": null | {"at": "file" | "commit", "count": n}}
        -> the process's number. It kills itself with SIGKILL at its n-th change of a file below
        the working folder, or just after its n-th commit to a database began.
    {"wait": number} -> its exit code; -9 where it was killed
"""

import importlib
import json
import os
import pkgutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

CHANGES = {"os.rename", "os.mkdir", "os.chmod", "os.remove", "os.rmdir", "shutil.rmtree"}
WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT


class Forks:
    """The other side: starts commands and waits for them."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._server = subprocess.Popen(
            [sys.executable, __file__],
            cwd=folder,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def start(self, arguments: str, die: Mapping[str, Any] | None = None) -> int:
        """Start a command; its output goes to `log` in the folder."""
        log = str(self._folder / "log")
        return self._ask({"start": arguments.split(), "log": log, "die": die})

    def wait(self, number: int) -> int:
        """Its exit code, once it ended."""
        return self._ask({"wait": number})

    def run(self, arguments: str, die: Mapping[str, Any] | None = None) -> int:
        """Both."""
        return self.wait(self.start(arguments, die))

    def log(self) -> str:
        """What all commands printed."""
        return (self._folder / "log").read_text()

    def close(self) -> None:
        """End the server."""
        self._server.communicate()

    def _ask(self, request: dict[str, Any]) -> int:
        assert self._server.stdin is not None
        assert self._server.stdout is not None
        print(json.dumps(request), file=self._server.stdin, flush=True)
        return int(self._server.stdout.readline())


def _import_all() -> None:
    from optuna.storages import RDBStorage

    import tinypareto

    for module in pkgutil.walk_packages(tinypareto.__path__, "tinypareto."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)
    RDBStorage("sqlite://")


def _serve() -> None:
    _import_all()
    for line in sys.stdin:
        request = json.loads(line)
        if "wait" in request:
            _, status = os.waitpid(request["wait"], 0)
            print(os.waitstatus_to_exitcode(status), flush=True)
        else:
            number = os.fork()
            if number == 0:
                _child(request["start"], request["log"], request["die"])
            print(number, flush=True)


def _child(arguments: Sequence[str], log: str, die: Mapping[str, Any] | None) -> None:
    code = 70
    try:
        null, out = (
            os.open(os.devnull, os.O_RDONLY),
            os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND),
        )
        for stream, target in enumerate((null, out, out)):
            os.dup2(target, stream)
        if die is not None:
            {"file": _die_at_file, "commit": _die_at_commit}[die["at"]](die["count"])
        from tinypareto.cli import main

        code = main(arguments)
        sys.stdout.flush()
    finally:
        os._exit(code)


def _die_at_file(count: int) -> None:
    left, folder = count, str(Path.cwd())

    def hook(event: str, arguments: tuple[Any, ...]) -> None:
        nonlocal left
        opens = event == "open" and (arguments[2] or 0) & WRITES
        changes = opens or event in CHANGES
        if changes and str(arguments[0]).startswith(folder):
            left -= 1
            if left == 0:
                os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(hook)


def _die_at_commit(count: int) -> None:
    from sqlalchemy import event
    from sqlalchemy.engine import Engine

    left = count

    def hook(_: object) -> None:
        nonlocal left
        left -= 1
        if left == 0:
            threading.Thread(target=_die_soon).start()

    event.listen(Engine, "commit", hook)


def _die_soon() -> None:
    # A commit takes some milliseconds, most of them in the system's fsync.
    time.sleep(int.from_bytes(os.urandom(1)) / 255 * 0.003)
    os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    _serve()
