"""The learning tasks by name."""

from tinypareto.registry import lookup
from tinypareto.tasks.classification import Classification
from tinypareto.tasks.metrics.registry import METRICS
from tinypareto.tasks.regression import Regression
from tinypareto.tasks.task import Task

CLASSIFICATION = Classification()
TASKS: dict[str, Task] = {
    "classification": CLASSIFICATION,
    "regression": Regression(),
}
TASKS |= {task.name: task for task in map(Classification, list(METRICS.values())[1:])}


def find_task(name: str) -> Task:
    """The task of that name.

    Raises:
        ConfigError: There is none.
    """
    return lookup("task", name, TASKS)
