"""The files of a study, as the real optuna-dashboard serves them."""

import errno
import io
import json
import threading
import warnings
import zipfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.request import urlopen
from wsgiref.simple_server import WSGIRequestHandler, make_server

import optuna
import pytest
from optuna.artifacts import FileSystemArtifactStore

import tinypareto
from tinypareto.data.dataset import Dataset
from tinypareto.errors import StorageError
from tinypareto.resources import Limits
from tinypareto.results.front import Front
from tinypareto.study.dashboard import FOLDER, attach, attach_report
from tinypareto.study.storage import Embedded


@pytest.fixture(scope="module")
def front(series: Dataset, tmp_path_factory: pytest.TempPathFactory) -> Front:
    """Of a real search, some trials of which are infeasible."""
    return tinypareto.search(
        series,
        limits=Limits(rom_bytes=700, ram_bytes=500, flops=30_000),
        net="dscnn",
        net_options={"width": 8, "depth": 2, "reach": 1, "halvings": 0, "stride": 1},
        space={"epochs": 1},
        sampler="random",
        trials=6,
        out=str(tmp_path_factory.mktemp("shown") / "run"),
    )


class Quiet(WSGIRequestHandler):
    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture(scope="module")
def dashboard(front: Front) -> Iterator[str]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        import optuna_dashboard  # it imports BoTorch

    report = front.folder / "report.html"
    with closing(Embedded(front.folder / "study.db")) as storage:
        for text in ("older", "newer"):
            report.write_text(text)
            attach_report(front.folder, storage, report)
    app = optuna_dashboard.wsgi(
        f"sqlite:///{front.folder / 'study.db'}",
        artifact_store=FileSystemArtifactStore(front.folder / FOLDER),
    )
    with make_server("127.0.0.1", 0, app, handler_class=Quiet) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def get(address: str) -> bytes:
    with urlopen(address, timeout=60) as answer:
        content: bytes = answer.read()
        return content


@pytest.fixture(scope="module")
def study(dashboard: str) -> dict[str, Any]:
    (summary,) = json.loads(get(f"{dashboard}/api/studies"))["study_summaries"]
    found: dict[str, Any] = json.loads(get(f"{dashboard}/api/studies/{summary['study_id']}"))
    return {**found, "files": f"{dashboard}/artifacts/{summary['study_id']}"}


def test_objectives_have_names_and_constraints_are_shown(study: dict[str, Any]) -> None:
    assert study["objective_names"] == ["error", "rom", "ram", "flops"]
    for trial in study["trials"]:
        shown = {attr["key"]: attr["value"] for attr in trial["user_attrs"]}
        shares = json.loads(shown["share of limit"])
        assert set(shares) == {"rom", "ram", "flops"}
        assert (max(shares.values()) > 1) == (trial["state"] == "Pruned")
    assert {trial["state"] for trial in study["trials"]} == {"Pruned", "Complete"}


def test_trials_have_their_c(study: dict[str, Any], front: Front) -> None:
    point = front.points[0]
    trial = next(trial for trial in study["trials"] if trial["number"] == point.number)
    files = {
        meta["filename"]: get(f"{study['files']}/{trial['trial_id']}/{meta['artifact_id']}")
        for meta in trial["artifacts"]
    }
    sources = front.folder / point.path / "c"
    assert files["model.h"] == (sources / "model.h").read_bytes()
    with zipfile.ZipFile(io.BytesIO(files[f"trial-{point.number:04d}-c.zip"])) as archive:
        assert {name: archive.read(name) for name in archive.namelist()} == {
            file.name: file.read_bytes() for file in sources.iterdir()
        }


def test_the_study_has_its_latest_report(study: dict[str, Any]) -> None:
    (report,) = study["artifacts"]
    assert report["filename"] == "report.html"
    assert get(f"{study['files']}/{report['artifact_id']}") == b"newer"


def test_a_study_that_was_removed_is_named_when_files_are_attached(tmp_path: Path) -> None:
    with closing(Embedded(tmp_path / "study.db")) as storage:
        trial = optuna.create_study(storage=storage.rdb).ask()
        (tmp_path / "study.db").unlink()
        with pytest.raises(StorageError, match=r"study\.db: cannot be used as a study \(attempt"):
            attach(tmp_path, trial, {"c/model.h": b"int x;"})


def test_a_full_disk_names_the_folder_of_the_artifacts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(FileSystemArtifactStore, "write", full)
    with closing(Embedded(tmp_path / "study.db")) as storage:
        trial = optuna.create_study(storage=storage.rdb).ask()
        with pytest.raises(OSError, match="No space left") as caught:
            attach(tmp_path, trial, {"c/model.h": b"int x;"})
    assert caught.value.filename == str(tmp_path / FOLDER)
