import numpy as np

from tinypareto.bench.problems import TinyMLSynthetic
from tinypareto.samplers.encoding import Encoding


def draw(problem: TinyMLSynthetic, n: int) -> dict[str, np.ndarray]:
    encoding = Encoding(problem.space)
    return encoding.decode(np.random.default_rng(0).random((n, encoding.dim)))


def test_shapes_and_ranges() -> None:
    problem = TinyMLSynthetic()
    params = draw(problem, 500)
    values = problem.evaluate(params)
    assert problem.dim == 21
    assert values.shape == (500, 4)
    assert (values[:, 0] > 0.0).all()
    assert (values[:, 0] <= 5 / 6 + 1e-9).all()
    assert problem.features(params).shape == (500, 13)


def test_about_a_quarter_of_the_space_is_feasible() -> None:
    problem = TinyMLSynthetic()
    share = (problem.resources(draw(problem, 4000)) <= 1.0).all(axis=1).mean()
    assert 0.15 < share < 0.4


def test_resources_are_steps_of_whole_filters() -> None:
    problem = TinyMLSynthetic(layers=3)
    params = {name: np.array([0.5, 0.5 + 1e-4]) for name in problem.layers}
    np.testing.assert_array_equal(problem.channels(params), np.full((2, 3), 64.0))
    used = problem.resources(params)
    np.testing.assert_array_equal(used[0], used[1])


def test_rom_counted_by_hand() -> None:
    usage = TinyMLSynthetic._usage(np.array([[2.0, 3.0]]))
    weights = 4 * 5 * 2 + 2 * 3 + 2 * 3 + 3 * 6
    biases = 4 * (2 + 2 + 3 + 6)
    assert usage[0, 0] == weights + biases
    assert usage[0, 2] == 2 * (64 * (4 * 5 * 2 + 2 * 3 + 2 * 3) + 3 * 6)


def test_deterministic_given_the_seed() -> None:
    params = draw(TinyMLSynthetic(), 20)
    again, other = (TinyMLSynthetic(seed=s).evaluate(params) for s in (0, 1))
    np.testing.assert_array_equal(TinyMLSynthetic().evaluate(params), again)
    assert (again[:, 0] != other[:, 0]).any()
