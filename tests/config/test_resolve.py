from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tinypareto.config import RunConfig, check_same_run, resolve, to_toml
from tinypareto.config.sources import from_arguments, from_flags, load_toml
from tinypareto.data import SOURCES, Dataset
from tinypareto.errors import ConfigError, InputError
from tinypareto.nets.registry import NETS
from tinypareto.resources import OBJECTIVES, Limits
from tinypareto.targets.boards import BOARDS

DIGITS = SOURCES["digits"].limits

BOARD = min(BOARDS)


def toml(tmp_path: Path, text: str) -> Path:
    (tmp_path / "my.toml").write_text(text, encoding="utf-8")
    return tmp_path / "my.toml"


def test_a_data_set_alone_resolves_everything() -> None:
    config = resolve(from_flags({"dataset": "digits", "rom": None}))
    assert config.limits == DIGITS
    assert (config.trials, config.seed, config.select_on) == (40, 0, "validation")
    assert config.out == Path.cwd() / "runs" / "digits"
    assert config.net_options == {}


def test_the_network_of_the_paper_is_fixed() -> None:
    config = resolve(from_flags({"dataset": "digits", "preset": "paper"}))
    assert set(config.net_options) == set(NETS["dscnn"].settings)


def test_a_path_gives_the_folder_name_and_the_general_limits() -> None:
    config = resolve(from_flags({"dataset": "some/My Data (2).npz"}))
    assert config.dataset == str(Path.cwd() / "some" / "My Data (2).npz")
    assert config.out.name == "My-Data-2"
    assert config.limits == Limits()


def test_flags_override_the_file_and_merge_its_tables(tmp_path: Path) -> None:
    path = toml(
        tmp_path,
        """
        dataset = "sub/ERing.npz"
        out = "found"
        rom = "64KB"
        trials = 60
        [net_options]
        width = 16
        depth = 3
        [space]
        epochs = [5, 20]
        momentum = 0.9
        """,
    )
    flags = from_flags({"trials": 5, "net_options": {"width": 24}, "ram": "16KiB"})
    config = resolve(load_toml(path), flags)
    assert (config.rom, config.ram, config.trials) == (64_000, 16_384, 5)
    assert config.net_options.items() >= {"width": 24, "depth": 3}.items()
    assert config.space == {"epochs": (5, 20), "momentum": (0.9, 0.9)}
    assert config.dataset == str(tmp_path / "sub" / "ERing.npz")
    assert config.out == tmp_path / "found"


def test_a_board_stands_for_limits_of_its_own_layer(tmp_path: Path) -> None:
    digits = from_flags({"dataset": "digits"})
    chosen = BOARDS[BOARD]
    config = resolve(digits, from_flags({"board": BOARD, "rom": "64KB"}))
    assert (config.rom, config.ram, config.flops) == (64_000, chosen.ram_bytes, DIGITS.flops)
    path = load_toml(toml(tmp_path, 'dataset = "digits"\nrom = 5\nram = 7'))
    assert resolve(path, from_flags({"board": BOARD})).rom == chosen.flash_bytes
    path = load_toml(toml(tmp_path, f'dataset = "digits"\nboard = "{BOARD}"'))
    assert resolve(path, from_flags({"rom": 9})).limits == Limits(9, chosen.ram_bytes, DIGITS.flops)


def test_arrays_in_memory_bring_their_name_and_limits() -> None:
    x, y = np.zeros((2, 1, 4), np.float32), np.array([0, 1])
    data = Dataset("my data", x, y, x, y, ("a", "b"), Limits(1, 2, 3))
    config = resolve(from_arguments({"ram": 5}), dataset=data)
    assert (config.dataset, config.out.name) == ("my data", "my-data")
    assert config.limits == Limits(1, 5, 3)


@pytest.mark.parametrize("given", ["latency, rom,accuracy", ["accuracy", "latency", "rom"]])
def test_objectives_are_put_in_order(given: str | list[str]) -> None:
    config = resolve(from_arguments({"dataset": "digits", "board": BOARD, "objectives": given}))
    assert config.objectives == ("accuracy", "rom", "latency")
    assert config.timed
    assert config.limits.latency_ms is None


def test_a_latency_limit_is_in_milliseconds() -> None:
    config = resolve(from_flags({"dataset": "digits", "board": BOARD, "latency": "0.02s"}))
    assert config.limits.latency_ms == 20.0
    assert config.timed
    assert config.objectives == OBJECTIVES


