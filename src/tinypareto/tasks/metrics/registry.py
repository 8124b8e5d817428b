"""The figures of merit of a classifier by name; the first one is the default."""

from tinypareto.tasks.metrics.accuracy import ACCURACY
from tinypareto.tasks.metrics.balanced_accuracy import BALANCED_ACCURACY
from tinypareto.tasks.metrics.macro_f1 import MACRO_F1
from tinypareto.tasks.metrics.metric import Metric

METRICS: dict[str, Metric] = {
    metric.score.name: metric for metric in (ACCURACY, BALANCED_ACCURACY, MACRO_F1)
}
