"""The text of a TOML file that explains every option of a search."""

import re
from collections.abc import Mapping
from typing import Any

import tomli_w

from tinypareto.config.model import OPTIONS, RunConfig
from tinypareto.config.option import LIMITS, NETWORK, SEARCH, Option

PANELS = (NETWORK, LIMITS, SEARCH)
"""Groups of options that belong into a file; the others belong to one machine or one run."""
KEYS = tuple(key for key, option in OPTIONS.items() if option.panel in PANELS)
EXAMPLE = re.compile(r"such as ([^\s,]+)")
SPACE = """\
# Intervals to search instead of the usual ones, or fixed values (tinypareto nets, docs/api.md).
# [space]
# epochs = [10, 40]
# "dscnn/width" = [16, 64]
"""


def commented_toml(values: Mapping[str, Any], config: RunConfig) -> str:
    """A TOML file with the values that are given, and all other options as comments.

    Args:
        values: Values by key as a user types them, with `dataset`.
        config: The configuration that they make; its values stand in the comments.
    """
    plain = [key for key in KEYS if not OPTIONS[key].item]
    tables = [key for key in KEYS if OPTIONS[key].item]
    parts = [
        "# A search of tinypareto: the default of an option stands in parentheses; take the # away "
        "to\n# change it. Paths are relative to this file.",
        f"# {OPTIONS['dataset'].sentence()}\n{_line('dataset', values['dataset'])}",
        *(_entry(key, values, config) for key in plain),
        *(_table(key, values) for key in tables),
        SPACE,
    ]
    return "\n\n".join(parts)


def _entry(key: str, values: Mapping[str, Any], config: RunConfig) -> str:
    option = OPTIONS[key]
    if key in values:
        return f"# {option.sentence()}\n{_line(key, values[key])}"
    usual = config.model_dump(mode="json").get(key)
    return f"# {option.sentence()}\n# {_line(key, _example(option) if usual is None else usual)}"


def _table(key: str, values: Mapping[str, Any]) -> str:
    option = OPTIONS[key]
    if values.get(key):
        return f"# {option.sentence()}\n{tomli_w.dumps({key: values[key]}).strip()}"
    return f"# {option.sentence()}\n# [{key}]\n# {option.item.replace('=', ' = ')}"


def _example(option: Option) -> str:
    found = EXAMPLE.search(option.wanted)
    return found[1] if found else option.metavar


def _line(key: str, value: Any) -> str:
    if isinstance(value, list | tuple):
        return f"{key} = [{', '.join(_line('x', one)[4:] for one in value)}]"
    return tomli_w.dumps({key: value}).strip()
