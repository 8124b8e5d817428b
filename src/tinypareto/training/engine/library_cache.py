"""Stores compiled libraries in a folder, so that each is compiled once."""

import hashlib
import os
import platform
import stat
from collections.abc import Callable, Iterator, Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from tinypareto.atomic_files import write_atomic

CPU = Path("/proc/cpuinfo")
CPU_LINES = ("model name", "flags", "Features", "CPU part")


class UntrustedCacheError(OSError):
    """Another user owns or can write the cache of libraries."""


def cached_library(folder: Path, identity: Sequence[str], build: Callable[[], bytes]) -> Path:
    """Find a shared library in a folder; build it if it is missing or damaged.

    Args:
        folder: Folder of libraries; created if it is missing.
        identity: Everything that determines the library: sources, flags, compiler, machine.
        build: Compiles the library and returns its content.

    Returns:
        A file whose name holds the digests of its identity and of its content.

    Raises:
        OSError: The folder cannot be used.
        UntrustedCacheError: Another user owns or can write the folder or the library in it.
    """
    key = _digest("\0".join(identity).encode())
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    _check_private(folder)
    for path in folder.glob(f"{key}-*.so"):
        _check_private(path)
        # Loading a truncated library would end the process.
        if path.stem == f"{key}-{_digest(path.read_bytes())}":
            return path
        path.unlink(missing_ok=True)
    content = build()
    path = folder / f"{key}-{_digest(content)}.so"
    write_atomic(path, content)
    # With some users' umask, their group could write it.
    path.chmod(0o644)
    return path


def _check_private(path: Path) -> None:
    """Refuse what another user could have written: loading a library runs its code."""
    if os.name != "posix":
        return
    status = path.stat()
    if status.st_uid not in (0, os.geteuid()):
        raise UntrustedCacheError(f"{path}: belongs to another user")
    if status.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
        raise UntrustedCacheError(f"{path}: other users can write it; run chmod go-w on it")


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:32]


def machine() -> str:
    """Properties of this machine that determine the instructions a compiler chooses for it."""
    lines = CPU.read_text(encoding="utf-8", errors="replace") if CPU.exists() else ""
    properties = {line for line in lines.splitlines() if line.startswith(CPU_LINES)}
    return "\n".join([platform.platform(), platform.processor(), *sorted(properties)])


def compiler_identity(command: Sequence[str]) -> str:
    """A compiler's command and version, as far as both are known without running it."""
    return "\n".join([*command, *_versions(command)])


def _versions(command: Sequence[str]) -> Iterator[str]:
    for part in command:
        if (path := Path(part)).is_file():
            stat = path.resolve().stat()
            yield f"{path.resolve()} {stat.st_size} {stat.st_mtime_ns}"
    if "ziglang" in command:
        try:
            yield version("ziglang")
        except PackageNotFoundError:
            yield "of no package"
