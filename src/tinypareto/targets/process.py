"""Runs compilers; an error of theirs becomes one line."""

import functools
import os
import shlex
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

from tinypareto.errors import ToolchainError

TIMEOUT_S = 300


def call(command: Sequence[str], directory: Path, tool: str) -> None:
    """Run a command in a folder.

    Args:
        command: Program and arguments.
        directory: Working directory of the program.
        tool: Name of the program in messages.

    Raises:
        ToolchainError: The program cannot be started, takes too long, or reports an error.
    """
    caches = {f"ZIG_{scope}_CACHE_DIR": zig_cache().name for scope in ("GLOBAL", "LOCAL")}
    try:
        finished = subprocess.run(
            command,
            cwd=directory,
            env={**caches, **os.environ},
            capture_output=True,
            text=True,
            errors="replace",
            timeout=TIMEOUT_S,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as problem:
        raise ToolchainError(f"{tool}: {problem}; check the command") from problem
    if finished.returncode:
        lines = [line for line in (finished.stderr + finished.stdout).splitlines() if line.strip()]
        said = next((line for line in lines if "error" in line), lines[0] if lines else "nothing")
        raise ToolchainError(
            f"{tool} refused the C in {directory}: {said.strip()}; "
            f"to see all, run there: {shlex.join(command)}"
        )


@functools.cache
def zig_cache() -> "tempfile.TemporaryDirectory[str]":
    """A folder for zig's caches, outside of the user's home; it is removed with the process."""
    return tempfile.TemporaryDirectory(prefix="tinypareto-zig-", ignore_cleanup_errors=True)
