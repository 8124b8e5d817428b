"""Promises of every task of `TASKS`; a new one is tested by being registered.

Answers compare with targets, so decoded random outputs serve as targets of any task.
"""

import subprocess
import sys
from collections.abc import Iterator
from math import isfinite

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from toy_task import TOY

from tinypareto.data.dataset import Dataset
from tinypareto.data.split import selection_folds
from tinypareto.errors import DataError
from tinypareto.tasks.registry import TASKS
from tinypareto.tasks.task import Outputs, Targets, Task


@pytest.fixture(scope="module", autouse=True)
def toy_registered() -> Iterator[None]:
    TASKS[TOY.name] = TOY
    yield
    del TASKS[TOY.name]


NAMES = ("one", "two")
# The toy task of the tests keeps the suite honest while there is a single other one.
tasks = pytest.mark.parametrize("task", [*TASKS.values(), TOY], ids=lambda task: task.name)
seeds = st.integers(0, 2**32 - 1)
counts = st.integers(1, 40)


def outputs_of(task: Task, seed: int, cases: int) -> Outputs:
    rng = np.random.default_rng(seed)
    return rng.normal(0, 3, (cases, task.outputs(NAMES))).astype(np.float32)


def targets_of(task: Task, seed: int, cases: int) -> Targets:
    return task.decode(outputs_of(task, seed, cases))


@pytest.mark.parametrize("name", TASKS)
def test_registered_under_its_name(name: str) -> None:
    assert TASKS[name].name == name


def test_tasks_do_not_load_torch() -> None:
    code = "import sys, tinypareto.tasks.registry; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@tasks
def test_the_score_has_a_direction_and_a_name_of_its_own(task: Task) -> None:
    score = task.score
    assert score.name.isidentifier()
    assert isfinite(score.best)
    assert score.best != score.worst
    assert score.low <= score.best <= score.high
    assert score.low <= score.worst <= score.high
    assert (score.objective(score.best), score.objective(score.worst)) == (0, 1)
    assert score.goodness(score.best) > score.goodness(score.worst)
    assert score.text(score.worst)


@tasks
@given(seed=seeds, cases=counts)
def test_the_gradient_is_that_of_autograd(task: Task, seed: int, cases: int) -> None:
    outputs = torch.from_numpy(outputs_of(task, seed, cases)).double().requires_grad_()
    targets = torch.from_numpy(targets_of(task, seed + 1, cases))
    targets = targets.double() if targets.is_floating_point() else targets
    loss = task.loss(outputs, targets)
    assert loss.shape == ()
    (expected,) = torch.autograd.grad(loss, outputs)
    with torch.inference_mode():
        gradient = task.loss_gradient(outputs.detach(), targets)
    torch.testing.assert_close(gradient, expected)


@tasks
@given(seed=seeds, cases=counts)
def test_scores_are_in_range_and_right_answers_are_best(task: Task, seed: int, cases: int) -> None:
    outputs, targets = outputs_of(task, seed, cases), targets_of(task, seed + 1, cases)
    score = task.evaluate(outputs, targets)
    task.score.check(score)
    assert task.score.clamp(score) == score
    assert task.measure(targets, targets) == task.score.best
    assert task.score.goodness(score) <= task.score.goodness(task.score.best)


@tasks
@given(seed=seeds, cases=counts)
def test_each_case_is_decoded_alone(task: Task, seed: int, cases: int) -> None:
    outputs = outputs_of(task, seed, cases)
    answers = task.decode(outputs)
    assert len(answers) == cases
    rows = [task.decode(outputs[i : i + 1]) for i in range(cases)]
    np.testing.assert_array_equal(answers, np.concatenate(rows))


@tasks
@given(seed=seeds)
def test_answers_pass_as_targets_and_nonsense_does_not(task: Task, seed: int) -> None:
    targets = targets_of(task, seed, 64)
    train, test, names = task.check_targets("here", targets, targets[:5], NAMES)
    np.testing.assert_array_equal(train, targets)
    assert names == NAMES
    with pytest.raises(DataError, match="here"):
        task.check_targets("here", np.full(64, "text"), test, NAMES)


@tasks
@given(seed=seeds, cases=st.sampled_from([60, 600]))
def test_folds_are_stratified(task: Task, seed: int, cases: int) -> None:
    targets = targets_of(task, seed, cases)
    strata = task.strata(targets)
    assert strata.shape == (cases,)
    assert strata.dtype == np.int64
    x = np.zeros((cases, 1, 4), np.float32)
    data = Dataset("data", x, targets, x[:2], targets[:2], NAMES, task=task.name)
    folds = selection_folds(data, "validation", seed).folds
    sizes = np.bincount(strata)
    assert sizes.all()
    assert all(task.stratum(number, NAMES) for number in range(len(sizes)))
    for fold in folds:
        share = len(fold.eval_index) / cases
        held = np.bincount(strata[fold.eval_index], minlength=len(sizes))
        np.testing.assert_allclose(held, share * sizes, atol=1.01)


@tasks
def test_files_name_the_score_and_read_it_back(task: Task) -> None:
    record = {"number": 3, "score": 0.5, "score_search": 0.25, "score_float": 0.75}
    written = task.to_file(record)
    assert written[f"{task.score.name}_search"] == 0.25
    assert not any(key.startswith("score") for key in written)
    read = task.score.from_file(written)
    assert {key: read[key] for key in record} == record


@tasks
def test_simple_models_give_answers_of_the_task(task: Task) -> None:
    """They are worth comparing with: fitted to the targets of vectors, they can be scored."""
    vectors, targets = np.random.default_rng(0).normal(size=(40, 6)), targets_of(task, 0, 40)
    for model in task.baselines(0).values():
        answers = model.fit(vectors, targets).predict(vectors)
        task.score.check(task.measure(answers, targets))
