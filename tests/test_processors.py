from pathlib import Path

import joblib
import pytest

from tinypareto import processors
from tinypareto.processors import MEMORY, MOST, fitting_processes


@pytest.mark.parametrize(
    ("cores", "memory", "fitting"),
    [
        (4, None, 4),
        (64, None, MOST),
        (4, 64 * MEMORY, 4),
        (4, 2 * MEMORY + 5, 2),
        (4, MEMORY // 2, 1),
    ],
)
def test_cores_and_memory_bound_the_processes(
    cores: int, memory: int | None, fitting: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(joblib, "cpu_count", lambda only_physical_cores: cores)
    monkeypatch.setattr(processors, "_memory", lambda: memory)
    assert fitting_processes() == fitting


@pytest.mark.parametrize(("text", "processes"), [("1073741824\n", 1), ("max\n", 3)])
def test_a_container_may_use_less_memory_than_there_is(
    text: str, processes: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "memory.max").write_text(text)
    monkeypatch.setattr(processors, "CGROUP", tmp_path / "memory.max")
    monkeypatch.setattr(processors, "MEMORY", 2**30 if "1" in text else 1)
    monkeypatch.setattr(joblib, "cpu_count", lambda only_physical_cores: 3)
    assert fitting_processes() == processes


def test_this_machine_has_room_for_one() -> None:
    assert 1 <= fitting_processes() <= MOST
