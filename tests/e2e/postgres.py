"""A real PostgreSQL of one test: a cluster of its own on a free port of the loopback."""

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

PASSWORD = "s3cret-of-the-test"
MISSING = "no PostgreSQL here: apt-get install postgresql"


def find() -> Path | None:
    """Folder of PostgreSQL's programs: the PATH's, or Debian's newest."""
    found = shutil.which("initdb")
    if found is not None:
        return Path(found).parent
    places = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    return places[-1].parent if places else None


@contextmanager
def server() -> Iterator[str]:
    """The address of a fresh database, password included.

    PostgreSQL refuses to run as root; then it runs as Debian's user postgres.
    """
    programs = find()
    assert programs is not None, MISSING
    with tempfile.TemporaryDirectory(prefix="tinypareto-pg-") as temporary:
        folder = Path(temporary)
        (folder / "password").write_text(PASSWORD)
        if os.geteuid() == 0:
            shutil.chown(folder, "postgres", "postgres")
            shutil.chown(folder / "password", "postgres")
        data, port = folder / "data", _free_port()
        settings = f"-p {port} -h 127.0.0.1 -k {folder} -c fsync=off -c shared_buffers=16MB"
        secret = f"--pwfile={folder / 'password'}"
        _run(programs / "initdb", "-D", data, "-U", "tp", "--auth=scram-sha-256", secret, "-N")
        _run(programs / "pg_ctl", "-D", data, "-w", "-l", folder / "log", "-o", settings, "start")
        try:
            yield f"postgresql://tp:{PASSWORD}@127.0.0.1:{port}/postgres"
        finally:
            _run(programs / "pg_ctl", "-D", data, "-m", "immediate", "stop")


def _run(*command: object) -> None:
    user = "postgres" if os.geteuid() == 0 else None
    done = subprocess.run(
        [str(part) for part in command],
        user=user,
        cwd="/",
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
