"""SGD with gradual structured pruning: the network shrinks while it trains."""

from collections.abc import Callable, Mapping

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional
from torch.optim import SGD

from tinypareto.errors import ConfigError, DataError, DivergedError
from tinypareto.names import unknown
from tinypareto.nets.channels import PruningPlan, kept
from tinypareto.training.prune import filter_norms, plan_of, prune, strongest
from tinypareto.training.recalibrate import recalibrate
from tinypareto.training.schedule import learning_rate, removals
from tinypareto.training.settings import TrainingSettings

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
) -> list[Epoch]:
    """Train and prune a network in place; it is left on `device`, in eval mode.

    At the end the statistics of batch norm are taken anew; see `recalibrate`.
    Exactly `kept(width, sparsity)` filters remain. The same seed, weights, machine and thread
    count give the same result. Cross entropy, SGD with momentum and weight decay.

    Args:
        module: Any network that `trace` and `pruning_plan` accept.
        x: Normalised cases, [n, channels, length] or [n, channels, height, width], n >= 2.
        y: Labels in 0 .. classes - 1, [n].
        settings: See `TrainingSettings`.
        sparsities: Fraction of filters to remove, in [0, 1), by prunable layer; others keep all.
        seed: Of the order of cases and of dropout, not of the weights.
        device: Where to train; the GPU if there is one, else the CPU.
        on_epoch: Called with the record of each epoch; what it raises ends the training.

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
        # Channels last halves the time of a step on the CPU.
        module.to(place).to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        run = _Run(module, x, y, settings, sparsities, seed, place)
        return run.epochs(on_epoch)


class _Run:
    def __init__(
        self,
        module: nn.Module,
        x: NDArray[np.float32],
        y: NDArray[np.int64],
        settings: TrainingSettings,
        sparsities: Mapping[str, float],
        seed: int,
        place: torch.device,
    ) -> None:
        self.module, self.settings, self.sparsities = module, settings, sparsities
        self.x, self.y = torch.from_numpy(x).to(place), torch.tensor(y, device=place)
        self.plan = plan_of(module, x.shape[1:])
        self.widths = _checked_widths(self.plan, sparsities)
        self.shuffle = torch.Generator().manual_seed(seed)
        self.optimizer = SGD(
            module.parameters(),
            lr=settings.lr,
            momentum=settings.momentum,
            weight_decay=settings.weight_decay,
            fused=True,
        )

    def epochs(self, on_epoch: Callable[[Epoch], None] | None) -> list[Epoch]:
        history = []
        fractions = removals(self.settings)
        for epoch in range(self.settings.epochs):
            if epoch in fractions:
                self.prune_to(fractions[epoch])
            history.append(self.epoch(epoch))
            if on_epoch:
                on_epoch(history[-1])
        recalibrate(self.module, self.x)
        # The last update comes after the last loss.
        if not all(tensor.isfinite().all() for tensor in self.module.state_dict().values()):
            raise self.diverged("a weight", self.settings.epochs)
        return history

    def prune_to(self, fraction: float) -> None:
        """Leave what `fraction` of the final sparsities leaves."""
        norms = filter_norms(self.module, self.plan)
        keep = {
            layer: strongest(norms[layer], kept(self.widths[layer], fraction * sparsity))
            for layer, sparsity in self.sparsities.items()
        }
        self.plan = prune(self.module, self.plan, keep, self.optimizer)

    def epoch(self, epoch: int) -> Epoch:
        lr = self.optimizer.param_groups[0]["lr"] = learning_rate(self.settings, epoch)
        self.module.train()
        order = torch.randperm(len(self.x), generator=self.shuffle).to(self.x.device)
        batches = -(-len(self.x) // self.settings.batch_size)
        sums = torch.zeros(2, device=self.x.device)
        # Equal batches: a last one of a single case would break batch norm.
        for batch in order.tensor_split(batches):
            sums += self.step(self.x[batch], self.y[batch])
        loss, accuracy = (sums / len(self.x)).tolist()
        if not np.isfinite(loss):
            raise self.diverged("the loss", epoch + 1)
        parameters = sum(parameter.numel() for parameter in self.module.parameters())
        return {
            "epoch": epoch + 1,
            "loss": loss,
            "accuracy": accuracy,
            "parameters": parameters,
            "lr": lr,
        }

    def diverged(self, what: str, epoch: int) -> DivergedError:
        """The error for a number that is none."""
        return DivergedError(
            f"training: {what} is not finite in epoch {epoch}; lower lr={self.settings.lr:g}"
        )

    def step(self, x: Tensor, y: Tensor) -> Tensor:
        """One update; the batch's summed loss and count of correct answers."""
        self.optimizer.zero_grad()
        logits = self.module(x)
        loss = functional.cross_entropy(logits, y)
        torch.autograd.backward(loss)
        self.optimizer.step()
        with torch.no_grad():
            return torch.stack([loss * len(y), (logits.argmax(1) == y).sum()])


def _checked_widths(plan: PruningPlan, sparsities: Mapping[str, float]) -> dict[str, int]:
    for layer, sparsity in sparsities.items():
        if layer not in plan.widths:
            raise ConfigError(f"sparsity: {unknown('prunable layer', layer, plan.widths)}")
        if not 0 <= sparsity < 1:
            raise ConfigError(f"sparsity of {layer!r}: {sparsity}; choose in [0, 1)")
    return plan.widths


def evaluate_accuracy(module: nn.Module, x: NDArray[np.float32], y: NDArray[np.int64]) -> float:
    """Top-1 accuracy in [0, 1] of the float network, in eval mode.

    Args:
        module: On any device.
        x: Normalised cases, [n, channels, length] or [n, channels, height, width].
        y: Labels, [n].
    """
    device = next((p.device for p in module.parameters()), torch.device("cpu"))
    training = module.training
    module.eval()
    with torch.inference_mode():
        guesses = [
            module(cases.to(device)).argmax(1).cpu()
            for cases in torch.split(torch.from_numpy(x), EVALUATION_BATCH)
        ]
    module.train(training)
    return float((torch.cat(guesses).numpy() == y).mean())
