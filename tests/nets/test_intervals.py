import pytest

from tinypareto.errors import ConfigError
from tinypareto.nets.intervals import (
    check_auto_options,
    check_structure_intervals,
    own_options,
    structure_intervals,
)
from tinypareto.nets.registry import NETS

SERIES = (3, 40)


@pytest.mark.parametrize("net", NETS)
def test_what_a_family_searches_is_within_its_settings(net: str) -> None:
    for setting in NETS[net].settings.values():
        if (span := setting.searched) is not None:
            assert setting.low <= span.low <= span.high <= setting.high
            lowest = 1 if span.log else 0
            assert span.low >= lowest


def test_given_intervals_replace_those_of_the_family_and_fixed_options_have_none() -> None:
    found = structure_intervals(
        "dscnn", {"depth": 3}, {"dscnn/width": (8, 16), "lr": (0, 1)}, SERIES
    )
    assert found["dscnn/width"] == (8.0, 16.0)
    assert "dscnn/depth" not in found
    assert "lr" not in found


def test_an_interval_of_a_family_that_is_not_tried_is_refused() -> None:
    with pytest.raises(ConfigError, match=r"space.rocket/features: this search tries dscnn;"):
        structure_intervals("auto", {}, {"rocket/features": (16, 64)}, (1, 8, 8))


def test_an_option_holds_for_the_families_that_have_it() -> None:
    check_auto_options({"width": 16, "features": 100})
    assert own_options("rocket", {"width": 16, "features": 100}, "auto") == {"features": 100}
    assert own_options("dscnn", {"widht": 16}, "dscnn") == {"widht": 16}
    with pytest.raises(ConfigError, match="did you mean 'width'"):
        check_auto_options({"widht": 16})
    with pytest.raises(ConfigError, match=r"net 'dscnn': width=0; choose an integer"):
        check_auto_options({"width": 0})


@pytest.mark.parametrize(
    ("name", "interval", "told"),
    [
        ("dscnn/wdth", (8, 16), "dscnn/width"),
        ("resnet8/width", (8, 16), "did you mean 'dscnn/width'"),
        ("dscnn/width", (8.5, 16), "whole numbers within"),
        ("dscnn/width", (16, 8), "the lower one first"),
        ("dscnn/width", (1, 8), r"\[4, 1024\]"),
        ("dscnn/depth", (1, 8), "give one of both"),
    ],
)
def test_an_interval_that_cannot_be_used_is_refused(
    name: str, interval: tuple[float, float], told: str
) -> None:
    with pytest.raises(ConfigError, match=told):
        check_structure_intervals("dscnn", {"depth": 3}, [name], {name: interval})
