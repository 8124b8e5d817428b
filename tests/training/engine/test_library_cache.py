import os
from collections.abc import Callable
from pathlib import Path

import pytest

from tinypareto.data.download import default_folder
from tinypareto.targets.host import find_compiler
from tinypareto.training.engine import kernels as kernels_module
from tinypareto.training.engine.library_cache import (
    UntrustedCacheError,
    cached_library,
    compiler_identity,
    machine,
)


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


def give_away(path: Path) -> None:
    if os.geteuid() != 0:
        pytest.skip("only root can give a file to another user")
    os.chown(path, 12345, -1)


def open_to_the_group(path: Path) -> None:
    path.chmod(path.stat().st_mode | 0o020)


def open_to_all(path: Path) -> None:
    path.chmod(path.stat().st_mode | 0o002)


@pytest.mark.skipif(os.name != "posix", reason="no owners and modes here")
@pytest.mark.parametrize("expose", [give_away, open_to_the_group, open_to_all])
@pytest.mark.parametrize("exposed", ["folder", "file"])
def test_a_library_that_another_user_could_write_is_not_loaded(
    tmp_path: Path, exposed: str, expose: Callable[[Path], None]
) -> None:
    build, folder = Builder(), tmp_path / "new"
    path = cached_library(folder, ["a"], build)
    expose(folder if exposed == "folder" else path)
    with pytest.raises(UntrustedCacheError, match=str(folder)):
        cached_library(folder, ["a"], build)


@pytest.mark.skipif(os.name != "posix", reason="no owners and modes here")
def test_with_any_umask_the_cache_is_private(tmp_path: Path) -> None:
    mask = os.umask(0)
    try:
        first, again = (cached_library(tmp_path / "new", ["a"], Builder()) for _ in range(2))
    finally:
        os.umask(mask)
    assert first == again


@pytest.mark.device
@pytest.mark.skipif(find_compiler() is None, reason="no C compiler here")
def test_kernels_work_without_a_cache_that_others_can_write(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    folder = tmp_path / "tinypareto/kernels"
    folder.mkdir(parents=True)
    folder.chmod(0o777)
    monkeypatch.setattr(kernels_module, "FLAGS", ())
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert kernels_module.kernels.__wrapped__() is not None
    assert list(folder.iterdir()) == []
    assert "other users can write it" in caplog.text


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