@pytest.mark.parametrize("given", [3, {"rom": 1}, [1, 2]])
def test_objectives_are_names(given: object) -> None:
    with pytest.raises(ConfigError, match=r"objectives: got .*; wanted names with commas"):
        resolve(from_arguments({"dataset": "digits", "objectives": given}))


amounts = st.integers(1, 10**18)
configs = st.fixed_dictionaries(
    {"dataset": st.sampled_from(["digits", 'a "b"\\\n é.npz', "/x/y.npz"])},
    optional={
        "rom": amounts,
        "ram": amounts,
        "flops": amounts,
        "board": st.sampled_from(sorted(BOARDS)),
        "objectives": st.sampled_from(["accuracy", "rom,accuracy", "accuracy,ram,flops"]),
        "preset": st.sampled_from(["default", "paper"]),
        "select_on": st.sampled_from(["validation", "test"]),
        "sampler": st.sampled_from(["ars", "random"]),
        "trials": st.integers(1, 10**6),
        "seed": st.integers(0, 2**32 - 1),
        "threads": st.integers(1, 64),
        "out": st.text(
            st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=20
        ),
        "net_options": st.just({"width": 16}),
        "space": st.fixed_dictionaries(
            {},
            optional={
                "epochs": st.tuples(st.integers(1, 9), st.integers(9, 99)),
                "lr": st.floats(1e-6, 1.0),
                "sparsity/a.b c": st.floats(0, 0.9).map(lambda low: [low, 0.9]),
            },
        ),
    },
)


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(configs)
def test_what_is_written_resolves_to_the_same(tmp_path: Path, values: dict[str, Any]) -> None:
    config = resolve(from_arguments(values))
    assert resolve(load_toml(toml(tmp_path, to_toml(config)))) == config


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.floats(0.001, 1e6))
def test_a_latency_limit_is_written_exactly(tmp_path: Path, milliseconds: float) -> None:
    given = {"dataset": "digits", "board": BOARD, "latency": f"{milliseconds!r}ms"}
    config = resolve(from_arguments(given))
    assert config.latency == milliseconds
    assert resolve(load_toml(toml(tmp_path, to_toml(config)))) == config


