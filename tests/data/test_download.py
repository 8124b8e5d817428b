"""Downloads against a server on this machine, with files made here."""

import hashlib
import io
import threading
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tinypareto.data import cifar10, load, uea
from tinypareto.data.download import Remote, default_folder, fetch
from tinypareto.errors import DataError

TRAIN = "@classLabel true a b\n@data\n1,2:a\n3,4:b\n"
TEST = "@classLabel true a b\n@data\n5,6:b\n"


class Handler(SimpleHTTPRequestHandler):
    """Serves a folder; a path that starts with /cut ends early."""

    def log_message(self, *arguments: object) -> None:
        pass

    def do_GET(self) -> None:
        if not self.path.startswith("/cut"):
            return super().do_GET()
        self.send_response(200)
        self.send_header("Content-Length", "1000")
        self.end_headers()
        self.wfile.write(b"short")
        return None


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Path, str]]:
    """A served folder and its address."""
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    folder = tmp_path / "site"
    folder.mkdir()
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Handler, directory=str(folder))) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield folder, f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    return tmp_path / "cache" / "inner"


def zipped(**files: str) -> bytes:
    raw = io.BytesIO()
    with zipfile.ZipFile(raw, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in files.items():
            archive.writestr(f"sub/{name}.ts", text)
    return raw.getvalue()


ERING = zipped(ERing_TRAIN=TRAIN, ERing_TEST=TEST)


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def anything(path: Path) -> None:
    pass


def test_a_file_is_downloaded_once_and_its_hash_recorded(
    site: tuple[Path, str], cache: Path
) -> None:
    folder, address = site
    (folder / "a.bin").write_bytes(b"content")
    remote = Remote(f"{address}/a.bin", "a.bin")
    path = fetch(remote, cache, anything)
    (folder / "a.bin").unlink()
    assert fetch(remote, cache, anything).read_bytes() == b"content"
    digest = hashlib.sha256(b"content").hexdigest()
    assert (cache / "a.bin.sha256").read_text() == f"{digest}  a.bin\n"
    path.write_bytes(b"changed")
    with pytest.raises(DataError, match=r"is damaged .* delete it"):
        fetch(remote, cache, anything)


def refuse(path: Path) -> None:
    raise DataError("not this one")


def interrupt(path: Path) -> None:
    raise KeyboardInterrupt


Case = tuple[str, Callable[[Remote], Remote], Callable[[Path], None], str]
BAD: dict[str, Case] = {
    "not there": ("none", lambda r: r, anything, "answers 404 .* or put a.bin into"),
    "cut short": ("cut", lambda r: r, anything, "ended after 5 of 1000 bytes|cannot be reached"),
    "hash": ("a.bin", lambda r: replace(r, sha256="0" * 64), anything, "has SHA-256 .* wanted 000"),
    "size": ("a.bin", lambda r: replace(r, bytes=8), anything, "has 7 bytes, wanted 8"),
    "content": ("a.bin", lambda r: r, refuse, "not this one"),
    "no network": (
        "a.bin",
        lambda r: replace(r, address="http://127.0.0.1:9/"),
        anything,
        "reached",
    ),
}


@pytest.mark.parametrize("case", BAD)
def test_nothing_is_left_of_a_bad_download(site: tuple[Path, str], cache: Path, case: str) -> None:
    folder, address = site
    (folder / "a.bin").write_bytes(b"content")
    path, change, check, message = BAD[case]
    with pytest.raises(DataError, match=message) as refusal:
        fetch(change(Remote(f"{address}/{path}", "a.bin")), cache, check)
    assert "\n" not in str(refusal.value)
    assert names(cache) == []


def test_nothing_is_left_after_ctrl_c(site: tuple[Path, str], cache: Path) -> None:
    (site[0] / "a.bin").write_bytes(b"content")
    with pytest.raises(KeyboardInterrupt):
        fetch(Remote(f"{site[1]}/a.bin", "a.bin"), cache, interrupt)
    assert names(cache) == []


def test_the_cache_is_the_users(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert default_folder() == tmp_path / "tinypareto"
    monkeypatch.delenv("XDG_CACHE_HOME")
    assert default_folder() == Path.home() / ".cache" / "tinypareto"


@pytest.fixture
def archive(site: tuple[Path, str], monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder that stands for the archive's site."""
    monkeypatch.setattr(uea, "ADDRESS", site[1] + "/{name}.zip")
    return site[0]


def test_uea_downloads_once(archive: Path, cache: Path) -> None:
    (archive / "ERing.zip").write_bytes(ERING)
    data = load("uea:ERing", folder=cache)
    (archive / "ERing.zip").unlink()
    assert (data.name, data.x_test.tolist()) == ("ERing", [[[5, 6]]])
    assert load("uea:ERing", folder=cache).x_train.tolist() == data.x_train.tolist()
    assert names(cache) == ["ERing.zip", "ERing.zip.sha256"]


@pytest.mark.parametrize("inside", [".", "ERing"])
def test_uea_reads_unpacked_files_without_a_network(cache: Path, inside: str) -> None:
    (cache / inside).mkdir(parents=True)
    (cache / inside / "ERing_TRAIN.ts").write_text(TRAIN)
    (cache / inside / "ERing_TEST.ts").write_text(TEST)
    assert load("uea:ERing", folder=cache).class_names == ("a", "b")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"<html>", r"cannot be read as .zip"),
        (ERING[:-40], r"cannot be read as .zip"),
        (zipped(ERing_TRAIN=TRAIN), r"ERing.zip: has no ERing_TEST.ts"),
    ],
)
def test_uea_keeps_no_bad_archive(archive: Path, cache: Path, content: bytes, message: str) -> None:
    (archive / "ERing.zip").write_bytes(content)
    with pytest.raises(DataError, match=message):
        load("uea:ERing", folder=cache)
    assert names(cache) == []


def test_unknown_uea_names_are_answered_with_near_ones(cache: Path) -> None:
    with pytest.raises(DataError, match=r"unknown data set 'uea:Ering2'; did you mean ERing"):
        load("uea:Ering2", folder=cache)
    with pytest.raises(DataError, match="uea:NAME"):
        load("uea", folder=cache)
    assert not cache.exists()


def test_cifar10_is_checked_against_its_hash(
    site: tuple[Path, str], cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (site[0] / "c.tar.gz").write_bytes(b"something else")
    remote = replace(cifar10.REMOTE, address=f"{site[1]}/c.tar.gz")
    for wanted, message in ((remote, "has 14 bytes"), (replace(remote, bytes=0), "has SHA-256")):
        monkeypatch.setattr(cifar10, "REMOTE", wanted)
        with pytest.raises(DataError, match=message):
            load("cifar10", folder=cache)
    assert names(cache) == []
