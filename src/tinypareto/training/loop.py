"""SGD with gradual structured pruning: the network shrinks while it trains."""

from collections.abc import Callable, Mapping

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from tinypareto.data.normalize import Normalizer
from tinypareto.errors import ConfigError, DataError, DivergedError
from tinypareto.pruning.plan import PruningPlan, filters_left
from tinypareto.pruning.prune import filter_norms, prune, strongest
from tinypareto.registry import unknown
from tinypareto.training.augment import augmented
from tinypareto.training.batch_norm_statistics import recalibrate
from tinypareto.training.engine.calls import TracedCalls
from tinypareto.training.engine.compiled_program import Program
from tinypareto.training.engine.tape import Tape
from tinypareto.training.schedule import learning_rate, removals
from tinypareto.training.settings import TrainingSettings
from tinypareto.training.sgd import FlatSGD
from tinypareto.training.traced_structure import TracedStructure

Epoch = dict[str, float]
EVALUATION_BATCH = 512


def train(
    module: nn.Module,
    x: NDArray[np.float32],
    y: NDArray[np.int64],
    settings: TrainingSettings,
    sparsities: Mapping[str, float],
    seed: int,
    device: torch.device | str | None = None,
    on_epoch: Callable[[Epoch], None] | None = None,
    blueprint: TracedStructure | None = None,
) -> list[Epoch]:
    """Train and prune a network in place; it is left on `device`, in eval mode.

    At the end the statistics of batch norm are taken anew; see `recalibrate`.
    Exactly `filters_left(width, sparsity)` filters remain. The same seed, weights, machine and
    thread count give the same result. Cross entropy, SGD with momentum and weight decay.

    Args:
        module: Any network that `trace` and `pruning_plan` accept.
        x: Normalised cases, [n, channels, length] or [n, channels, height, width], n >= 2.
        y: Labels in 0 .. classes - 1, [n].
        settings: See `TrainingSettings`.
        sparsities: Fraction of filters to remove, in [0, 1), by prunable layer; others keep all.
        seed: Of the order of cases, their augmentation and dropout, not of the weights.
        device: Where to train; the GPU if there is one, else the CPU.
        on_epoch: Called with the record of each epoch; what it raises ends the training.
        blueprint: Of the module, where it is known already.

    Returns:
        One record per epoch: `epoch` from 1, mean `loss`, `accuracy` on the training batches as
        they came, `parameters` left and learning rate `lr`.

    Raises:
        ConfigError: A sparsity names no prunable layer or is out of range.
        DataError: There are fewer than two cases.
        DivergedError: The loss is not finite any more.
    """
    if len(x) < 2:
        raise DataError(f"training: {len(x)} cases; wanted at least 2; use more data")
    place = torch.device(device or ("cuda" if torch.cuda.is_available() else "cpu"))
    gpus = [torch.cuda.current_device()] if place.type == "cuda" else []
    with (
        torch.random.fork_rng(devices=gpus),
        torch.backends.cudnn.flags(benchmark=False, deterministic=True),
    ):
        torch.manual_seed(seed)
        module.to(place)
        blueprint = blueprint or TracedStructure.from_module(module, x.shape[1:])
        run = _Run(module, blueprint, x, y, settings, sparsities, seed, place)
        return run.epochs(on_epoch)


