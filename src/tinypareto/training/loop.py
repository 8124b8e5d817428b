"""SGD with gradual structured pruning: the network shrinks while it trains."""

from collections.abc import Callable, Mapping

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from tinypareto.errors import ConfigError, DataError, DivergedError
from tinypareto.pruning.plan import PruningPlan, filters_left
from tinypareto.pruning.prune import filter_norms, prune, strongest
from tinypareto.registry import unknown
from tinypareto.search_space.training_settings import TrainingSettings
from tinypareto.tasks.registry import CLASSIFICATION
from tinypareto.tasks.task import Targets, Task
from tinypareto.training.augment import augmented
from tinypareto.training.batch_norm_statistics import recalibrate
from tinypareto.training.engine.calls import TracedCalls
from tinypareto.training.engine.compiled_program import Program
from tinypareto.training.engine.tape import Tape
from tinypareto.training.mixup import blended
from tinypareto.training.objective import Objective
from tinypareto.training.schedule import learning_rate, removals
from tinypareto.training.sgd import FlatSGD
from tinypareto.training.traced_structure import TracedStructure

Epoch = dict[str, float]


def train(
    module: nn.Module,
    x: NDArray[np.float32],
    y: Targets,
    settings: TrainingSettings,
    sparsities: Mapping[str, float],
    seed: int,
    device: torch.device | str | None = None,
    on_epoch: Callable[[Epoch], None] | None = None,
    traced: TracedStructure | None = None,
    task: Task = CLASSIFICATION,
) -> list[Epoch]:
    """Train and prune a network in place; it is left on `device`, in eval mode.

    SGD with momentum and weight decay minimizes the task's loss. At the end the statistics of batch
    norm are computed again; see `recalibrate`. Exactly `filters_left(width, sparsity)` filters
    remain. The same seed, weights, machine and thread count give the same result.

    Args:
        module: Any network that `trace` and `pruning_plan` accept.
        x: Normalized cases, [n, channels, length] or [n, channels, height, width], n >= 2.
        y: Targets of the task, [n, ...]; labels in 0 .. classes - 1 for classification.
        settings: See `TrainingSettings`.
        sparsities: Fraction of filters to remove, in [0, 1), by prunable layer; others keep all.
        seed: Seed of the order of cases, their augmentation and dropout, but not of the weights.
        device: Device to train on; the GPU by default, or the CPU if there is none.
        on_epoch: Called with the record of each epoch; an exception from it ends the training.
        traced: Structure of the module if it is known already.
        task: Defines the loss, and the score in the records.

    Returns:
        One record per epoch: `epoch` from 1, mean `loss`, the task's score (such as `accuracy`) on
        the training batches before each update, `parameters` left and learning rate `lr`.

    Raises:
        ConfigError: A sparsity names no prunable layer or is out of range.
        DataError: There are fewer than two cases.
        DivergedError: The loss or a weight is no longer finite.
    """
    if len(x) < 2:
        raise DataError(f"training: {len(x)} cases; wanted at least 2; use more data")
    used = torch.device(device or ("cuda" if torch.cuda.is_available() else "cpu"))
    gpus = [torch.cuda.current_device()] if used.type == "cuda" else []
    with (
        torch.random.fork_rng(devices=gpus),
        torch.backends.cudnn.flags(benchmark=False, deterministic=True),
    ):
        torch.manual_seed(seed)
        module.to(used)
        traced = traced or TracedStructure.from_module(module, x.shape[1:])
        run = _Run(module, traced, x, y, settings, sparsities, seed, used, task)
        return run.epochs(on_epoch)


class _Run:
    def __init__(
        self,
        module: nn.Module,
        traced: TracedStructure,
        x: NDArray[np.float32],
        y: Targets,
        settings: TrainingSettings,
        sparsities: Mapping[str, float],
        seed: int,
        device: torch.device,
        task: Task,
    ) -> None:
        self.module, self.settings, self.sparsities = module, settings, sparsities
        self.x = torch.from_numpy(x).to(device)
        self.task, self.objective = task, Objective(task, y, settings, device)
        self.plan = traced.plan
        self.widths = _checked_widths(self.plan, sparsities)
        self.shuffle = torch.Generator().manual_seed(seed)
        self.batches = -(-len(x) // settings.batch_size)
        self.sgd = FlatSGD(module, settings.momentum, settings.weight_decay)
        on_cpu = device.type == "cpu"
        self.calls = TracedCalls.from_graph(module.train(), traced.graph) if on_cpu else None
        self.tape = self.build_steps()

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
        """Remove this fraction of the filters that the final sparsities remove."""
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
            self.tape = self.build_steps()

    def build_steps(self) -> Program | Tape | None:
        """Steps that train the present network; None on a GPU, where autograd is used."""
        if self.calls is None:
            return None
        most = -(-len(self.x) // self.batches)
        return Program.from_calls(self.calls, tuple(self.x.shape[1:]), most) or Tape(self.calls)

    def epoch(self, epoch: int) -> Epoch:
        if not self.module.training:
            # The callback may have switched the module to eval mode.
            self.module.train()
        order = torch.randperm(len(self.x), generator=self.shuffle).to(self.x.device)
        # Equal batches, because batch norm cannot train on a last batch of a single case.
        batches = order.tensor_split(self.batches)
        moments = ((number + 0.5) / self.batches for number in range(self.batches))
        rates = [learning_rate(self.settings, epoch, moment) for moment in moments]
        outputs = torch.cat([self.step(*pair) for pair in zip(batches, rates, strict=True)])
        targets = self.objective.y[order]
        loss = float(self.task.loss(outputs, targets))
        if not np.isfinite(loss):
            raise self.diverged("the loss", epoch + 1)
        score = self.task.evaluate(outputs.cpu().numpy(), targets.cpu().numpy())
        return {
            "epoch": epoch + 1,
            "loss": loss,
            # Single precision, like the loss.
            self.task.score.name: float(np.float32(score)),
            "parameters": len(self.sgd.values),
            "lr": rates[0],
        }

    def diverged(self, subject: str, epoch: int) -> DivergedError:
        """Error raised when a value is not finite."""
        return DivergedError(
            f"training: {subject} is not finite in epoch {epoch}; lower lr={self.settings.lr:g}"
        )

    def step(self, batch: Tensor, lr: float) -> Tensor:
        """One update on the cases with these indices; returns the outputs before the update."""
        x, shares = self.x[batch], None
        if self.settings.augment:
            x = augmented(x, self.settings.augment)
        if self.settings.mixup:
            x, shares = blended(x, self.settings.mixup)
        if self.tape is None:
            result: Tensor = self.module(x)
            outputs = result.detach()
            if self.sgd.parameters:
                torch.autograd.backward(result, self.objective.gradient(outputs, batch, shares))
        else:
            with torch.inference_mode():
                outputs = self.tape.forward(x)
                self.tape.backward(self.objective.gradient(outputs, batch, shares))
        self.sgd.step(lr)
        if self.averaging:
            self.sgd.average()
        return outputs


def _checked_widths(plan: PruningPlan, sparsities: Mapping[str, float]) -> dict[str, int]:
    for layer, sparsity in sparsities.items():
        if layer not in plan.widths:
            raise ConfigError(f"sparsity: {unknown('prunable layer', layer, plan.widths)}")
        if not 0 <= sparsity < 1:
            raise ConfigError(f"sparsity of {layer!r}: {sparsity}; choose in [0, 1)")
    return plan.widths
