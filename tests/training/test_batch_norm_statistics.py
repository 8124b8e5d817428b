import torch
from torch import nn

from tinypareto.training.batch_norm_statistics import BATCH, recalibrate


def test_statistics_are_those_of_all_cases_whatever_was_there() -> None:
    module = nn.Sequential(nn.BatchNorm1d(3), nn.Dropout(0.9), nn.BatchNorm1d(3))
    first, last = module[0], module[2]
    assert isinstance(first, nn.BatchNorm1d)
    assert isinstance(last, nn.BatchNorm1d)
    module(torch.full((8, 3), 100.0))
    x = torch.randn(2 * BATCH, 3) * 5 + torch.tensor([0.0, 7.0, -3.0])
    recalibrate(module, x)
    assert isinstance(first.running_mean, torch.Tensor)
    assert isinstance(first.running_var, torch.Tensor)
    torch.testing.assert_close(first.running_mean, x.mean(0))
    halves = (x[:BATCH].var(0) + x[BATCH:].var(0)) / 2
    torch.testing.assert_close(first.running_var, halves)
    # Dropout was off, or the second norm would have seen other values than these.
    assert isinstance(last.running_var, torch.Tensor)
    torch.testing.assert_close(last.running_var, torch.ones(3), atol=0.02, rtol=0)
    assert not module.training
    assert not first.training
    assert first.momentum == 0.1


def test_without_batch_norm_nothing_runs() -> None:
    recalibrate(nn.Linear(4, 2), torch.rand(5, 3))
