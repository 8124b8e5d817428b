"""Old names of modules still work, with a warning."""

from importlib import import_module

import pytest

from tinypareto.moved import MOVED
from tinypareto.resources import Limits, Resources


@pytest.mark.parametrize("old", MOVED)
def test_an_old_name_gives_what_its_new_homes_hold(old: str) -> None:
    with pytest.warns(DeprecationWarning, match=f"{old} is now"):
        module = import_module(old)
    for home in map(import_module, MOVED[old]):
        own = [n for n, v in vars(home).items() if getattr(v, "__module__", "") == home.__name__]
        assert all(getattr(module, name) is getattr(home, name) for name in own)


def test_an_unknown_module_is_still_unknown() -> None:
    with pytest.raises(ModuleNotFoundError):
        import_module("tinypareto.nowhere")


def test_minimised_warns_and_still_takes_an_accuracy() -> None:
    with pytest.warns(DeprecationWarning, match="is now Limits.minimized"):
        values = Limits().minimised(("accuracy", "flops"), 0.75, Resources(1, 1, 10**9))
    assert values == (0.25, 1.0)
