from pathlib import Path

import numpy as np
import pytest
from optuna.distributions import CategoricalDistribution, FloatDistribution
from scipy.optimize import minimize

from tinypareto.bench.problem import Problem
from tinypareto.bench.problems import PROBLEMS, NASBench201, Passino
from tinypareto.bench.problems.re42 import IDEAL, RE42
from tinypareto.errors import DataError
from tinypareto.samplers.encoding import Encoding

pytest.importorskip("botorch", reason="BoTorch is not installed")
EVERY = pytest.mark.parametrize("name", PROBLEMS)
# Stored per case so that a problem is built once.
MADE = {name: make() for name, make in PROBLEMS.items()}


def draw(problem: Problem, n: int) -> dict[str, np.ndarray]:
    encoding = Encoding(problem.space)
    return encoding.decode(np.random.default_rng(0).random((n, encoding.dim)))


def at(problem: Problem, *points: list[float]) -> np.ndarray:
    return problem.evaluate(dict(zip(problem.space, np.array(points, float).T, strict=True)))


@EVERY
def test_shapes_corners_and_determinism(name: str) -> None:
    problem = MADE[name]
    params = draw(problem, 500)
    values, m = problem.evaluate(params), len(problem.reference)
    assert values.shape == (500, m) == (500, len(problem.ideal))
    assert np.isfinite(values).all()
    np.testing.assert_array_equal(values, PROBLEMS[name]().evaluate(params))
    np.testing.assert_array_equal(values, problem.true(params))
    constraints = problem.constraints(params)
    assert len(constraints) == 500
    feasible = (constraints <= 0.0).all(axis=1)
    least = problem.ideal - 1e-3 * abs(problem.ideal) - 1e-9
    assert (values[feasible] >= least).all()
    found = problem.hypervolume(values[feasible])
    assert 0.0 <= found <= (problem.best or 1.0) + 1e-3
    assert len(problem.features(params)) == 500
    np.testing.assert_allclose(
        problem.resources(params), values[:, list(problem.known_indices)], rtol=1e-12
    )


def test_dtlz2_front_is_a_sphere_and_its_volume_is_reached() -> None:
    u = (np.arange(60) + 0.5) / 60
    grid = np.stack(np.meshgrid(u, u), axis=-1).reshape(-1, 2)
    points = np.column_stack([grid, np.full((3600, 4), 0.5)])
    problem = MADE["dtlz2"]
    values = at(problem, *points.tolist())
    np.testing.assert_allclose((values**2).sum(axis=1), 1.0)
    assert problem.best is not None
    assert problem.hypervolume(values) == pytest.approx(problem.best, abs=0.02)


def test_c2dtlz2_by_hand() -> None:
    """On the front the corner (1, 0) and the middle are feasible, between them not."""
    problem = MADE["c2dtlz2"]
    points = [[t, *[0.5] * 11] for t in (0.0, 0.5, 0.25)]
    params = dict(zip(problem.space, np.array(points).T, strict=True))
    corner, middle, between = problem.constraints(params)[:, 0]
    assert corner == pytest.approx(-0.04)
    assert middle == pytest.approx(-0.08)
    c, s = np.cos(np.pi / 8), np.sin(np.pi / 8)
    wanted = min((c - 1) ** 2 + s**2 - 0.04, (c - 0.5**0.5) ** 2 + (s - 0.5**0.5) ** 2 - 0.08)
    assert between == pytest.approx(wanted)
    assert wanted > 0.0


def test_zdt1_front_and_volume() -> None:
    problem = MADE["zdt1"]
    f0 = np.linspace(0.0, 1.0, 400)
    values = at(problem, *[[x, *[0.0] * 9] for x in f0])
    np.testing.assert_allclose(values[:, 1], 1.0 - np.sqrt(f0), atol=1e-12)
    assert problem.best is not None
    assert problem.hypervolume(values) == pytest.approx(problem.best, abs=1e-3)


def test_osy_ends_of_the_front() -> None:
    problem = MADE["osy"]
    points = [[5.0, 1.0, 5.0, 0.0, 5.0, 0.0], [0.0, 2.0, 1.0, 0.0, 1.0, 0.0]]
    values = at(problem, *points)
    np.testing.assert_allclose(values, [[-274.0, 76.0], [-116.0 + 0.0, 6.0]])
    params = dict(zip(problem.space, np.array(points).T, strict=True))
    assert (problem.constraints(params) <= 1e-12).all()


def lowest(problem: Problem, objective: int, start: list[float]) -> float:
    bounds = [(d.low, d.high) for d in problem.space.values() if isinstance(d, FloatDistribution)]
    low, span = np.array(bounds)[:, 0], np.ptp(bounds, axis=1)

    def value(u: np.ndarray) -> float:
        return float(at(problem, (low + span * u).tolist())[0, objective])

    return float(minimize(value, np.array(start), bounds=[(0.0, 1.0)] * len(low)).fun)


def test_re42_reaches_the_ideal_of_the_suite() -> None:
    assert lowest(RE42(), 1, [0.1] * 6) == pytest.approx(IDEAL[1], rel=1e-6)
    assert lowest(RE42(), 3, [0.9, 0.1, 0.3, 0.2, 0.5, 0.5]) == 0.0


def test_re41_reaches_the_ideal_of_the_suite() -> None:
    problem = MADE["re41"]
    for j in range(3):
        assert lowest(problem, j, [0.5] * 7) == pytest.approx(problem.ideal[j], rel=1e-6)


def test_passino_minimum() -> None:
    assert at(Passino(), [15.0, 5.0])[0, 0] == pytest.approx(-3.986, abs=1e-3)


def nasbench(path: Path) -> Path:
    """Four cells in a disordered table of two edges and two operations."""
    np.savez(
        path / "t.npz",
        ops=np.array([[1, 0], [0, 0], [1, 1], [0, 1]], dtype=np.int8),
        op_names=np.array(["none", "conv"]),
        val_acc_cifar10=np.array([60.0, 10.0, 90.0, 70.0]),
        params_M_cifar10=np.array([2.0, 1.0, 3.0, 2.5]),
        flops_M_cifar10=np.array([20.0, 10.0, 30.0, 25.0]),
        lat_ms_raspi4=np.array([4.0, 1.0, 5.0, 3.0]),
    )
    return path / "t.npz"


def test_nasbench201_answers_from_the_table(tmp_path: Path) -> None:
    problem = NASBench201(nasbench(tmp_path))
    assert problem.space["edge0"] == CategoricalDistribution(("none", "conv"))
    cells = {"edge0": np.array(["conv", "none"]), "edge1": np.array(["none", "conv"])}
    np.testing.assert_allclose(
        problem.evaluate(cells), [[0.4, 2.0, 20.0, 4.0], [0.3, 2.5, 25.0, 3.0]]
    )
    assert problem.hypervolume(np.array([[0.3, 2.5, 25.0, 3.0]])) == pytest.approx(
        0.5 * 0.25 * 0.25 * 0.5
    )
    assert problem.best is not None
    with pytest.raises(DataError, match="cannot be read as a table of NAS-Bench-201"):
        NASBench201(tmp_path / "none.npz")