BAD: dict[str, tuple[dict[str, Any], str]] = {
    "no trials": ({"trials": 0}, "--trials: got 0; wanted a whole number from 1, such as 40"),
    "text for a number": ({"trials": "4"}, "--trials: got '4'; wanted a whole number"),
    "truth for a number": ({"seed": True}, "--seed: got True; wanted a whole number"),
    "negative seed": ({"seed": -1}, "--seed: got -1; wanted"),
    "no threads": ({"threads": 0}, "--threads: got 0; wanted"),
    "unreadable rom": ({"rom": "64KBB"}, "--rom: cannot read '64KBB'; write a number with"),
    "zero ram": ({"ram": 0}, "--ram: got '0'; wanted an amount from 1"),
    "bytes for flops": ({"flops": "5MB"}, "--flops: cannot read '5MB'"),
    "list for rom": ({"rom": [1]}, "--rom: cannot read '[1]'"),
    "near miss": ({"tirals": 4}, "unknown key 'tirals'; did you mean 'trials'?"),
    "net": ({"net": "dscn"}, "unknown net 'dscn'; did you mean 'dscnn'?"),
    "net option": ({"net_options": {"widht": 2}}, "unknown setting 'widht'"),
    "net option type": (
        {"net_options": {"width": "x"}},
        "net 'dscnn': width='x'; choose an integer",
    ),
    "net option range": ({"net_options": {"width": -1}}, "width=-1"),
    "board": ({"board": "b-u585i-iot02"}, "did you mean 'b-u585i-iot02a'?"),
    "board type": ({"board": 3}, "--board: got 3; wanted the name of a board"),
    "dataset": ({"dataset": "digit"}, "did you mean 'digits'?"),
    "dataset type": ({"dataset": 3}, "--dataset: got 3; wanted"),
    "preset": ({"preset": "papr"}, "unknown preset 'papr'; did you mean 'paper'?"),
    "select on": ({"select_on": "tset"}, "--select-on: got 'tset'; wanted validation or test"),
    "sampler": ({"sampler": "x"}, "--sampler: got 'x'; wanted ars, or to compare: paper"),
    "space type": ({"space": 3}, "--space: got 3; wanted a number or [low, high]"),
    "space of three": ({"space": {"lr": [1, 2, 3]}}, "--space.lr: got [1, 2, 3]; wanted"),
    "space key": ({"space": {"epoch": 3}}, "did you mean 'epochs'?"),
    "space order": ({"space": {"epochs": [9, 3]}}, "space.epochs: got [9, 3]"),
    "out type": ({"out": 3}, "--out: got 3; wanted the path of a folder"),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_values_give_one_line(case: str) -> None:
    changes, wanted = BAD[case]
    with pytest.raises(InputError) as caught:
        resolve(from_flags({"dataset": "digits", **changes}))
    assert wanted in str(caught.value)
    assert "\n" not in str(caught.value)


def test_no_data_set() -> None:
    with pytest.raises(ConfigError, match="dataset: missing"):
        resolve(from_arguments({"trials": 3}))


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("trials = 3\nseed = ", "is not TOML: Invalid value (at end of document); correct it"),
        ("trials = 3\ntrials = 4\n", "at line 2"),
        ("tirals = 3", "my.toml: unknown key 'tirals'; did you mean 'trials'?"),
        ("trials = 0", "my.toml: trials: got 0; wanted"),
        ("rom = 1979-05-27", "my.toml: rom: cannot read '1979-05-27'"),
        ("[space]\nlr = 'x'", "my.toml: space.lr: got 'x'; wanted a number"),
    ],
)
def test_bad_files_name_the_file_and_the_place(text: str, wanted: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        resolve(load_toml(toml(tmp_path, text)), from_flags({"dataset": "digits"}))
    assert wanted in str(caught.value)
    assert "\n" not in str(caught.value)


def test_missing_and_unreadable_files(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no such file"):
        load_toml(tmp_path / "none.toml")
    with pytest.raises(ConfigError, match="cannot be read"):
        load_toml(tmp_path)
    (tmp_path / "my.toml").write_bytes(b"trials = '\xff'")
    with pytest.raises(ConfigError, match="is not UTF-8"):
        load_toml(tmp_path / "my.toml")


def changed(**values: Any) -> RunConfig:
    return resolve(from_arguments({"dataset": "digits", **values}))


def test_a_resumed_run_may_change_its_length_but_not_its_meaning() -> None:
    saved = changed()
    check_same_run(saved, changed(trials=99, threads=2))
    with pytest.raises(ConfigError, match=r"seed: got 1 but the run in .* has 0; leave it out"):
        check_same_run(saved, changed(seed=1))
    with pytest.raises(ConfigError, match="rom: got 5"):
        check_same_run(saved, changed(rom=5))


def recordings(folder: Path) -> Path:
    (folder / "rec").mkdir()
    (folder / "rec" / "a.csv").write_text("1\n")
    return folder / "rec"


def test_options_of_the_data_are_merged_and_resolved(tmp_path: Path) -> None:
    recordings(tmp_path)
    path = toml(tmp_path, 'dataset = "./rec"\ndata_dir = "kept"\n[data_options]\nwindow = 64')
    config = resolve(load_toml(path), from_flags({"data_options": {"label": "what"}}))
    assert config.dataset == str(tmp_path / "rec")
    assert config.data_dir == tmp_path / "kept"
    assert (config.data_options["window"], config.data_options["label"]) == (64, "what")
    assert config.data_options["hop"] == 0
    assert resolve(load_toml(toml(tmp_path, to_toml(config)))) == config
    other = resolve(load_toml(path), from_flags({"dataset": "digits"}))
    assert other.data_options == {}


def test_unknown_options_of_the_data_are_refused(tmp_path: Path) -> None:
    given = {"dataset": str(recordings(tmp_path)), "data_options": {"widnow": 64}}
    with pytest.raises(ConfigError, match="unknown option 'widnow'; did you mean 'window'"):
        resolve(from_flags(given))
    with pytest.raises(
        ConfigError, match=r"--data-option\.window: got 1\.5; wanted a whole number"
    ):
        resolve(from_flags({"dataset": "digits", "data_options": {"window": 1.5}}))


def test_another_data_dir_continues_the_same_run(tmp_path: Path) -> None:
    saved = resolve(from_flags({"dataset": "digits"}))
    check_same_run(saved, saved.model_copy(update={"data_dir": tmp_path}))


def test_a_number_of_half_a_million_digits_is_a_short_line(tmp_path: Path) -> None:
    digits = "9" * 500_000
    (tmp_path / "big.toml").write_text(f'dataset = "digits"\nseed = {digits}\n')
    huge = 10**500_000
    for key, value in (("seed", digits), ("seed", huge), ("rom", digits), ("rom", huge)):
        with pytest.raises(ConfigError, match=f"{key}: ") as refusal:
            resolve(from_arguments({"dataset": "digits", key: value}))
        assert len(str(refusal.value)) < 300
    with pytest.raises(ConfigError, match="500000 digits") as refusal:
        load_toml(tmp_path / "big.toml")
    assert len(str(refusal.value)) < 400
