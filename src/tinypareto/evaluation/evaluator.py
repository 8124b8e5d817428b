"""From a candidate to its measurement: the steps in order, as one flat list."""

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property, partial

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.metrics import confusion_matrix
from torch import nn

from tinypareto.data.dataset import Dataset
from tinypareto.data.normalize import Normalizer
from tinypareto.data.split import Part, Selection
from tinypareto.evaluation.linked_program import Linker
from tinypareto.evaluation.measurement import Measurement
from tinypareto.evaluation.network import Network, Recipe
from tinypareto.graph.cost import emitted_rom_bytes, resources
from tinypareto.nets.options import NetOptions
from tinypareto.nets.registry import build
from tinypareto.quantize.calibrate import calibrate
from tinypareto.search_space.candidate import Candidate
from tinypareto.training.checkpoints import Watch
from tinypareto.training.early_stopping import Prospects
from tinypareto.training.loop import Epoch, train
from tinypareto.training.settings import TrainingSettings
from tinypareto.training.traced_structure import Blueprint

DETAILS = "details.json"
Weights = Mapping[str, torch.Tensor]


@dataclass(frozen=True)
class Evaluation:
    """A measured candidate with its network.

    Attributes:
        measurement: The figures.
        network: What was measured.
        confusion: Test cases by true class (rows) and by the class that the int8 network gives.
        instructions: Of one inference, by node and at last of the call itself; None where nothing
            was emulated.
    """

    measurement: Measurement
    network: Network
    confusion: NDArray[np.int64]
    instructions: list[int] | None = None

    def details(self) -> str:
        """The content of `DETAILS`."""
        told = {"confusion": self.confusion.tolist(), "instructions": self.instructions}
        return json.dumps({"format": 1, **told}) + "\n"


@dataclass(frozen=True)
class Fitted:
    """A trained network and what is known of it without measuring.

    Attributes:
        network: The network that is kept.
        history: Of its training, by epoch.
        accuracy_search: Top-1 of int8 networks on the data that steers the search.
        accuracy_float: Top-1 of the float network on the test split.
        reused_from: Folder of the trial that trained it in an earlier search; None where it was
            trained for this one.
    """

    network: Network
    history: list[Epoch]
    accuracy_search: float
    accuracy_float: float
    reused_from: str | None = None


