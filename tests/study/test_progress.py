import io
import re

import pytest
from rich.console import Console

from tinypareto.config import RunConfig, resolve
from tinypareto.config.sources import from_arguments
from tinypareto.study.progress import Display, Lines, Step, duration, reporter_for

FIRST = Step(4, "complete", "91.2 %", 5, 0.912, 3, 0.25)
BAD = Step(5, "infeasible", "RAM 9.1 KB of 8.0 KB", 6, 0.912, 3, 0.25)


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture(scope="module")
def config() -> RunConfig:
    limits = {"rom": "32KB", "ram": "8KB", "flops": "2M"}
    return resolve(from_arguments({"dataset": "digits", "trials": 10, **limits}))


def test_lines_give_one_line_a_trial_and_the_time_left(config: RunConfig) -> None:
    stream, clock = io.StringIO(), Clock()
    lines = Lines(Console(file=stream, width=40), clock)
    lines.start(config, "a part [1]", done=4)
    clock.now += 60
    lines.trial(FIRST)
    clock.now += 60
    lines.trial(BAD)
    lines.close()
    assert stream.getvalue().splitlines() == [
        "auto on digits: 10 trials, ROM <= 32.0 KB, RAM <= 8.0 KB, FLOPs <= 2.0 M; "
        "selecting on a part [1]",
        "trial 4 (5/10): trained, 91.2 %; best 91.2%, front 3, hypervolume 0.2500; 5:00 left",
        "trial 5 (6/10): infeasible, not trained, RAM 9.1 KB of 8.0 KB; "
        "best 91.2%, front 3, hypervolume 0.2500; 4:00 left",
    ]


def test_a_run_that_is_given_a_time_ends_with_it(config: RunConfig) -> None:
    stream, clock = io.StringIO(), Clock()
    lines = Lines(Console(file=stream), clock)
    lines.start(config.model_copy(update={"trials": 1000, "time": 600.0}), "a part", done=4)
    clock.now += 60
    lines.trial(FIRST)
    text = stream.getvalue()
    assert "1000 trials or 10:00, ROM" in text
    assert text.endswith("9:00 left\n")


def test_the_display_shows_the_state_and_closes(config: RunConfig) -> None:
    stream, clock = io.StringIO(), Clock()
    display = Display(Console(file=stream, force_terminal=True, width=100), clock)
    display.start(config, "a part [1]")
    clock.now += 60
    display.trial(Step(0, "failed", "diverged", 1, None, 0, 0.0))
    display.close()
    shown = stream.getvalue()
    for text in ("a part [1]", "trial 1/10", "9:00 left", "best none yet", "failed, diverged"):
        assert text in shown
    # the cursor is back
    assert shown.rstrip().endswith("\x1b[?25h")


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("stream", "environment", "kind"),
    [
        (Terminal(), {}, Display),
        (Terminal(), {"CI": "true"}, Lines),
        (Terminal(), {"TERM": "dumb"}, Lines),
        (io.StringIO(), {}, Lines),
        (io.StringIO(), {"FORCE_COLOR": "1"}, Lines),
    ],
)
def test_terminals_get_a_display_and_all_else_lines(
    stream: io.StringIO,
    environment: dict[str, str],
    kind: type,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("TERM", "xterm")
    for name in ("CI", "FORCE_COLOR", "TTY_COMPATIBLE"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert isinstance(reporter_for(Console(file=stream)), kind)


def test_no_color_leaves_no_colour_codes(
    config: RunConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    def colours() -> list[str]:
        stream = Terminal()
        display = Display(Console(file=stream, force_terminal=True, width=100), Clock())
        display.start(config, "a part")
        display.trial(FIRST)
        display.close()
        return re.findall(r"\x1b\[(?:\d;)*[349]\d[\d;]*m", stream.getvalue())

    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")
    assert colours()
    monkeypatch.setenv("NO_COLOR", "1")
    assert not colours()


def test_durations() -> None:
    assert [duration(s) for s in (0, 59.6, 245, 3723)] == ["0:00", "1:00", "4:05", "1:02:03"]
