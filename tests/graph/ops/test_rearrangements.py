"""Concatenation, padding, cutting, up-sampling and a batch norm of its own, against torch."""

import numpy as np
import pytest
import torch
from reference import EXACT, Function, call_of, channels_last, op_of, real, steps_off
from torch import nn
from torch.nn import functional as F

from tinypareto.errors import UnsupportedLayerError
from tinypareto.graph.call import Call
from tinypareto.graph.ops import op_for
from tinypareto.graph.ops.concat import Concat
from tinypareto.graph.requantize import Quant, affine, to_int8

PLANES = [
    nn.ZeroPad2d((1, 2, 3, 0)),
    nn.ConstantPad2d(2, 0.0),
    Function(lambda x: F.pad(x, (1, 0))),
    Function(lambda x: F.pad(x, (0, 0, 2, 1))),
    Function(lambda x: F.pad(x, (-1, 2, 0, -3))),
    Function(lambda x: x[:, :, 1:-2]),
    Function(lambda x: x[:, :, :, 3:]),
    Function(lambda x: x[:, :, ::1, 1:99]),
    nn.Upsample(scale_factor=2),
    nn.Upsample(size=(14, 27)),
    nn.UpsamplingNearest2d(scale_factor=3),
    Function(lambda x: F.interpolate(x, scale_factor=(1, 2))),
    Function(lambda x: F.interpolate(x, scale_factor=2.0, mode="nearest-exact")),
]
SERIES = [
    nn.ConstantPad1d((4, 0), 0.0),
    nn.ZeroPad1d((1, -2)),
    Function(lambda x: F.pad(x, (2, 3))),
    Function(lambda x: x[:, :, :-3]),
    nn.Upsample(scale_factor=2),
    Function(lambda x: F.interpolate(x, scale_factor=3)),
]


@pytest.mark.parametrize("module", PLANES)
def test_planes_are_torchs(module: nn.Module) -> None:
    assert steps_off(module, (5, 7, 9)) <= EXACT


@pytest.mark.parametrize("module", SERIES)
def test_series_are_torchs(module: nn.Module) -> None:
    assert steps_off(module, (5, 11)) <= EXACT


@pytest.mark.parametrize("module", [nn.ZeroPad2d(1), nn.Upsample(scale_factor=2)])
def test_the_quantization_is_kept(module: nn.Module) -> None:
    given = Quant(0.25, 3)
    assert op_of(module, (1, 4, 4)).output_quant([given], -9.0, 9.0) == given


@pytest.mark.parametrize("shape", [(6, 5, 4), (6, 9), (6,)])
def test_a_batch_norm_of_its_own_is_torchs(shape: tuple[int, ...]) -> None:
    torch.manual_seed(0)
    norm: nn.Module = nn.BatchNorm2d(6) if len(shape) == 3 else nn.BatchNorm1d(6)
    with torch.no_grad():
        for tensor in norm.state_dict().values():
            if tensor.ndim:
                tensor.copy_(torch.rand(6) + 0.1)
        norm.get_parameter("weight")[2] = -3.0
    assert steps_off(norm.eval(), shape) <= EXACT


@pytest.mark.parametrize("dim", [1, -3])
def test_concatenation_is_torchs(dim: int) -> None:
    rng = np.random.default_rng(0)
    shapes = (3, 4, 5), (2, 4, 5), (1, 4, 5)
    call = Call("c", "cat", ("a", "b", "c"), {"dim": dim}, {}, shapes, (6, 4, 5))
    op, _ = op_for(call).from_call(call)
    quants = [affine(-1.0, 2.0), affine(-4.0, 4.0), affine(0.0, 1.0)]
    parts = [
        to_int8(rng.uniform(-3, 3, (2, *shape)), quant)
        for shape, quant in zip(shapes, quants, strict=True)
    ]
    floats = [torch.from_numpy(real(*pair)) for pair in zip(parts, quants, strict=True)]
    wanted = torch.cat(floats, dim).numpy()
    output = affine(float(wanted.min()), float(wanted.max()))
    got = op.run(*op.quantize({}, quants, output), *map(channels_last, parts))
    wanted = np.clip(wanted / output.scale + output.zero_point, -128, 127)
    assert np.abs(got - channels_last(wanted)).max() <= EXACT


def test_concatenation_copies_where_the_scale_is_that_of_the_output() -> None:
    every = np.arange(-128, 128).reshape(1, 16, 16, 1).astype(np.int8)
    given = Quant(0.3, -17)
    got = Concat().run(*Concat().quantize({}, [given, Quant(1.0, 0)], given), every, every)
    np.testing.assert_array_equal(got[..., :1], every)


@pytest.mark.parametrize(
    ("module", "problem"),
    [
        (nn.ConstantPad2d(1, 2.0), "pad '0': got mode='constant', value=2.0, wanted zeros"),
        (Function(lambda x: F.pad(x, (1, 1, 1, 1), "reflect")), "mode='reflect'"),
        (Function(lambda x: F.pad(x, (0, 0, 0, 0, 1, 1))), "keep the channels as they are"),
        (Function(lambda x: x[:, :, ::2]), "wanted slices of pixels without steps"),
        (Function(lambda x: x[:, 1:]), "wanted all cases and channels"),
        (nn.Upsample(scale_factor=2, mode="bilinear"), "upsample '0': got mode='bilinear'"),
        (nn.Upsample(scale_factor=1.5), r"from \[8, 8\] to \[12, 12\] pixels, scale_factor=1.5"),
        (nn.Upsample(scale_factor=2.1), "use mode='nearest' and a whole scale_factor"),
        (nn.BatchNorm2d(8, track_running_stats=False), "has no running statistics"),
        (Function(lambda x: torch.cat([x, x], 2)), "joins along axis 2, wanted 1"),
    ],
)
def test_refuses_what_it_cannot_do(module: nn.Module, problem: str) -> None:
    call = call_of(module, (8, 8, 8))
    with pytest.raises(UnsupportedLayerError, match=problem):
        op_for(call).from_call(call)
