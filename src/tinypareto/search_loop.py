"""Ask, predict, train, measure, tell, until the trials are spent."""

import torch

from tinypareto.config import RunConfig
from tinypareto.data.dataset import Dataset
from tinypareto.data.split import selection_folds
from tinypareto.errors import TrialError
from tinypareto.evaluate import Evaluator
from tinypareto.folder import STUDY, claim, write_trial
from tinypareto.front import Front, build_front, write_front
from tinypareto.predict import Predictor
from tinypareto.presets import intervals
from tinypareto.progress import Reporter, Status, Step
from tinypareto.records import Limits, Resources
from tinypareto.space import build_space
from tinypareto.study import Study, make_sampler

ONLY_FAILURES = 10
"""Where so many trials failed and none succeeded, the cause is not the candidates."""


class SearchLoop:
    """One search, from its checks to its front."""

    def __init__(
        self, config: RunConfig, dataset: Dataset, reporter: Reporter, resume: bool
    ) -> None:
        self._config = config
        self._dataset = dataset
        self._reporter = reporter
        self._selection = selection_folds(dataset, config.select_on, config.seed)
        net, options = config.net, config.net_options
        shape, classes = dataset.input_shape, len(dataset.class_names)
        self._predictor = Predictor.of(net, options, shape, classes, config.limits)
        self._evaluator = Evaluator(dataset, self._selection, net, options, config.seed)
        resolved = intervals(config.preset, len(dataset.x_train), config.space)
        space = build_space(config.preset, self._predictor.layers, resolved)
        claim(config.model_copy(update={"space": resolved}), resume)
        sampler = make_sampler(config.sampler, config.seed, space, self._predictor)
        self._study = Study(config.out / STUDY, sampler, space, config.limits)

    def run(self) -> Front:
        """Search; whatever ends it, the front so far is written."""
        torch.set_num_threads(self._config.threads)
        done = self._study.finished()
        try:
            self._reporter.start(self._config, self._selection.description, done)
            while done < self._config.trials:
                outcome = self._trial()
                done += 1
                self._report(done, *outcome)
                self._give_up_if_hopeless()
        finally:
            self._reporter.close()
            front = self._front()
            write_front(front)
        return front

    def _trial(self) -> tuple[int, Status, str]:
        """Its number, how it ended, and why or how well in words."""
        trial, candidate = self._study.ask()
        channels = self._predictor.channels(candidate.sparsities)
        used = self._predictor.resources(channels)
        if not self._study.constrain(trial, used):
            self._study.infeasible(trial)
            return trial.number, "infeasible", _excess(self._config.limits, used)
        try:
            evaluation = self._evaluator.evaluate(candidate, channels, trial.number)
            write_trial(self._config.out, candidate, evaluation, self._dataset.name)
        except (TrialError, MemoryError, RuntimeError) as error:
            # Torch reports an exhausted memory as a RuntimeError.
            cause = " ".join(f"{type(error).__name__}: {error}".split())
            self._study.failed(trial, cause)
            return trial.number, "failed", cause
        measurement = evaluation.measurement
        self._study.complete(trial, measurement)
        accuracy = f"{measurement.accuracy_search:.1%} in {measurement.seconds:.1f} s"
        return trial.number, "complete", accuracy

    def _report(self, done: int, number: int, status: Status, note: str) -> None:
        front = self._front()
        best = max((point.accuracy_search for point in front.points), default=None)
        size, volume = len(front.points), front.search_hypervolume
        self._reporter.trial(Step(number, status, note, done, best, size, volume))

    def _give_up_if_hopeless(self) -> None:
        causes = self._study.causes()
        if len(causes) >= ONLY_FAILURES and not any(self._study.points()):
            raise TrialError(
                f"the first {len(causes)} trained candidates all failed, the last one with "
                f"{causes[-1]}; check the data and the space of settings"
            )

    def _front(self) -> Front:
        config = self._config
        return build_front(
            self._study.points(),
            config.limits,
            dataset=self._dataset.name,
            net=config.net,
            select_on=config.select_on,
            selection=self._selection.description,
            trials=self._study.finished(),
            folder=config.out,
        )


def _excess(limits: Limits, used: Resources) -> str:
    ratios = zip(("ROM", "RAM", "FLOPs"), limits.ratios(used), strict=True)
    return ", ".join(f"{name} {ratio:.0%} of the limit" for name, ratio in ratios if ratio > 1)
