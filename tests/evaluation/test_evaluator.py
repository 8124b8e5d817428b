from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from tinypareto.data.dataset import Dataset
from tinypareto.data.split import SelectOn, selection_folds
from tinypareto.errors import DivergedError
from tinypareto.evaluation import evaluator
from tinypareto.evaluation.evaluator import Evaluation, Evaluator
from tinypareto.evaluation.measurement import Measurement
from tinypareto.evaluation.search_cases import Answered, SearchCases, unpacked
from tinypareto.nets.spec import NetSpec
from tinypareto.search_space.candidate import Candidate
from tinypareto.tasks.metrics.registry import METRICS
from tinypareto.training import loop
from tinypareto.training.early_stopping import EarlyStopping, TrialStopped

NET = {"width": 8, "depth": 2}


def spec(dataset: Dataset) -> NetSpec:
    return NetSpec("dscnn", NET, dataset.input_shape, dataset.outputs)


def evaluation(
    dataset: Dataset,
    select_on: SelectOn,
    number: int = 0,
    early_stopping: EarlyStopping | None = None,
    **settings: float,
) -> Evaluation:
    selection = selection_folds(dataset, select_on, 0)
    candidate = Candidate({"epochs": 2, "batch_size": 16, **settings}, {})
    evaluator = Evaluator(dataset, selection, 7)
    return evaluator.evaluate(spec(dataset), candidate, {}, number, early_stopping)


def measure(
    dataset: Dataset,
    select_on: SelectOn,
    number: int = 0,
    early_stopping: EarlyStopping | None = None,
    **settings: float,
) -> Measurement:
    return evaluation(dataset, select_on, number, early_stopping, **settings).measurement


def test_the_same_seed_and_number_give_the_same_measurement(series: Dataset) -> None:
    first, again, other = (measure(series, "test", n) for n in (4, 4, 5))
    assert first.history == again.history
    assert first.score == again.score
    assert first.history != other.history


def test_warm_starts_train_the_unpruned_network_once_for_each_fold(
    series: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One epoch whose learning rate changes nothing shows where a training starts."""
    lengths: list[float] = []

    def train(module: Any, x: Any, y: Any, settings: Any, *given: Any, **named: Any) -> Any:
        lengths.append(settings.epochs)
        return loop.train(module, x, y, settings, *given, **named)

    monkeypatch.setattr(evaluator, "train", train)
    selection = selection_folds(series, "validation", 0)
    still = Candidate({"epochs": 1, "batch_size": 16, "lr": 1e-12}, {})
    warm = [
        Evaluator(series, selection, 7, start={"epochs": 8, "batch_size": 16, "lr": 0.1})
        for _ in range(2)
    ]
    first, again = (warm[0].evaluate(spec(series), still, {}, n).measurement for n in (3, 4))
    networks = len(selection.folds) + (selection.kind == "kfold")
    assert lengths == [8, 1] * networks + [1] * networks
    assert first.score_search == again.score_search
    elsewhere = warm[1].evaluate(spec(series), still, {}, 3).measurement
    assert elsewhere.history == first.history
    cold = Evaluator(series, selection, 7).evaluate(spec(series), still, {}, 3).measurement
    assert first.score_search > cold.score_search


def test_with_the_test_split_the_search_sees_the_test_accuracy(series: Dataset) -> None:
    measured = measure(series, "test")
    assert measured.score_search == measured.score


def test_the_confusion_matrix_is_that_of_the_reported_accuracy(series: Dataset) -> None:
    done = evaluation(series, "test")
    confusion = np.array(done.task_details["confusion"])
    assert confusion.sum(axis=1).tolist() == np.bincount(series.y_test).tolist()
    labels = done.network.predict(series.x_test)
    assert confusion[1, 2] == ((series.y_test == 1) & (labels == 2)).sum()
    assert confusion.trace() / len(labels) == pytest.approx(done.measurement.score)


def test_folds_are_scored_and_the_network_is_trained_on_everything(
    series: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    sizes: list[int] = []
    train = loop.train

    def counting(module, x, *rest, **named):  # type: ignore[no-untyped-def]
        sizes.append(len(x))
        return train(module, x, *rest, **named)

    monkeypatch.setattr(evaluator, "train", counting)
    measure(series, "validation")
    assert sizes == [48] * 10 + [60]


def test_divergence_is_an_error_of_its_own(series: Dataset) -> None:
    with pytest.raises(DivergedError):
        measure(series, "test", lr=1e30, epochs=3)


def test_checkpoints_change_nothing_but_what_is_noted(series: Dataset) -> None:
    rule = EarlyStopping()
    watched = measure(series, "validation", epochs=3, early_stopping=rule)
    assert watched.history == measure(series, "validation", epochs=3).history
    folds = [f"fold {number}" for number in range(1, 10)]
    assert list(rule.scores) == ["1/3 of the epochs", "2/3 of the epochs", *folds]


def test_a_hopeless_trial_is_not_trained_on_all_data(
    series: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    trained = []
    train = loop.train

    def counting(*arguments, **named):  # type: ignore[no-untyped-def]
        trained.append(len(arguments[1]))
        return train(*arguments, **named)

    monkeypatch.setattr(evaluator, "train", counting)
    with pytest.raises(TrialStopped, match="all folds") as caught:
        measure(series, "validation", early_stopping=EarlyStopping(1.0))
    assert caught.value.exact
    assert trained == [48] * 10


def test_the_search_score_is_that_of_the_answers_of_all_folds(series: Dataset) -> None:
    measured = measure(series, "validation")
    cases = SearchCases.of(series, selection_folds(series, "validation", 0))
    answers = unpacked(measured.answers_search or "", len(cases.targets))
    assert answers is not None
    assert cases.score(answers) == measured.score_search
    values = Answered([cases], {0: [measured.answers_search or ""]}).values(0)
    assert values is not None
    assert values.shape == (60,)
    assert values.mean() == pytest.approx(measured.score_search)


@pytest.mark.parametrize("metric", METRICS)
def test_every_metric_is_measured_and_one_steers(series: Dataset, metric: str) -> None:
    # Uneven classes tell the metrics apart.
    uneven = replace(series, x_test=series.x_test[:-7], y_test=series.y_test[:-7])
    measured = measure(uneven.steered_by(metric), "test")
    assert measured.metrics.keys() == METRICS.keys()
    assert measured.score == measured.score_search == measured.metrics[metric]


@pytest.mark.parametrize("select_on", ["validation", "test"])
@pytest.mark.parametrize("net", ["rocket", "linear"])
def test_families_with_a_fit_of_their_own_are_not_trained(
    net: str, select_on: SelectOn, series: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(evaluator, "train", None)
    spec = NetSpec(net, {}, series.input_shape, series.outputs)
    selection, stop = selection_folds(series, select_on, 0), EarlyStopping()
    made = Evaluator(series, selection, 7, start={"epochs": 1})
    channels = {"kernels": 40} if net == "rocket" else {}
    candidate = Candidate({"epochs": 2, "batch_size": 16}, {})
    first = made.evaluate(spec, candidate, channels, 3, stop)
    assert first.measurement.history == []
    assert net == "linear" or first.measurement.score > 0.6
    # The number of the trial decides nothing: such a fit has no random stream of its own.
    again = made.evaluate(spec, candidate, channels, 4).measurement
    assert again.score_search == first.measurement.score_search
    for layer, count in channels.items():
        node = next(node for node in first.network.graph.nodes if node.name == layer)
        assert node.op.output_shape((1, 1, 1))[2] == count
