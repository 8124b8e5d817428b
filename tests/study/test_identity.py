from typing import Any

import pytest

from tinypareto.errors import ResultFolderError
from tinypareto.study.identity import check_identity


def identity(**config: Any) -> dict[str, Any]:
    return {"format": 1, "config": {"seed": 3, **config}, "data_sha256": "ab"}


def test_a_study_from_before_an_option_ran_with_its_default() -> None:
    check_identity("here", identity(), identity(warm_start=False))
    with pytest.raises(ResultFolderError, match="warm_start is False, here it is True"):
        check_identity("here", identity(), identity(warm_start=True))


def test_other_settings_or_data_are_another_search() -> None:
    with pytest.raises(ResultFolderError, match="seed is 3, here it is 4"):
        check_identity("here", identity(), identity(seed=4))
    with pytest.raises(ResultFolderError, match="other data"):
        check_identity("here", identity(), identity() | {"data_sha256": "cd"})
