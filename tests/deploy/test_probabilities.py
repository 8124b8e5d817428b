import numpy as np
import pytest
from runs import make_run

from tinypareto import uncalibrated_probabilities
from tinypareto.errors import DataError
from tinypareto.evaluation.network import Network


@pytest.fixture(scope="module")
def network(tmp_path_factory: pytest.TempPathFactory) -> Network:
    return make_run(tmp_path_factory.mktemp("shares") / "run", "series").network


def test_shares_sum_to_one_and_agree_with_the_answers(network: Network) -> None:
    x = np.random.default_rng(1).integers(0, 40, (9, 2, 24)).astype(np.float32)
    shares = uncalibrated_probabilities(network, x)
    assert shares.shape == (9, len(network.recipe.class_names))
    assert (shares >= 0).all()
    np.testing.assert_allclose(shares.sum(axis=1), 1, rtol=1e-6)
    np.testing.assert_array_equal(shares.argmax(axis=1), network.predict(x))


def test_cases_of_another_shape_are_refused(network: Network) -> None:
    with pytest.raises(DataError, match=r"one case of x has shape \[2, 23\]; wanted \[2, 24\]"):
        uncalibrated_probabilities(network, np.zeros((1, 2, 23), np.float32))
    with pytest.raises(DataError):
        uncalibrated_probabilities(network, np.full((1, 2, 24), np.nan, np.float32))
