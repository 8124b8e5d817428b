import inspect
import tomllib
from pathlib import Path
from typing import Any, get_args

import pytest
import typer

from tinypareto import search
from tinypareto.cli import main
from tinypareto.cli.app import app
from tinypareto.config import MAY_CHANGE, OF_THE_MACHINE, RunConfig, resolve, to_toml
from tinypareto.config.model import OPTIONS, MetricName
from tinypareto.config.sources import from_arguments, from_flags, load_toml
from tinypareto.errors import ConfigError
from tinypareto.tasks.metrics.registry import METRICS

FLAGS = {key: option for key, option in OPTIONS.items() if option.panel}
COMMAND = typer.main.get_command(app).commands["search"]  # type: ignore[attr-defined]
PARAMETERS = {parameter.name: parameter for parameter in COMMAND.params}


@pytest.mark.parametrize("key", FLAGS)
def test_each_option_is_a_flag_of_search(key: str) -> None:
    option, parameter = FLAGS[key], PARAMETERS[key]
    assert parameter.opts == [option.flag]
    assert parameter.rich_help_panel == option.panel
    assert parameter.help.startswith(option.help)
    assert parameter.default is None
    assert from_flags({key: 1}).label(key) == option.flag


def test_options_without_a_panel_are_keys_only() -> None:
    assert OPTIONS.keys() - FLAGS.keys() == {"dataset", "space"}
    assert not {"dataset", "space"} & PARAMETERS.keys()


@pytest.mark.parametrize(
    "key",
    [key for key in FLAGS if type(RunConfig.model_fields[key].default) in (int, float, str)],
)
def test_the_default_in_the_help_is_the_default(key: str) -> None:
    option = OPTIONS[key]
    assert option.from_text(option.shown_default or "") == RunConfig.model_fields[key].default
    assert PARAMETERS[key].help.endswith(f"({option.shown_default}).")


def test_workers_can_be_as_many_as_fit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tinypareto.config.readers.fitting_processes", lambda: 5)
    assert resolve(from_flags({"dataset": "digits", "workers": "auto"})).workers == 5
    assert resolve(from_flags({"dataset": "digits", "workers": 2})).workers == 2
    with pytest.raises(ConfigError, match=r"--workers: got 'all'; wanted .* such as 2, or auto"):
        resolve(from_flags({"dataset": "digits", "workers": "all"}))


def test_what_may_change_between_runs() -> None:
    """Studies of earlier versions hold all keys but those of the machine."""
    machine = {"out", "data_dir", "reuse", "storage", "workers", "ray", "ray_cpus", "ray_gpus"}
    machine |= {"time"}
    assert machine == OF_THE_MACHINE
    assert machine | {"trials", "threads", "heartbeat", "min_accuracy"} == MAY_CHANGE


def test_the_metrics_are_those_of_the_registry() -> None:
    assert list(METRICS) == list(get_args(MetricName))


@pytest.mark.parametrize("text", ["90%", " 90 %", "0.9", "9e-1"])
def test_a_share_is_a_number_or_per_cent(text: str) -> None:
    values = {"dataset": "digits", "min_accuracy": text}
    assert resolve(from_flags(values)).min_accuracy == 0.9


@pytest.mark.parametrize("text", ["90", "%", "90%%", "-1%", "much", "nan"])
def test_what_is_no_share_is_refused(text: str) -> None:
    with pytest.raises(ConfigError, match=r"--min-accuracy: got .*; wanted a share, such as 90%"):
        resolve(from_flags({"dataset": "digits", "min_accuracy": text}))


def parsed(arguments: str, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """The values that a command line hands to the configuration."""
    seen: dict[str, Any] = {}

    def stop(target: str, flags: dict[str, Any], resume: bool) -> None:
        seen.update({key: value for key, value in flags.items() if value is not None})
        raise KeyboardInterrupt

    # The attribute `search` of the package is its module.
    monkeypatch.setattr("tinypareto.cli.search.configure", stop)
    assert main(["search", "digits", *arguments.split()]) == 130
    return seen


@pytest.mark.parametrize(
    ("arguments", "values"),
    [
        ("", {}),
        ("--rom 64KB --latency 20ms", {"rom": "64KB", "latency": "20ms"}),
        ("--trials 5 --seed x", {"trials": 5, "seed": "x"}),
        ("--ray-cpus 0.5 --ray-gpus 1", {"ray_cpus": 0.5, "ray_gpus": 1}),
        ("--early-stopping --no-warm-start", {"early_stopping": True, "warm_start": False}),
        ("--reuse a --reuse b", {"reuse": ["a", "b"]}),
        ("--net-option a=1.5 --net-option b=true", {"net_options": {"a": 1.5, "b": True}}),
        ("--data-option a=1.5 --data-option b=2", {"data_options": {"a": "1.5", "b": 2}}),
    ],
)
def test_texts_of_flags_become_values(
    arguments: str, values: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert parsed(arguments, monkeypatch) == values


def test_storage_comes_from_the_environment_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TINYPARETO_STORAGE", "postgresql://me@host/db")
    assert parsed("", monkeypatch) == {"storage": "postgresql://me@host/db"}


def test_search_in_python_lists_all_options() -> None:
    assert inspect.signature(search).parameters.keys() >= OPTIONS.keys()
    assert inspect.getdoc(search) is not None
    for key in OPTIONS.keys() - {"dataset", "net"}:
        assert f"\n    {key}: {OPTIONS[key].sentence()}" in str(search.__doc__)


@pytest.mark.parametrize("out", ["sub/../found", Path("found")])
def test_paths_from_python_are_made_absolute(out: str | Path) -> None:
    assert resolve(from_arguments({"dataset": "digits", "out": out})).out == Path.cwd() / "found"


VERSION_0_1 = """\
format = 2
dataset = "digits"
net = "dscnn"
board = "nucleo-l4r5"
rom = 2097152
ram = 655360
flops = 500000
latency = "20.0ms"
objectives = ["accuracy", "rom", "ram", "flops"]
preset = "default"
select_on = "validation"
sampler = "ars"
early_stopping = false
warm_start = false
trials = 30
seed = 0
workers = 1
threads = 1
out = "/runs/digits"
reuse = ["/x"]
storage = "postgresql://me@h/db"
study = "digits"
artifacts = "/runs/digits/artifacts"
heartbeat = 10
ray = "local"
ray_cpus = 1.0
ray_gpus = 0.0

[data_options]

[net_options]
width = 32
depth = 6
reach = 1
halvings = 0
stride = 1

[space]
lr = [0.1, 0.1]
"""


def test_files_of_version_0_1_are_read_and_written_alike(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text(VERSION_0_1)
    config = resolve(load_toml(tmp_path / "config.toml"))
    assert tomllib.loads(to_toml(config)).items() >= tomllib.loads(VERSION_0_1).items()
