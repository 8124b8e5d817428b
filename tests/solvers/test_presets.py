import pickle
import warnings
from dataclasses import fields, replace
from typing import Any

import pytest

from tinypareto.solvers import DEFAULT, PRESETS, Settings

OLD_NAMES = {
    "seen": "propose_training_states",
    "scaled": "normalize_objectives",
    "doubt": "inflate_std_on_stall",
    "ambitious": "random_reference",
    "trend": "known_objectives_kernel",
    "smoothed": "use_posterior_mean",
    "logs": "log_objectives",
    "shorter": "lengthscale_reduction",
    "nadir": "scale_by_front",
}


def other(settings: Settings, name: str) -> Any:
    """A value that differs from the field's."""
    return 1.5 if name == "lengthscale_reduction" else not getattr(settings, name)


@pytest.mark.parametrize(("old", "new"), OLD_NAMES.items())
def test_replace_takes_old_names_for_one_version(old: str, new: str) -> None:
    with pytest.warns(DeprecationWarning, match=f"{old} is now {new}") as caught:
        changed = replace(DEFAULT, **{old: other(DEFAULT, new)})
    assert len(caught) == 1
    assert changed == replace(DEFAULT, **{new: other(DEFAULT, new)}) != DEFAULT


def test_the_constructor_takes_all_old_names_at_once() -> None:
    values = {field.name: getattr(DEFAULT, field.name) for field in fields(DEFAULT)}
    for old, new in OLD_NAMES.items():
        values[old] = values.pop(new)
    with pytest.warns(DeprecationWarning, match="goes with version 0.3") as caught:
        assert Settings(**values) == DEFAULT
    assert len(caught) == len(OLD_NAMES)
    assert {warning.filename for warning in caught} == {__file__}


@pytest.mark.parametrize(("old", "new"), OLD_NAMES.items())
def test_old_names_are_attributes_for_one_version(old: str, new: str) -> None:
    with pytest.warns(DeprecationWarning, match=f"{old} is now {new}") as caught:
        assert getattr(DEFAULT, old) == getattr(DEFAULT, new)
    assert caught[0].filename == __file__


def test_present_names_do_not_warn_and_others_are_refused() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert replace(DEFAULT, log_objectives=True).log_objectives
        assert pickle.loads(pickle.dumps(DEFAULT)) == DEFAULT
    with pytest.raises(TypeError, match="log_objective"):
        replace(DEFAULT, log_objective=True)  # type: ignore[call-arg]
    with pytest.raises(AttributeError, match="'Settings' object has no attribute 'log'"):
        DEFAULT.log  # type: ignore[attr-defined]  # noqa: B018


def test_presets_leave_what_serves_ablations_as_it_is() -> None:
    for settings in PRESETS.values():
        assert settings.policies
        assert not settings.inflate_std_on_stall
        assert settings.lengthscale_reduction == 0.0