@dataclass(frozen=True)
class Evaluator:
    """Trains and measures candidates of one search.

    Attributes:
        dataset: Raw data with its official split.
        selection: The data that steers the search.
        net: Key in `tinypareto.nets.registry.NETS`, or `module:function`.
        net_settings: All settings of the network.
        seed: Of the search; a trial's random streams come from it and the trial's number.
        linker: Measures the linked program, where the search is for a board.
        start: Settings with which the unpruned network is trained, once for each fold; candidates
            then start from its weights. None: from random ones.
    """

    dataset: Dataset
    selection: Selection
    net: str
    net_settings: NetOptions
    seed: int
    linker: Linker | None = None
    start: Mapping[str, float] | None = None

    def evaluate(
        self,
        candidate: Candidate,
        channels: Mapping[str, int],
        number: int,
        prospects: Prospects | None = None,
        fitted: Fitted | None = None,
    ) -> Evaluation:
        """Train, prune, quantize and measure.

        With a holdout (or the test split) the network that was scored is the one that is kept.
        With k folds the score is their mean, and the network is trained anew on all training data.

        Args:
            candidate: What to train.
            channels: Filters that its sparsities leave, by prunable layer.
            number: Of the trial.
            prospects: Where the trial is to be stopped if it is hopeless.
            fitted: What training would give, where that is known.

        Raises:
            HopelessError: It is.
            TrialError: Training diverged.
            ToolchainError: The program could not be compiled or emulated.
        """
        start = time.perf_counter()
        fitted = fitted or self._fitted(candidate, channels, number, prospects)
        network, truth = fitted.network, self.dataset.y_test
        labels = network.predict(self.dataset.x_test)
        used = resources(network.graph)
        assert used.rom_bytes == emitted_rom_bytes(network.graph)
        run = None
        if self.linker is not None:
            made = self.linker.program(network)
            used, run = self.linker.used(network, made), made.run
        return Evaluation(
            Measurement(
                number=number,
                resources=used,
                channels=dict(channels),
                accuracy_search=fitted.accuracy_search,
                accuracy=float((labels == truth).mean()),
                accuracy_float=fitted.accuracy_float,
                seconds=time.perf_counter() - start,
                history=fitted.history,
                reused_from=fitted.reused_from,
            ),
            network,
            confusion_matrix(truth, labels, labels=range(len(self.dataset.class_names))),
            [layer.instructions for layer in run.layers] if run else None,
        )

    def _fitted(
        self,
        candidate: Candidate,
        channels: Mapping[str, int],
        number: int,
        prospects: Prospects | None,
    ) -> Fitted:
        scores = []
        for at, fold in enumerate(self.selection.folds):
            scored_on = partial(self.selection.scored, self.dataset, fold)
            watch = None if at or prospects is None else Watch(prospects, scored_on)
            fitted_on = partial(self.selection.fitted, self.dataset, fold)
            network, history = self._fit(candidate, channels, fitted_on, (number, at), watch)
            scores.append(network.accuracy(*scored_on()))
            if prospects is not None and len(scores) < len(self.selection.folds):
                prospects.check(f"fold {len(scores)}", float(np.mean(scores)))
        if self.selection.kind == "kfold":
            if prospects is not None:
                prospects.settle(float(np.mean(scores)))
            network, history = self._fit(candidate, channels, self._all, (number, len(scores)))
        accuracy_float = network.accuracy_float(self.dataset.x_test, self.dataset.y_test)
        return Fitted(network, history, float(np.mean(scores)), accuracy_float)

    @cached_property
    def _blueprint(self) -> Blueprint:
        return Blueprint.of(self._module(0), self.dataset.input_shape)

    def _module(self, seed: int) -> nn.Module:
        """The network before training."""
        with torch.random.fork_rng():
            torch.manual_seed(seed)
            classes = len(self.dataset.class_names)
            return build(self.net, self.net_settings, self.dataset.input_shape, classes)

    @cached_property
    def _starts(self) -> dict[int, Weights]:
        return {}

    def _trained(
        self, start: Mapping[str, float], fold: int, x: NDArray[np.float32], y: NDArray[np.int64]
    ) -> Weights:
        """The unpruned network's weights, the same in every process."""
        if fold not in self._starts:
            seeds = np.random.SeedSequence((self.seed, 0, fold, 1)).generate_state(2)
            module, settings = self._module(int(seeds[0])), TrainingSettings.from_settings(start)
            train(module, x, y, settings, {}, int(seeds[1]), blueprint=self._blueprint)
            self._starts[fold] = module.cpu().state_dict()
        return self._starts[fold]

    def _all(self) -> Part:
        return self.dataset.x_train.copy(), self.dataset.y_train

    def _fit(
        self,
        candidate: Candidate,
        channels: Mapping[str, int],
        part: Callable[[], Part],
        stream: tuple[int, int],
        watch: Watch | None = None,
    ) -> tuple[Network, list[Epoch]]:
        """One network on one part of the data, with the random stream of (trial, fold).

        `part` makes copies, which are overwritten.
        """
        x, y = part()
        normalizer = Normalizer.fit(x)
        cases = normalizer.apply(x, in_place=True)
        weights_seed, training_seed = np.random.SeedSequence((self.seed, *stream)).generate_state(2)
        module = self._module(int(weights_seed))
        if self.start is not None:
            module.load_state_dict(self._trained(self.start, stream[1], cases, y))
        epochs = candidate.settings["epochs"]
        history = train(
            module,
            cases,
            y,
            TrainingSettings.from_settings(candidate.settings),
            candidate.sparsities,
            int(training_seed),
            on_epoch=None if watch is None else watch.on(module, epochs, normalizer, cases),
            blueprint=self._blueprint,
        )
        calibration = calibrate(module, cases)
        recipe = Recipe(
            net=self.net,
            net_settings=self.net_settings,
            input_shape=self.dataset.input_shape,
            class_names=self.dataset.class_names,
            channels=channels,
            mean=tuple(normalizer.mean.tolist()),
            std=tuple(normalizer.std.tolist()),
            ranges=calibration.ranges,
            biases=calibration.biases,
        )
        return Network(recipe, module.cpu()), history
