"""Packages and megabytes of an install, and CPU seconds to start, before and after a revision.

    python benchmarks/install_size.py 98f355f HEAD

Rewrites benchmarks/results/install_size.md. Each revision is installed without extras into a fresh
virtual environment, beside the same torch; the last one's extras follow one by one. A virtual
environment takes 1.3 GB of the temporary folder and is deleted in the end.
"""

import argparse
import json
import os
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

RESULT = Path(__file__).parent / "results" / "install_size.md"
FRONT = Path(__file__).parent / "results" / "fronts" / "digits"
TORCH = "torch==2.13.0"
EXTRAS = ("parego", "report")
REPEATS = 3
IMPORTS = ("import tinypareto", "from tinypareto.samplers import ARSSampler")
COMMANDS: tuple[tuple[str, ...], ...] = (
    ("--help",),
    ("search", "--help"),
    ("boards",),
    ("datasets",),
    ("front", str(FRONT)),
    ("nets",),
    ("bench", "list"),
)
LISTED = """
import importlib.metadata, json
print(json.dumps({d.metadata["Name"]: d.version for d in importlib.metadata.distributions()}))
"""


@dataclass(frozen=True)
class Install:
    """A virtual environment.

    Attributes:
        folder: Its folder.
        source: The project's tree that is installed in it.
    """

    folder: Path
    source: Path

    @property
    def python(self) -> str:
        """Its interpreter."""
        return str(self.folder / "bin" / "python")

    def add(self, *requirements: str) -> None:
        """Install further packages."""
        subprocess.run([self.python, "-m", "pip", "install", "-q", *requirements], check=True)

    def packages(self) -> dict[str, str]:
        """Versions by name, without pip."""
        done = subprocess.run([self.python, "-I", "-c", LISTED], capture_output=True, check=True)
        found: dict[str, str] = json.loads(done.stdout)
        return {name: version for name, version in found.items() if name != "pip"}

    def megabytes(self) -> float:
        """Size of the files of all packages, bytecode included, without pip."""
        (packages,) = self.folder.glob("lib/python*/site-packages")
        files = (path for path in packages.rglob("*") if path.is_file())
        kept = (f for f in files if not f.relative_to(packages).parts[0].startswith("pip"))
        return sum(file.stat().st_size for file in kept) / 1e6


def install(place: Path, revision: str) -> Install:
    """A fresh environment with torch and a revision of the project, without extras."""
    source = place / "source"
    archive = subprocess.run(["git", "archive", revision], capture_output=True, check=True).stdout
    (place / "source.tar").write_bytes(archive)
    with tarfile.open(place / "source.tar") as tar:
        tar.extractall(source, filter="data")
    subprocess.run([sys.executable, "-m", "venv", str(place / "venv")], check=True)
    made = Install(place / "venv", source)
    made.add(TORCH)
    made.add(str(source))
    return made


def cpu_seconds(command: Sequence[str]) -> float:
    """The least of some runs: CPU time of all threads, in the user's code and the kernel."""
    best = float("inf")
    for _ in range(REPEATS):
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            raise SystemExit(f"{command} failed")
        best = min(best, used.ru_utime + used.ru_stime)
    return best


def starts(python: str) -> dict[str, float]:
    """CPU seconds by import and command."""
    found = {line: cpu_seconds([python, "-I", "-c", line]) for line in ("import torch", *IMPORTS)}
    for arguments in COMMANDS:
        name = " ".join(Path(argument).name for argument in arguments)
        found[f"tinypareto {name}"] = cpu_seconds([python, "-I", "-m", "tinypareto", *arguments])
    return found


def table(head: str, rows: Sequence[Sequence[str]]) -> str:
    """A table in Markdown."""
    rule = "|---" * (head.count("|") - 1) + "|"
    return "\n".join([head, rule, *(f"| {' | '.join(row)} |" for row in rows)])


def size_row(what: str, made: Install) -> list[str]:
    """One line of the first table."""
    return [what, str(len(made.packages())), f"{made.megabytes():.0f} MB"]


def main() -> None:
    """Install, measure, write the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("before")
    parser.add_argument("after")
    revisions = parser.parse_args()
    with tempfile.TemporaryDirectory() as first, tempfile.TemporaryDirectory() as second:
        before = install(Path(first), revisions.before)
        after = install(Path(second), revisions.after)
        gone = sorted(before.packages().keys() - after.packages().keys())
        sizes = [size_row("before", before), size_row("after", after)]
        slow, fast = starts(before.python), starts(after.python)
        for extra in EXTRAS:
            after.add(f"{after.source}[{extra}]")
            sizes.append(size_row(f"after, with {extra}", after))
        versions = after.packages()
    rows = [[f"`{name}`", f"{slow[name]:.2f} s", f"{fast[name]:.2f} s"] for name in slow]
    RESULT.write_text(f"""# Size of an install, and the time to start

Command: `python benchmarks/install_size.py {revisions.before} {revisions.after}`; \
{", ".join(f"{name} {versions[name]}" for name in ("torch", "optuna", "botorch", "plotly"))}, \
Python {sys.version.split()[0]}.

{table("| install | packages | size |", sizes)}

{table("| CPU time to start | before | after |", rows)}

No longer installed: {", ".join(gone)}. The extras are added one after the other; pip is left out.

CPU time is that of all threads, the least of {REPEATS} runs, at a load of \
{os.getloadavg()[0]:.0f} on {os.cpu_count()} cores. On a busy machine everything takes up to twice \
the CPU time of an idle one, and a difference of a fifth is noise.
""")


if __name__ == "__main__":
    main()
