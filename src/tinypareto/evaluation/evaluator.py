"""Evaluates a candidate: trains, prunes, quantizes and measures its network."""

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property, partial
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from tinypareto.data.dataset import Dataset
from tinypareto.data.normalize import Normalizer
from tinypareto.data.split import Part, Selection
from tinypareto.evaluation.linked_program import LinkedProgramProfiler
from tinypareto.evaluation.measurement import Measurement
from tinypareto.evaluation.network import Network, Recipe
from tinypareto.evaluation.search_cases import SearchCases, packed
from tinypareto.graph.cost import emitted_rom_bytes, resources
from tinypareto.nets.family import ClosedForm, TrainingData
from tinypareto.nets.registry import closed_form
from tinypareto.nets.spec import NetSpec
from tinypareto.pruning.prune import prune
from tinypareto.quantize.calibrate import calibrate, input_quant
from tinypareto.search_space.candidate import Candidate
from tinypareto.search_space.training_settings import TrainingSettings
from tinypareto.tasks.task import Answers, Targets
from tinypareto.training.checkpoints import CheckpointScorer
from tinypareto.training.early_stopping import EarlyStopping
from tinypareto.training.loop import Epoch, train
from tinypareto.training.traced_structure import TracedStructure

DETAILS = "details.json"
DEVIATIONS = 4.0
"""Standard deviations that the input of a fit in closed form covers.

Int8 has few steps, and rare peaks must not take them all.
"""
Weights = Mapping[str, torch.Tensor]


@dataclass(frozen=True)
class Evaluation:
    """A measured candidate with its network.

    Attributes:
        measurement: The figures.
        network: The network that was measured.
        task_details: Further figures of the task, such as the confusion matrix; see `Task.details`.
        instructions: Emulated instructions of one inference by node, the last entry for the call
            itself; None if nothing was emulated.
    """

    measurement: Measurement
    network: Network
    task_details: Mapping[str, Any] = field(default_factory=dict)
    instructions: list[int] | None = None

    def details(self) -> str:
        """The content of `DETAILS`."""
        content = {"format": 1, **self.task_details, "instructions": self.instructions}
        return json.dumps(content) + "\n"


@dataclass(frozen=True)
class Fitted:
    """A trained network and its scores, before its resources are measured.

    Attributes:
        network: The network to keep.
        history: One record of its training per epoch.
        score_search: Score of int8 networks on the data that steers the search.
        score_float: Score of the float network on the test split.
        answers_search: Answers to the cases that steer the search, see `search_cases.packed`.
        reused_from: Folder of the trial of an earlier search that trained the network; None if
            this search trained it.
    """

    network: Network
    history: list[Epoch]
    score_search: float
    score_float: float
    answers_search: str | None = None
    reused_from: str | None = None


