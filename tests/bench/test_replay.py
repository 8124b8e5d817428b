import gzip
import json
from pathlib import Path

import numpy as np
import pytest
from optuna.distributions import IntDistribution

from tinypareto.bench.replay import RESOURCES, Replay, read_table
from tinypareto.errors import DataError
from tinypareto.evaluation.cost_model import CostModel
from tinypareto.nets.spec import NetSpec
from tinypareto.resources import Limits
from tinypareto.search_space.presets import PREFIX

ABOUT = {
    "net": "dscnn",
    "settings": {"width": 8, "depth": 2},
    "input_shape": [2, 16],
    "classes": 3,
    "preset": "default",
    "space": {"momentum": [0.9, 0.9], "epochs": [2, 9]},
}


def columns(n: int, layers: tuple[str, ...]) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(0)
    wide = {PREFIX + layer: rng.uniform(0.0, 0.9, n) for layer in layers}
    return {
        "epochs": rng.integers(2, 10, n).astype(float),
        "batch_size": rng.integers(16, 64, n).astype(float),
        "lr": np.exp(rng.uniform(np.log(0.02), np.log(0.4), n)),
        "lr_schedule": rng.uniform(0.4, 0.9, n),
        "lr_gamma": rng.uniform(0.1, 0.9, n),
        "weight_decay": np.full(n, 1e-4),
        "pruning_start": rng.uniform(0.0, 0.3, n),
        "pruning_end": rng.uniform(0.4, 0.8, n),
        "pruning_steps": rng.integers(1, 10, n).astype(float),
        **wide,
    }


SPEC = NetSpec("dscnn", {"width": 8, "depth": 2}, (2, 16), 3)


@pytest.fixture(scope="module")
def replay(tmp_path_factory: pytest.TempPathFactory) -> Replay:
    """Accuracy grows with the epochs; ten candidates are repeated; one training diverged."""
    cost_model = CostModel.from_spec(SPEC, Limits())
    table = columns(120, cost_model.layers)
    table = {name: np.concatenate([v, v[:10]]) for name, v in table.items()}
    noise = 0.02 * np.random.default_rng(1).normal(size=130)
    accuracy = [f"{a:.4f}" for a in 0.3 + 0.06 * table["epochs"] + noise]
    accuracy[50] = ""
    lines = [",".join(("number", "kind", *table, "accuracy"))]
    for i in range(130):
        values = [repr(float(v[i])) for v in table.values()]
        lines.append(",".join((str(i), "spread", *values, accuracy[i])))
    path: Path = tmp_path_factory.mktemp("table") / "made.csv.gz"
    path.write_bytes(gzip.compress(("#" + json.dumps(ABOUT) + "\n" + "\n".join(lines)).encode()))
    return Replay(path, feasible=0.4)


def drawn(replay: Replay, n: int = 300) -> dict[str, np.ndarray]:
    drawn = columns(n, tuple(name.removeprefix(PREFIX) for name in replay.space))
    return {name: drawn[name] for name in replay.space}


def test_the_space_is_that_of_the_table(replay: Replay) -> None:
    assert "momentum" not in replay.space
    assert replay.space["epochs"] == IntDistribution(2, 9)


def test_accuracy_follows_the_table(replay: Replay) -> None:
    params = drawn(replay)
    wanted = 0.7 - 0.06 * params["epochs"]
    assert np.abs(replay.true(params)[:, 0] - wanted).mean() < 0.05
    assert replay.fidelity.rows == 129
    assert replay.fidelity.r2 > 0.8
    assert replay.fidelity.noise == pytest.approx(0.02, abs=0.01)
    assert 0.0 < replay.fidelity.rmse_best < 0.1


def test_noise_belongs_to_the_candidate(replay: Replay) -> None:
    params = drawn(replay)
    first, second = replay.evaluate(params), replay.evaluate(params)
    np.testing.assert_array_equal(first, second)
    luck = first[:, 0] - replay.true(params)[:, 0]
    assert 0.3 < luck.std() / replay.fidelity.noise < 1.2
    np.testing.assert_array_equal(first[:, 1:], replay.true(params)[:, 1:])


def test_resources_are_exact_and_the_limits_leave_the_wanted_share(replay: Replay) -> None:
    cost_model = CostModel.from_spec(SPEC, Limits())
    layer = PREFIX + cost_model.layers[0]
    params = {name: v[:1] * (name == layer) for name, v in drawn(replay).items()}
    used = cost_model.resources(cost_model.channels({cost_model.layers[0]: params[layer][0]}))
    wanted = [getattr(used, name) for name in RESOURCES] / replay.absolute
    np.testing.assert_allclose(replay.resources(params)[0], wanted)
    rng = np.random.default_rng(5)
    uniform = drawn(replay) | {
        name: rng.uniform(0.0, 0.95, 300) for name in replay.space if name.startswith(PREFIX)
    }
    share = (replay.resources(uniform) <= 1.0).all(axis=1).mean()
    assert 0.25 < share < 0.6


def test_a_table_says_what_it_is_about(tmp_path: Path) -> None:
    path = tmp_path / "t.csv.gz"
    path.write_bytes(gzip.compress(b'#{"net": "dscnn"}\nnumber,kind,lr,accuracy\n0,near,0.1,\n'))
    about, rows = read_table(path)
    assert about == {"net": "dscnn"}
    assert rows["lr"].tolist() == [0.1]
    assert np.isnan(rows["accuracy"]).all()


@pytest.mark.parametrize(
    "content",
    [b"", b"no gzip", gzip.compress(b"#{}\n", mtime=0), gzip.compress(b"x", mtime=0)],
    ids=["empty", "plain", "keyless", "unmarked"],
)
def test_other_files_are_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "t.csv.gz").write_bytes(content)
    with pytest.raises(DataError, match=r"t.csv.gz: cannot be read .*; give a .csv.gz"):
        read_table(tmp_path / "t.csv.gz")
