import torch
from torch import nn

from tinypareto.training.sgd import FlatSGD


def stepped(sgd: FlatSGD, module: nn.Linear) -> torch.Tensor:
    """The weights after a step by random gradients."""
    sgd.gradients.normal_()
    sgd.step(0.1)
    return module.weight.detach().clone()


def test_the_mean_of_the_weights_takes_their_place() -> None:
    module = nn.Linear(3, 2)
    sgd = FlatSGD(module, momentum=0.9, weight_decay=0.0)
    visited = []
    for _ in range(5):
        visited.append(stepped(sgd, module))
        sgd.average()
    sgd.settle()
    torch.testing.assert_close(module.weight.detach(), torch.stack(visited).mean(0))


def test_without_a_mean_or_after_gathering_the_weights_stay() -> None:
    module = nn.Linear(3, 2)
    sgd = FlatSGD(module, momentum=0.9, weight_decay=0.0)
    sgd.average()
    sgd.gather()
    last = stepped(sgd, module)
    sgd.settle()
    assert torch.equal(module.weight, last)