class _Run:
    def __init__(
        self,
        module: nn.Module,
        blueprint: TracedStructure,
        x: NDArray[np.float32],
        y: NDArray[np.int64],
        settings: TrainingSettings,
        sparsities: Mapping[str, float],
        seed: int,
        place: torch.device,
    ) -> None:
        self.module, self.settings, self.sparsities = module, settings, sparsities
        self.x, self.y = torch.from_numpy(x).to(place), torch.tensor(y, device=place)
        self.plan = blueprint.plan
        self.widths = _checked_widths(self.plan, sparsities)
        self.shuffle = torch.Generator().manual_seed(seed)
        self.batches = -(-len(x) // settings.batch_size)
        self.sgd = FlatSGD(module, settings.momentum, settings.weight_decay)
        on_cpu = place.type == "cpu"
        self.entries = TracedCalls.from_graph(module.train(), blueprint.graph) if on_cpu else None
        self.tape = self.taped()

    def epochs(self, on_epoch: Callable[[Epoch], None] | None) -> list[Epoch]:
        history = []
        fractions = removals(self.settings)
        for epoch in range(self.settings.epochs):
            if epoch in fractions:
                self.prune_to(fractions[epoch])
            self.averaging = epoch >= (1 - self.settings.averaging) * self.settings.epochs
            history.append(self.epoch(epoch))
            if on_epoch:
                on_epoch(history[-1])
        self.sgd.settle()
        self.sgd.release()
        recalibrate(self.module, self.x)
        # The last update comes after the last loss.
        if not all(tensor.isfinite().all() for tensor in self.module.state_dict().values()):
            raise self.diverged("a weight", self.settings.epochs)
        return history

    def prune_to(self, fraction: float) -> None:
        """Leave what `fraction` of the final sparsities leaves."""
        norms = filter_norms(self.module, self.plan)
        keep = {
            layer: strongest(norms[layer], filters_left(self.widths[layer], fraction * sparsity))
            for layer, sparsity in self.sparsities.items()
        }
        self.plan = prune(self.module, self.plan, keep, self.sgd.state)
        self.sgd.gather()
        if isinstance(self.tape, Program):
            self.tape.bind()
        else:
            self.tape = self.taped()

    def taped(self) -> Program | Tape | None:
        """The steps of the network as it is now; on a GPU it runs as it is, by autograd."""
        if self.entries is None:
            return None
        most = -(-len(self.x) // self.batches)
        return Program.from_calls(self.entries, tuple(self.x.shape[1:]), most) or Tape(self.entries)

    def epoch(self, epoch: int) -> Epoch:
        lr = learning_rate(self.settings, epoch)
        if not self.module.training:
            # Whoever watches may have asked it something.
            self.module.train()
        order = torch.randperm(len(self.x), generator=self.shuffle).to(self.x.device)
        # Equal batches: a last one of a single case would break batch norm.
        logits = torch.cat([self.step(batch, lr) for batch in order.tensor_split(self.batches)])
        labels = self.y[order]
        loss = float(functional.cross_entropy(logits, labels))
        if not np.isfinite(loss):
            raise self.diverged("the loss", epoch + 1)
        return {
            "epoch": epoch + 1,
            "loss": loss,
            "accuracy": float((logits.argmax(1) == labels).float().mean()),
            "parameters": len(self.sgd.values),
            "lr": lr,
        }

    def diverged(self, what: str, epoch: int) -> DivergedError:
        """The error for a number that is none."""
        return DivergedError(
            f"training: {what} is not finite in epoch {epoch}; lower lr={self.settings.lr:g}"
        )

    def step(self, batch: Tensor, lr: float) -> Tensor:
        """One update by the cases of some indices; the logits before it."""
        x, y = self.x[batch], self.y[batch]
        if self.settings.augment:
            x = augmented(x, self.settings.augment)
        if self.tape is None:
            logits: Tensor = self.module(x)
            torch.autograd.backward(functional.cross_entropy(logits, y))
            logits = logits.detach()
        else:
            with torch.inference_mode():
                logits = self.tape.forward(x)
                self.tape.backward(cross_entropy_gradient(logits, y))
        self.sgd.step(lr)
        if self.averaging:
            self.sgd.average()
        return logits


def cross_entropy_gradient(logits: Tensor, y: Tensor) -> Tensor:
    """Of the mean cross entropy by the logits [n, classes]: (softmax - one hot) / n."""
    gradient = torch.softmax(logits, 1)
    gradient.sub_(functional.one_hot(y, logits.shape[1])).div_(len(y))
    return gradient


def _checked_widths(plan: PruningPlan, sparsities: Mapping[str, float]) -> dict[str, int]:
    for layer, sparsity in sparsities.items():
        if layer not in plan.widths:
            raise ConfigError(f"sparsity: {unknown('prunable layer', layer, plan.widths)}")
        if not 0 <= sparsity < 1:
            raise ConfigError(f"sparsity of {layer!r}: {sparsity}; choose in [0, 1)")
    return plan.widths


def evaluate_accuracy(
    module: nn.Module,
    x: NDArray[np.float32],
    y: NDArray[np.int64],
    normalizer: Normalizer | None = None,
) -> float:
    """Top-1 accuracy in [0, 1] of the float network, in eval mode.

    Args:
        module: On any device.
        x: Cases, [n, channels, length] or [n, channels, height, width].
        y: Labels, [n].
        normalizer: Of the cases; None where they are normalised.
    """
    device = next((p.device for p in module.parameters()), torch.device("cpu"))
    training = module.training
    module.eval()
    guesses = []
    with torch.inference_mode():
        # Normalised batch by batch: large data is not to be there once more.
        for start in range(0, len(x), EVALUATION_BATCH):
            cases = x[start : start + EVALUATION_BATCH]
            cases = normalizer.apply(cases) if normalizer else cases
            guesses.append(module(torch.from_numpy(cases).to(device)).argmax(1).cpu())
    module.train(training)
    return float((torch.cat(guesses).numpy() == y).mean())
