from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from runs import make_run

from tinypareto.cli import main
from tinypareto.export.fill_template import markdown, plain
from tinypareto.export.write_folder import write
from tinypareto.registry import identifier

Capture = pytest.CaptureFixture[str]


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_run(tmp_path_factory.mktemp("writing") / "run", "series").front.folder


def test_a_folder_that_holds_something_is_refused(
    run: Path, tmp_path: Path, capsys: Capture
) -> None:
    out = tmp_path / "out"
    out.mkdir()
    (out / "mine.txt").write_text("mine")
    assert main(["export", str(run), "--out", str(out)]) == 2
    said = capsys.readouterr().err
    assert "exists and is not empty; give another --out, or --force" in said
    assert [path.name for path in out.iterdir()] == ["mine.txt"]
    assert main(["export", str(run), "--out", str(out), "--force"]) == 0
    assert (out / "mine.txt").read_text() == "mine"
    assert (out / "README.md").is_file()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ("--trial 3", "trial 3: is not in the front; listed are: 7"),
        ("--format arduno", "unknown format 'arduno'; did you mean 'arduino'?"),
    ],
)
def test_bad_input_is_one_line(
    run: Path, tmp_path: Path, arguments: str, said: str, capsys: Capture
) -> None:
    assert main(["export", str(run), "--out", str(tmp_path / "out"), *arguments.split()]) == 2
    captured = capsys.readouterr()
    assert said in captured.err
    assert captured.err.count("\n") == 1
    assert not (tmp_path / "out").exists()


def test_a_file_as_out_is_refused(run: Path, tmp_path: Path, capsys: Capture) -> None:
    (tmp_path / "out").write_text("")
    assert main(["export", str(run), "--out", str(tmp_path / "out"), "--force"]) == 2
    assert "is a file" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["../x", "/x", "a/../x", "", "a//b", "a b", ".hidden", "a\n"])
def test_no_path_escapes(name: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="export path"):
        write(tmp_path / "out", {name: ""})
    assert not (tmp_path / "out").exists()


@given(st.text())
def test_identifiers_are_from_the_allow_list(text: str) -> None:
    name = identifier(text)
    assert name.isidentifier()
    assert name.isascii()
    assert len(name) <= 44


@given(st.text())
def test_plain_text_ends_nothing(text: str) -> None:
    assert not set(plain(text)) & set("\"'\\<>&`$;\n*#")


@given(st.text())
def test_markdown_stays_on_its_line(text: str) -> None:
    assert not set(markdown(text).replace("\\`", "").replace("\\|", "")) & set("<>\n`|")
