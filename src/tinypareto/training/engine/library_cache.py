"""Compiled code that outlives the process, in the user's cache folder."""

import hashlib
import platform
from collections.abc import Callable, Iterator, Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from tinypareto.atomic_files import write_atomic

CPU = Path("/proc/cpuinfo")
CPU_LINES = ("model name", "flags", "Features", "CPU part")


def kept(folder: Path, made_of: Sequence[str], build: Callable[[], bytes]) -> Path:
    """The file of a shared library, built where there is none or a damaged one.

    Args:
        folder: Of such files; made where it is missing.
        made_of: All that decides what the library is.
        build: Compiles it.

    Returns:
        A file whose name says what it was made of and what it holds.

    Raises:
        OSError: The folder cannot be used.
    """
    key = _digest("\0".join(made_of).encode())
    for path in folder.glob(f"{key}-*.so"):
        # To load half a library would end the process.
        if path.stem == f"{key}-{_digest(path.read_bytes())}":
            return path
        path.unlink(missing_ok=True)
    folder.mkdir(parents=True, exist_ok=True)
    content = build()
    path = folder / f"{key}-{_digest(content)}.so"
    write_atomic(path, content)
    return path


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:32]


def machine() -> str:
    """What decides the instructions that a compiler chooses for this machine."""
    lines = CPU.read_text(encoding="utf-8", errors="replace") if CPU.exists() else ""
    told = {line for line in lines.splitlines() if line.startswith(CPU_LINES)}
    return "\n".join([platform.platform(), platform.processor(), *sorted(told)])


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
