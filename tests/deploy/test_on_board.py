from dataclasses import replace

import pytest
from integer_networks import info_for, random_inputs, random_network

from tinypareto.codegen import emit
from tinypareto.deploy.on_board import Verification, on_board
from tinypareto.errors import ToolchainError
from tinypareto.graph.memory.plan import plan
from tinypareto.targets.boards import board
from tinypareto.targets.toolchain import find_toolchain

pytestmark = pytest.mark.device


def checked(flash_bytes: int, ram_bytes: int) -> Verification:
    graph = random_network(2)
    where = replace(board("nucleo-l4r5"), flash_bytes=flash_bytes, ram_bytes=ram_bytes)
    try:
        compiler = find_toolchain("zig")
    except ToolchainError as missing:
        pytest.skip(str(missing))
    files, inputs = emit(graph, info_for(graph)), random_inputs(graph, 1, 0)
    return on_board(graph, files, (inputs, "random"), where, compiler, "it")


def test_what_does_not_fit_says_by_how_much_and_where() -> None:
    fits = checked(10**6, 10**6)
    flash, ram = fits.measurement.flash, fits.measurement.ram
    assert fits.excess == ""
    tight = checked(flash.total - 7, ram.total - 5)
    layers = {repr(node.layer) for node in random_network(2).nodes}
    assert f"Flash by 7 of {flash.total - 7} bytes (weights {flash.weights}" in tight.excess
    assert f"RAM by 5 of {ram.total - 5} bytes (arena {ram.arena}" in tight.excess
    assert ram.arena == plan(random_network(2)).arena_bytes
    assert any(f"largest at layer {layer}" in tight.excess for layer in layers)
    assert any(f"fullest at layer {layer}" in tight.excess for layer in layers)
    assert checked(flash.total, ram.total).excess == ""
    assert "RAM" not in checked(flash.total - 1, ram.total).excess
    assert "does not fit" in tight.problem
