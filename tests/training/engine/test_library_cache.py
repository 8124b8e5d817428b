from pathlib import Path

import pytest

from tinypareto.data.download import default_folder
from tinypareto.targets.host import find_compiler
from tinypareto.training.engine import kernels as kernels_module
from tinypareto.training.engine.library_cache import cached_library, compiler_identity, machine


class Builder:
    """Counts what it builds."""

    def __init__(self) -> None:
        self.built = 0

    def __call__(self) -> bytes:
        self.built += 1
        return b"a library"


def test_built_once_for_each_of_what_it_is_made_of(tmp_path: Path) -> None:
    build = Builder()
    first, again, other = (cached_library(tmp_path / "new", [c], build) for c in ("a", "a", "b"))
    assert first == again != other
    assert build.built == 2
    assert first.read_bytes() == b"a library"


@pytest.mark.parametrize("damaged", [b"", b"a librar", b"a librarz"])
def test_a_damaged_one_is_built_anew(tmp_path: Path, damaged: bytes) -> None:
    build = Builder()
    cached_library(tmp_path, ["a"], build).write_bytes(damaged)
    path = cached_library(tmp_path, ["a"], build)
    assert path.read_bytes() == b"a library"
    assert build.built == 2
    assert list(tmp_path.iterdir()) == [path]


def test_a_compiler_is_told_by_more_than_its_name() -> None:
    before = compiler_identity(("cc", __file__))
    assert before != compiler_identity(("cc", "other.py"))
    assert before == compiler_identity(("cc", __file__))
    assert machine() == machine()


@pytest.mark.device
@pytest.mark.skipif(find_compiler() is None, reason="no C compiler here")
@pytest.mark.parametrize("usable", [True, False])
def test_kernels_without_a_cache_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, usable: bool
) -> None:
    home = tmp_path / "home"
    if not usable:
        home.write_text("a file, no folder")
    monkeypatch.setattr(kernels_module, "FLAGS", ())  # the compiler is faster with fewer
    monkeypatch.setenv("XDG_CACHE_HOME", str(home))
    assert kernels_module.kernels.__wrapped__() is not None
    assert (default_folder() / "kernels").is_dir() == usable
