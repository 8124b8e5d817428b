"""The number of processes that this machine has room for."""

import os
import warnings
from pathlib import Path

MOST = 8
"""With more processes at a time, candidates are proposed from too few results."""
MEMORY = 2**30
"""Bytes of a process: torch and a training of small networks take half of it, data the rest."""
CGROUP = Path("/sys/fs/cgroup/memory.max")
"""File of a Linux container with the bytes of memory that it may use."""


def fitting_processes() -> int:
    """Physical cores that this process may use, at most `MOST`, and as the memory allows."""
    # Its packages take half a second, and the help of the commands must not wait.
    from joblib import cpu_count

    with warnings.catch_warnings():
        # Where physical cores cannot be counted, all of them count.
        warnings.simplefilter("ignore")
        cores = int(cpu_count(only_physical_cores=True))
    memory = _memory()
    fitting = MOST if memory is None else memory // MEMORY
    return max(1, min(cores, MOST, fitting))


def _memory() -> int | None:
    """Bytes of memory, or of the container's share; None where the system does not say."""
    try:
        known = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError, OSError):
        return None
    try:
        return min(known, int(CGROUP.read_text()))
    except (OSError, ValueError):
        return known
