"""Imports of commands and packages, each in a process of its own."""

import subprocess
import sys
from pathlib import Path

import pytest

from tinypareto.results.front import Front

HEAVY = ("torch", "optuna", "sklearn", "scipy", "plotly", "jinja2", "botorch", "gpytorch")
OPTIONAL = ("botorch", "gpytorch", "plotly")


def python(program: str, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", program]
    return subprocess.run(command, capture_output=True, text=True, cwd=cwd)


def imported(program: str, packages: tuple[str, ...]) -> list[str]:
    """Find which of the packages a program imports."""
    done = python(f"{program}; import sys; print(*sorted({set(packages)} & sys.modules.keys()))")
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()[-1].split()


@pytest.mark.parametrize("arguments", [["--help"], ["--version"], ["search", "--help"], ["boards"]])
def test_help_needs_not_even_numpy(arguments: list[str]) -> None:
    program = f"from tinypareto.cli import main; assert main({arguments}) == 0"
    assert imported(program, (*HEAVY, "numpy")) == []


def test_tables_do_not_wait_for_torch(made_front: Front) -> None:
    for arguments in (["datasets"], ["front", str(made_front.folder)]):
        program = f"from tinypareto.cli import main; assert main({arguments}) == 0"
        assert imported(program, HEAVY) == []


def test_the_public_names_load_on_first_use() -> None:
    assert imported("import tinypareto; dir(tinypareto)", (*HEAVY, "numpy")) == []


def test_the_sampler_loads_its_solver_when_one_is_made() -> None:
    heavy = tuple(name for name in HEAVY if name != "optuna")
    assert imported("from tinypareto.samplers import ARSSampler, KnownObjectives", heavy) == []


@pytest.mark.parametrize(
    "module", ["api", "study.remote_worker", "samplers.baselines", "bench.compare", "reproduce"]
)
def test_optional_packages_are_imported_where_they_are_used(module: str) -> None:
    assert imported(f"import tinypareto.{module}", OPTIONAL) == []


def test_parego_without_botorch_starts_no_search(tmp_path: Path) -> None:
    arguments = ["search", "digits", "--sampler", "parego", "--out", "run"]
    done = python(
        "import sys; sys.modules['botorch'] = None; from tinypareto.cli import main; "
        f"sys.exit(main({arguments}))",
        cwd=tmp_path,
    )
    assert done.returncode == 2
    assert done.stderr == (
        "error: parego: BoTorch is not installed; run: pip install 'tinypareto[parego]'\n"
    )
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("arguments", [["zdt1"], ["re42", "--solvers", "turbo"]])
def test_bench_without_botorch_says_what_to_install(arguments: list[str], tmp_path: Path) -> None:
    done = python(
        "import sys; sys.modules['botorch'] = None; from tinypareto.cli import main; "
        f"sys.exit(main({['bench', 'run', *arguments]}))",
        cwd=tmp_path,
    )
    assert done.returncode == 2
    assert done.stderr.endswith(
        "error: bench: BoTorch is not installed; run: pip install 'tinypareto[bench]'\n"
    )


def test_a_report_without_plotly_says_what_to_install(made_front: Front) -> None:
    done = python(
        "import sys; sys.modules['plotly'] = None; from tinypareto.cli import main; "
        f"sys.exit(main(['report', {str(made_front.folder)!r}]))"
    )
    assert done.returncode == 2
    assert done.stderr == "error: plotly is not installed; run: pip install 'tinypareto[report]'\n"
