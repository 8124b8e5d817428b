import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

from tinypareto.config import resolve
from tinypareto.config.model import OPTIONS
from tinypareto.config.sources import ConfigSource, from_flags
from tinypareto.config.template import KEYS, commented_toml
from tinypareto.config.values import checked_values

GIVEN: dict[str, Any] = {
    "dataset": "digits",
    "net": "dscnn",
    "net_options": {"width": 16},
    "rom": "8KB",
    "objectives": "accuracy,rom",
    "seed": 3,
    "warm_start": True,
}


@pytest.mark.parametrize("given", [{"dataset": "digits"}, GIVEN], ids=["data", "all kinds"])
def test_the_file_makes_the_same_configuration(given: dict[str, Any]) -> None:
    config = resolve(from_flags(given))
    text = commented_toml(given, config)
    assert tomllib.loads(text) == given
    assert resolve(ConfigSource(tomllib.loads(text), Path.cwd())) == config


def test_every_option_is_explained_and_can_be_taken_in() -> None:
    given = {"dataset": "digits"}
    text = commented_toml(given, resolve(from_flags(given)))
    whole = tomllib.loads(re.sub(r"^# (?=\S+ = |\[|\")", "", text, flags=re.MULTILINE))
    assert whole.keys() == {"dataset", "space", *KEYS}
    # A stand-in for a name is all that has to be replaced.
    assert whole.pop("board") == "NAME"
    assert checked_values(ConfigSource(whole, Path.cwd())).keys() == whole.keys()
    for key in KEYS:
        assert f"# {OPTIONS[key].sentence()}\n" in text
