import json
from pathlib import Path
from typing import Any

import pytest

from tinypareto.cli import configure, main
from tinypareto.cli.init import QUESTIONS, _asked

Capture = pytest.CaptureFixture[str]


@pytest.fixture(autouse=True)
def empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_flags_are_written_and_nothing_is_asked(capsys: Capture) -> None:
    command = ["init", "digits", "--board", "nucleo-l4r5", "--time", "10m", "--seed", "4"]
    assert main(command) == 0
    assert capsys.readouterr().out == (
        "digits.toml: written; read it, then: tinypareto search digits.toml\n"
    )
    config = configure("digits.toml", {}, resume=False)
    assert (config.board, config.time, config.seed) == ("nucleo-l4r5", 600.0, 4)
    assert main(command) == 2
    assert "digits.toml: exists; give another --out, or --force" in capsys.readouterr().err
    assert main([*command, "--force", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["file"] == "digits.toml"


def test_paths_are_those_from_the_file(tmp_path: Path) -> None:
    (tmp_path / "plans").mkdir()
    (tmp_path / "recordings").mkdir()
    flags = ["--data-option", "window=64", "--out", "plans/motion.toml"]
    assert main(["init", "./recordings", *flags]) == 0
    config = configure("plans/motion.toml", {}, resume=False)
    assert Path(config.dataset) == tmp_path / "recordings"
    assert config.data_options["window"] == 64
    assert main(["init", "./recordings", "--out", "here.toml"]) == 0
    assert Path(configure("here.toml", {}, resume=False).dataset) == tmp_path / "recordings"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "init: no data given; name a data set or the path"),
        (["digit"], "unknown data set 'digit'; did you mean 'digits'?"),
        (["digits", "--time", "10"], "--time: cannot read '10'"),
        (["digits", "--out", "none/x.toml"], "none/x.toml: No such file or directory"),
    ],
)
def test_what_cannot_be_used_is_refused(
    arguments: list[str], message: str, tmp_path: Path, capsys: Capture
) -> None:
    assert main(["init", *arguments]) == 2 or "none/" in message
    assert message in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


def test_a_question_is_asked_again_until_its_answer_can_be_used(capsys: Capture) -> None:
    replies = iter(["digit", "digits", "nucleo", "nucleo-l4r5", "accuracy", "soon", "2h"])
    asked: list[str] = []

    def ask(question: str, **_: Any) -> str:
        asked.append(question)
        return next(replies)

    answers = _asked({}, ask)
    assert answers == {
        "dataset": "digits",
        "board": "nucleo-l4r5",
        "metric": "accuracy",
        "time": "2h",
    }
    assert list(dict.fromkeys(asked)) == [question for _, question, _ in QUESTIONS]
    assert "did you mean 'digits'?" in capsys.readouterr().err


def test_the_usual_answers_give_the_usual_search() -> None:
    def ask(question: str, default: str | None, **_: Any) -> str:
        return default or "digits"

    answers = _asked({}, ask)
    assert answers == {"dataset": "digits", "metric": "accuracy", "trials": 40}


def test_an_end_of_the_input_is_an_interrupt(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    class Terminal:
        def isatty(self) -> bool:
            return True

        def readline(self, *_: int) -> str:
            raise EOFError

    monkeypatch.setattr("sys.stdin", Terminal())
    assert main(["init"]) == 130
    assert not list(tmp_path.iterdir())
