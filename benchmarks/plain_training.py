"""The plain way to train and prune: DataLoader, autograd, masks, every epoch at full size."""

from collections.abc import Iterator, Mapping

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn
from torch.nn.utils import prune as masks
from torch.utils.data import DataLoader, TensorDataset

from tinypareto.pruning.plan import PruningPlan, filters_left
from tinypareto.pruning.prune import filter_norms, prune, strongest
from tinypareto.search_space.training_settings import TrainingSettings
from tinypareto.tasks.registry import CLASSIFICATION
from tinypareto.tasks.task import Targets, Task
from tinypareto.training.batch_norm_statistics import recalibrate
from tinypareto.training.loop import Epoch
from tinypareto.training.schedule import learning_rate, removals
from tinypareto.training.traced_structure import TracedStructure

Keep = dict[str, NDArray[np.int64]]


class EqualBatches:
    """The batches of `tinypareto.training.loop`: in the same order, none of them a small rest."""

    def __init__(self, cases: int, batch_size: int, seed: int) -> None:
        self.cases, self.batches = cases, -(-cases // batch_size)
        self.shuffle = torch.Generator().manual_seed(seed)

    def __iter__(self) -> Iterator[list[int]]:
        """The indices of each batch of one epoch."""
        order = torch.randperm(self.cases, generator=self.shuffle)
        return (batch.tolist() for batch in order.tensor_split(self.batches))

    def __len__(self) -> int:
        return self.batches


def train(
    module: nn.Module,
    x: NDArray[np.float32],
    y: Targets,
    settings: TrainingSettings,
    sparsities: Mapping[str, float],
    seed: int,
    on_epoch: None = None,
    traced: TracedStructure | None = None,
    task: Task = CLASSIFICATION,
) -> list[Epoch]:
    """Train like `tinypareto.training.loop.train`, but remove masked filters only at the end.

    Seed, batches and semantics are the same, so that only rounding tells the two apart.
    """
    torch.manual_seed(seed)
    plan = (traced or TracedStructure.from_module(module, x.shape[1:])).plan
    fractions, keep = removals(settings), Keep()
    cases = TensorDataset(torch.from_numpy(x), torch.from_numpy(y))
    loader = DataLoader(cases, batch_sampler=EqualBatches(len(x), settings.batch_size, seed))
    optimizer = torch.optim.SGD(
        module.parameters(),
        lr=settings.lr,
        momentum=settings.momentum,
        weight_decay=settings.weight_decay,
    )
    history = []
    for epoch in range(settings.epochs):
        if epoch in fractions:
            keep = _masked(module, plan, sparsities, fractions[epoch])
        for group in optimizer.param_groups:
            group["lr"] = learning_rate(settings, epoch)
        module.train()
        loss = 0.0
        for cases_x, cases_y in loader:
            optimizer.zero_grad()
            error = task.loss(module(cases_x), cases_y)
            torch.autograd.backward(error)
            optimizer.step()
            loss += error.item()
        history.append({"epoch": epoch + 1.0, "loss": loss / len(loader)})
    _unmasked(module)
    prune(module, plan, keep)
    recalibrate(module, torch.from_numpy(x))
    return history


def _masked(
    module: nn.Module, plan: PruningPlan, sparsities: Mapping[str, float], fraction: float
) -> Keep:
    """Mask the weakest filters and all that makes their channels."""
    _unmasked(module)
    norms, widths = filter_norms(module, plan), plan.widths
    keep = {
        layer: strongest(norms[layer], filters_left(widths[layer], fraction * sparsity))
        for layer, sparsity in sparsities.items()
    }
    left = plan.select(keep)
    for path, axes in plan.axes.items():
        rows = torch.from_numpy(np.isin(axes.outputs, left.axes[path].outputs)).float()
        columns = torch.from_numpy(np.isin(axes.inputs, left.axes[path].inputs)).float()
        layer = module.get_submodule(path)
        for name, parameter in list(layer.named_parameters(recurse=False)):
            mask = rows.view(-1, *[1] * (parameter.ndim - 1)).expand_as(parameter)
            if parameter.ndim > 1 and parameter.shape[1] == len(columns):
                # Weights of absent channels must not count in the norms of the filters.
                mask = mask * columns.view(1, -1, *[1] * (parameter.ndim - 2))
            masks.custom_from_mask(layer, name, mask)  # type: ignore[no-untyped-call]
    return keep


def _unmasked(module: nn.Module) -> None:
    for layer in module.modules():
        for name in ("weight", "bias"):
            if hasattr(layer, f"{name}_mask"):
                masks.remove(layer, name)  # type: ignore[no-untyped-call]