@dataclass(frozen=True)
class Evaluator:
    """Trains and measures candidates of one search.

    Attributes:
        dataset: Raw data with its official split.
        selection: The data that steers the search.
        seed: Seed of the search; the random streams of a trial come from it and the trial's number.
        profiler: Measures the linked program if the search is for a board.
        start: Settings with which the unpruned network is trained once for each fold, so that
            candidates start from its weights; None to start from random ones.
    """

    dataset: Dataset
    selection: Selection
    seed: int
    profiler: LinkedProgramProfiler | None = None
    start: Mapping[str, float] | None = None

    def evaluate(
        self,
        spec: NetSpec,
        candidate: Candidate,
        channels: Mapping[str, int],
        number: int,
        early_stopping: EarlyStopping | None = None,
        fitted: Fitted | None = None,
    ) -> Evaluation:
        """Train, prune, quantize and measure.

        With a holdout (or the test split) the network that was scored is the one that is kept. With
        k folds the answers of their networks are scored together, and the network is trained again
        on all training data.

        Args:
            spec: The unpruned network.
            candidate: Settings and sparsities to train with.
            channels: Filters that the sparsities leave, by prunable layer.
            number: Number of the trial.
            early_stopping: Early-stopping rule; None to always train to the end.
            fitted: Result of an earlier, identical training to reuse instead of training.

        Raises:
            TrialStopped: The early-stopping rule ended the trial.
            TrialError: Training diverged.
            ToolchainError: The program could not be compiled or emulated.
        """
        start = time.perf_counter()
        fitted = fitted or self._fitted(spec, candidate, channels, number, early_stopping)
        network, targets, task = fitted.network, self.dataset.y_test, self.dataset.learning_task
        answers = network.predict(self.dataset.x_test)
        used = resources(network.graph)
        assert used.rom_bytes == emitted_rom_bytes(network.graph)
        emulation = None
        if self.profiler is not None:
            program = self.profiler.program(network)
            used, emulation = self.profiler.used(network, program), program.run
        return Evaluation(
            Measurement(
                number=number,
                resources=used,
                channels=dict(channels),
                score_search=fitted.score_search,
                score=task.measure(answers, targets),
                score_float=fitted.score_float,
                metrics=task.metrics(answers, targets),
                never_found=task.never_found(answers, targets, self.dataset.class_names),
                answers_search=fitted.answers_search,
                seconds=time.perf_counter() - start,
                history=fitted.history,
                reused_from=fitted.reused_from,
            ),
            network,
            task.details(answers, targets, self.dataset.class_names),
            [layer.instructions for layer in emulation.layers] if emulation else None,
        )

    def _fitted(
        self,
        spec: NetSpec,
        candidate: Candidate,
        channels: Mapping[str, int],
        number: int,
        early_stopping: EarlyStopping | None,
    ) -> Fitted:
        answers: list[Answers] = []
        score, folds = 0.0, self.selection.folds
        for index, fold in enumerate(folds):
            scored_on = partial(self.selection.scored, self.dataset, fold)
            scorer = None
            if index == 0 and early_stopping is not None:
                scorer = CheckpointScorer(early_stopping, scored_on, self.dataset.learning_task)
            fitted_on = partial(self.selection.fitted, self.dataset, fold)
            network, history = self._fit(
                spec, candidate, channels, fitted_on, (number, index), scorer
            )
            answers.append(network.predict(scored_on()[0]))
            score = self._search_cases.score(np.concatenate(answers))
            if early_stopping is not None and len(answers) < len(folds):
                early_stopping.check(f"fold {len(answers)}", score)
        if self.selection.kind == "kfold":
            if early_stopping is not None:
                early_stopping.settle(score)
            network, history = self._fit(spec, candidate, channels, self._all, (number, len(folds)))
        score_float = network.score_float(self.dataset.x_test, self.dataset.y_test)
        return Fitted(network, history, score, score_float, packed(np.concatenate(answers)))

    def answers_again(
        self,
        spec: NetSpec,
        candidate: Candidate,
        channels: Mapping[str, int],
        number: int,
        repeat: int,
    ) -> str | None:
        """Train a candidate on folds of another seed, and return the answers to their cases.

        Args:
            spec: The unpruned network.
            candidate: Settings and sparsities to train with.
            channels: Filters that the sparsities leave, by prunable layer.
            number: Number of the trial.
            repeat: Number of the repeat, from 1; each has random streams of its own.

        Returns:
            The answers as `search_cases.packed` writes them.
        """
        selection = self.selection.again(self.dataset, self.seed, repeat)
        answers = []
        for index, fold in enumerate(selection.folds):
            stream = (number, repeat * (len(selection.folds) + 1) + index)
            fitted_on = partial(selection.fitted, self.dataset, fold)
            network, _ = self._fit(spec, candidate, channels, fitted_on, stream)
            answers.append(network.predict(selection.scored(self.dataset, fold)[0]))
        return packed(np.concatenate(answers))

    @cached_property
    def _search_cases(self) -> SearchCases:
        return SearchCases.of(self.dataset, self.selection)

    @cached_property
    def _traced(self) -> dict[str, TracedStructure]:
        return {}

    def _structure(self, spec: NetSpec) -> TracedStructure:
        """The traced network; only the last one is kept, since most searches vary it."""
        if spec.key not in self._traced:
            self._traced.clear()
            self._traced[spec.key] = TracedStructure.from_module(
                self._module(spec, 0), spec.input_shape
            )
        return self._traced[spec.key]

    def _module(self, spec: NetSpec, seed: int) -> nn.Module:
        """The network before training."""
        with torch.random.fork_rng():
            torch.manual_seed(seed)
            return spec.build()

    @cached_property
    def _starts(self) -> dict[tuple[str, int], Weights]:
        return {}

    def _trained(
        self,
        spec: NetSpec,
        start: Mapping[str, float],
        fold: int,
        x: NDArray[np.float32],
        y: Targets,
    ) -> Weights:
        """Weights of the trained unpruned network, the same in every process."""
        if any(key != spec.key for key, _ in self._starts):
            self._starts.clear()
        if (spec.key, fold) not in self._starts:
            seeds = np.random.SeedSequence((self.seed, 0, fold, 1)).generate_state(2)
            module = self._module(spec, int(seeds[0]))
            train(
                module,
                x,
                y,
                TrainingSettings.from_settings(start),
                {},
                int(seeds[1]),
                traced=self._structure(spec),
                task=self.dataset.learning_task,
            )
            self._starts[spec.key, fold] = module.cpu().state_dict()
        return self._starts[spec.key, fold]

    def _all(self) -> Part:
        return self.dataset.x_train.copy(), self.dataset.y_train

    def _fit(
        self,
        spec: NetSpec,
        candidate: Candidate,
        channels: Mapping[str, int],
        part: Callable[[], Part],
        stream: tuple[int, int],
        scorer: CheckpointScorer | None = None,
    ) -> tuple[Network, list[Epoch]]:
        """One network on one part of the data, with the random stream of (trial, fold).

        The arrays that `part` returns are overwritten.
        """
        x, y = part()
        normalizer = Normalizer.fit(x)
        cases = normalizer.apply(x, in_place=True)
        scaling = self.dataset.learning_task.scaling(y)
        y = scaling.standardized(y)
        weights_seed, training_seed = np.random.SeedSequence((self.seed, *stream)).generate_state(2)
        module, history = self._module(spec, int(weights_seed)), list[Epoch]()
        if (fit := closed_form(spec.name)) is not None:
            self._fit_in_closed_form(fit, spec, module, channels, (cases, y), stream[1])
        else:
            if self.start is not None:
                module.load_state_dict(self._trained(spec, self.start, stream[1], cases, y))
            epochs = candidate.settings["epochs"]
            history = train(
                module,
                cases,
                y,
                TrainingSettings.from_settings(candidate.settings),
                candidate.sparsities,
                int(training_seed),
                on_epoch=None
                if scorer is None
                else scorer.on(module, epochs, normalizer, cases, scaling),
                traced=self._structure(spec),
                task=self.dataset.learning_task,
            )
        calibration = calibrate(module, cases)
        recipe = Recipe(
            net=spec.name,
            net_settings=spec.options,
            input_shape=spec.input_shape,
            class_names=self.dataset.class_names,
            channels=channels,
            mean=tuple(normalizer.mean.tolist()),
            std=tuple(normalizer.std.tolist()),
            ranges=calibration.ranges,
            biases=calibration.biases,
            task=self.dataset.task,
            scaling=scaling,
        )
        return Network(recipe, module.cpu()), history

    def _fit_in_closed_form(
        self,
        fit: ClosedForm,
        spec: NetSpec,
        module: nn.Module,
        channels: Mapping[str, int],
        part: Part,
        fold: int,
    ) -> None:
        """Prune first, then fit; networks of one fold share their random choices and their work."""
        prune(
            module, self._structure(spec).plan, {name: np.arange(n) for name, n in channels.items()}
        )
        (seed,) = np.random.SeedSequence((self.seed, 0, fold, 2)).generate_state(1)
        x, y = part
        np.clip(x, -DEVIATIONS, DEVIATIONS, out=x)
        shared = self._shared.setdefault(fold, {})
        fit(module, TrainingData(x, y, input_quant(x), int(seed), shared))
        module.eval()

    @cached_property
    def _shared(self) -> dict[int, dict[Any, Any]]:
        """Work that fits in closed form share, by fold."""
        return {}
