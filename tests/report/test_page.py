import base64
import gzip
import json
import shutil
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import optuna
import pytest
from made_folder import EVIL, make_folder

from tinypareto.cli import main
from tinypareto.errors import ResultFolderError, StorageError
from tinypareto.report import page, write_report
from tinypareto.report.content import gather, read_content
from tinypareto.report.payload import CHUNK, pack_chunks
from tinypareto.report.trials import read_history
from tinypareto.results.front import Front
from tinypareto.results.front_file import read_front

pytest.importorskip("plotly", reason="plotly is not installed")


class Reader(HTMLParser):
    """Tags, and the packed data by id; chunks under "chunk"."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.packed: dict[str, list[str]] = {}
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        tag, attributes = self.tags[-1] if self.tags else ("", {})
        if tag == "script" and attributes.get("type") and data.strip():
            name = attributes.get("id") or attributes["class"] or ""
            self.packed.setdefault(name, []).append(data)
        else:
            self.text += data

    def value(self, name: str, at: int = 0) -> Any:
        return json.loads(gzip.decompress(base64.b64decode(self.packed[name][at])))


@pytest.fixture(scope="module")
def written(made_front: Front, tmp_path_factory: pytest.TempPathFactory) -> Reader:
    file = tmp_path_factory.mktemp("page") / "mine.html"
    assert write_report(made_front.folder, file) == file
    return Reader(file.read_text(encoding="utf-8"))


def test_names_are_text_wherever_they_stand(written: Reader) -> None:
    tags = [tag for tag, _ in written.tags]
    assert "img" not in tags
    assert "b" not in tags
    assert tags.count("script") == 3 + len(written.packed["chunk"])
    assert EVIL in written.text
    assert written.value("data")["classes"][1] == EVIL
    assert EVIL in written.value("data")["trials"]["cause"]


def test_changed_weights_are_not_shown_and_named(made_front: Front, tmp_path: Path) -> None:
    harmed = tmp_path / "harmed"
    shutil.copytree(made_front.folder, harmed)
    (weights,) = harmed.glob("trials/*/model.safetensors")
    content = bytearray(weights.read_bytes())
    content[-1] ^= 1
    weights.write_bytes(content)
    number = int(weights.parent.name)
    read = read_content(read_front(harmed))
    (detail,) = (entry for entry in read.details if entry["number"] == number)
    assert "model.safetensors: was changed" in detail["missing"][0]
    assert detail["confusion"] is None
    assert read.page["structures"] == []
    assert read.damaged == [number]
    assert "missing or changed files" in page.render(read_front(harmed), read)


def test_nothing_is_loaded_from_elsewhere(written: Reader) -> None:
    links = [
        value
        for _, attributes in written.tags
        for name, value in attributes.items()
        if name in ("src", "href", "action")
    ]
    assert links == []
    policies = [a["content"] or "" for t, a in written.tags if t == "meta" and "content" in a]
    assert any(policy.startswith("default-src 'none'") for policy in policies)


def test_the_page_holds_every_trial_and_its_details(written: Reader, made_front: Front) -> None:
    data = written.value("data")
    assert data["trials"]["number"] == list(range(60))
    assert data["knee"] == made_front.knee
    assert data["recommended"] == made_front.recommended
    assert data["importance"]["method"] == "fANOVA"
    assert data["volumes"][-1] == pytest.approx(made_front.search_hypervolume, abs=1e-6)
    first = written.value("chunk")[0]
    assert first["number"] == min(point.number for point in made_front.points)
    assert len(first["network"]["macs"]) == len(data["structures"][0]["layers"])
    assert first["curves"]["accuracy"]
    assert sum(map(sum, first["confusion"])) == 150


def test_the_warning_of_the_papers_protocol_stands_on_the_page(made_front: Front) -> None:
    front = read_front(made_front.folder).model_copy(update={"select_on": "test"})
    text = page.render(front, read_content(front))
    assert "The test split steered this search" in text


def test_folders_of_earlier_versions_say_what_is_missing(made_front: Front, tmp_path: Path) -> None:
    old = tmp_path / "old"
    shutil.copytree(made_front.folder, old)
    for file in old.glob("trials/*/details.json"):
        file.unlink()
    for file in old.glob("trials/*/model.safetensors"):
        file.unlink()
    broken = read_front(old).points[0].number
    (old / f"trials/{broken:04d}/measurement.json").write_text('{"history": [{"loss": NaN}]}')
    front = read_front(old)
    content = read_content(front)
    assert content.page["missing"] == "no trained network is left in the folder"
    told = {entry["number"]: entry for entry in content.details}[broken]
    assert told["missing"] == [
        f"{broken:04d}/measurement.json is missing or cannot be read",
        f"{broken:04d}/details.json is missing or cannot be read",
    ]
    assert write_report(old).is_file()


@pytest.mark.filterwarnings("ignore:.*set_metric_names is experimental")
def test_an_empty_study_gives_a_page(tmp_path: Path) -> None:
    make_folder(tmp_path / "run", 1)
    front = read_front(tmp_path / "run").model_copy(update={"points": ()})
    study = optuna.create_study(directions=["minimize"] * 4)
    study.set_metric_names(["error", "rom", "ram", "flops"])
    assert "No feasible network" in page.render(
        front, gather(front, study, read_history(study, front))
    )


def test_details_beyond_the_budget_are_left_out_the_front_first() -> None:
    details = [{"number": number, "noise": f"{number * 7919:x}" * 40} for number in range(450)]
    chunks, packed = pack_chunks(details, 10**9)
    assert (len(chunks), packed) == (5, 450)
    chunks, packed = pack_chunks(details, len(chunks[0]) + len(chunks[1]))
    assert (len(chunks), packed) == (2, 2 * CHUNK)


def test_bad_folders_give_one_line(made_front: Front, tmp_path: Path) -> None:
    with pytest.raises(ResultFolderError, match="no such folder"):
        write_report(tmp_path / "none")
    bare = tmp_path / "bare"
    bare.mkdir()
    shutil.copy(made_front.folder / "front.json", bare)
    with pytest.raises(ResultFolderError, match=r"study\.db: no such file"):
        write_report(bare)
    (bare / "study.db").write_text("no database")
    with pytest.raises(StorageError, match="cannot be used as a study"):
        write_report(bare)
    with pytest.raises(ResultFolderError, match="give another --out"):
        write_report(made_front.folder, tmp_path / "none" / "report.html")


def test_the_command_says_where_it_wrote(
    made_front: Front, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "mine.html"
    assert main(["report", str(made_front.folder), "--out", str(file), "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {
        "report": str(file),
        "bytes": file.stat().st_size,
    }
    assert main(["report", str(tmp_path)]) == 2
    assert "no front.json in it" in capsys.readouterr().err
