"""From a candidate to its measurement: the steps in order, as one flat list."""

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.metrics import confusion_matrix
from torch import nn

from tinypareto.data.dataset import Dataset
from tinypareto.data.normalize import Normalizer
from tinypareto.data.split import Part, Selection
from tinypareto.graph.cost import emitted_rom_bytes, resources
from tinypareto.linked import Linker
from tinypareto.nets import build
from tinypareto.network import Network, Recipe
from tinypareto.prospects import Prospects
from tinypareto.quantize.observe import observe
from tinypareto.records import Candidate, Measurement, NetOptions
from tinypareto.training.loop import Epoch, evaluate_accuracy, train
from tinypareto.training.recalibrate import recalibrate
from tinypareto.training.settings import TrainingSettings

DETAILS = "details.json"


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


WATCHED = (Fraction(1, 3), Fraction(2, 3))
"""Fractions of the epochs at which the first network of a trial is scored."""
STATISTICS = 1024
"""Cases for the statistics of batch norm at these points."""


@dataclass(frozen=True)
class Watch:
    """Scores a network while it trains, on the cases that will score it in the end.

    Attributes:
        prospects: What is told, and ends the training.
        fitted_on: The raw cases that it is trained on.
        scored_on: The raw cases that steer the search.
    """

    prospects: Prospects
    fitted_on: Part
    scored_on: Part

    def on(self, module: nn.Module, epochs: float) -> Callable[[Epoch], None]:
        """To be called with the record of each epoch."""
        normalizer = Normalizer.fit(self.fitted_on[0])
        given, asked = (normalizer.apply(x) for x in (self.fitted_on[0], self.scored_on[0]))
        due = {max(1, round(part * round(epochs))): part for part in WATCHED}

        def score(record: Epoch) -> None:
            if (part := due.get(round(record["epoch"]))) is not None:
                place = next(module.parameters()).device
                sample = given[:: -(-len(given) // STATISTICS)]
                recalibrate(module, torch.from_numpy(sample).to(place))
                accuracy = evaluate_accuracy(module, asked, self.scored_on[1])
                self.prospects.check(f"{part} of the epochs", accuracy)

        return score


@dataclass(frozen=True)
class Evaluator:
    """Trains and measures candidates of one search.

    Attributes:
        dataset: Raw data with its official split.
        selection: The data that steers the search.
        net: Key in `tinypareto.nets.NETS`, or `module:function`.
        net_settings: All settings of the network.
        seed: Of the search; a trial's random streams come from it and the trial's number.
        linker: Measures the linked program, where the search is for a board.
    """

    dataset: Dataset
    selection: Selection
    net: str
    net_settings: NetOptions
    seed: int
    linker: Linker | None = None

    def evaluate(
        self,
        candidate: Candidate,
        channels: Mapping[str, int],
        number: int,
        prospects: Prospects | None = None,
    ) -> Evaluation:
        """Train, prune, quantize and measure.

        With a holdout (or the test split) the network that was scored is the one that is kept.
        With k folds the score is their mean, and the network is trained anew on all training data.

        Args:
            candidate: What to train.
            channels: Filters that its sparsities leave, by prunable layer.
            number: Of the trial.
            prospects: Where the trial is to be stopped if it is hopeless.

        Raises:
            HopelessError: It is.
            TrialError: Training diverged.
            ToolchainError: The program could not be compiled or emulated.
        """
        start = time.perf_counter()
        scores = []
        for fold, (fitted_on, scored_on) in enumerate(self.selection.parts(self.dataset)):
            watch = None if fold or prospects is None else Watch(prospects, fitted_on, scored_on)
            network, history = self._fit(candidate, channels, fitted_on, (number, fold), watch)
            scores.append(network.accuracy(*scored_on))
            if prospects is not None and len(scores) < len(self.selection.folds):
                prospects.check(f"fold {len(scores)}", float(np.mean(scores)))
        if self.selection.kind == "kfold":
            if prospects is not None:
                prospects.settle(float(np.mean(scores)))
            everything = self.dataset.x_train, self.dataset.y_train
            network, history = self._fit(candidate, channels, everything, (number, len(scores)))
        test = self.dataset.x_test, self.dataset.y_test
        labels = network.predict(test[0])
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
                accuracy_search=float(np.mean(scores)),
                accuracy=float((labels == test[1]).mean()),
                accuracy_float=network.accuracy_float(*test),
                seconds=time.perf_counter() - start,
                history=history,
            ),
            network,
            confusion_matrix(test[1], labels, labels=range(len(self.dataset.class_names))),
            [layer.instructions for layer in run.layers] if run else None,
        )

    def _fit(
        self,
        candidate: Candidate,
        channels: Mapping[str, int],
        part: Part,
        stream: tuple[int, int],
        watch: "Watch | None" = None,
    ) -> tuple[Network, list[Epoch]]:
        """One network on one part of the data, with the random stream of (trial, fold)."""
        x, y = part
        normalizer = Normalizer.fit(x)
        cases = normalizer.apply(x)
        weights_seed, training_seed = np.random.SeedSequence((self.seed, *stream)).generate_state(2)
        with torch.random.fork_rng():
            torch.manual_seed(int(weights_seed))
            classes = len(self.dataset.class_names)
            module = build(self.net, self.net_settings, self.dataset.input_shape, classes)
        history = train(
            module,
            cases,
            y,
            TrainingSettings.of(candidate.settings),
            candidate.sparsities,
            int(training_seed),
            on_epoch=None if watch is None else watch.on(module, candidate.settings["epochs"]),
        )
        recipe = Recipe(
            net=self.net,
            net_settings=self.net_settings,
            input_shape=self.dataset.input_shape,
            class_names=self.dataset.class_names,
            channels=channels,
            mean=tuple(normalizer.mean.tolist()),
            std=tuple(normalizer.std.tolist()),
            ranges=observe(module, cases),
        )
        return Network(recipe, module.cpu()), history
