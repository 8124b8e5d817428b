import runpy
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[2] / "optunahub/package/samplers/ars_mobopt"


def test_the_package_loads_from_a_registry_and_its_example_keeps_the_limit() -> None:
    pytest.importorskip("optunahub")
    study = runpy.run_path(str(PACKAGE / "example.py"))["main"](trials=12)
    assert len(study.trials) == 12
    assert study.best_trials
    assert all(trial.values[1] <= 0.8 for trial in study.best_trials)


def test_the_package_has_what_the_registry_asks_for() -> None:
    front_matter = (PACKAGE / "README.md").read_text().split("---")[1]
    keys = {line.partition(":")[0] for line in front_matter.strip().splitlines()}
    assert keys == {"author", "title", "description", "tags", "optuna_versions", "license"}
    assert {path.name for path in PACKAGE.iterdir()} >= {"__init__.py", "LICENSE", "README.md"}
