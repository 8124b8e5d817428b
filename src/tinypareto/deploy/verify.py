"""Whether the C of a search's networks computes on a chip what Python says, and what it takes."""

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from tinypareto.deploy.on_board import Verification, on_board
from tinypareto.deploy.selection import SelectedNetwork, select_network
from tinypareto.errors import ConfigError
from tinypareto.targets.boards import Board, board
from tinypareto.targets.toolchain import Toolchain, find_toolchain

CASES = 8
DEFAULT_BOARD = "nucleo-l4r5"


def to_json(done: Sequence[Verification]) -> str:
    """The text that `tinypareto verify --json` prints: one object for each network."""
    return json.dumps([one.to_dict() for one in done], indent=2)


def verify(
    folder: Path,
    *,
    trial: int | None = None,
    board_name: str | None = None,
    toolchain: str = "zig",
    everything: bool = False,
    cases: int = CASES,
) -> list[Verification]:
    """Compile networks of a front for a board, run them in emulation, and compare.

    Args:
        folder: A result folder.
        trial: Number of a network of the front; by default its knee.
        board_name: By default the run's, or `DEFAULT_BOARD`.
        toolchain: "zig" or "gcc".
        everything: All networks of the front.
        cases: Inputs to compare, from the run's test split where it can still be loaded.

    Raises:
        InputError: The folder, trial, board or toolchain cannot be used.
        ToolchainError: The compiler is missing or refused the C, or the program faults.
    """
    first = select_network(folder, trial)
    config = first.config
    where = board(board_name or (config.board if config else None) or DEFAULT_BOARD)
    compiler = find_toolchain(toolchain)
    if cases < 1:
        raise ConfigError(f"--cases: got {cases}; wanted a whole number from 1")
    points = first.front.points if everything else (first.point,)
    return [_verify(replace(first, point=point), where, compiler, cases) for point in points]


def _verify(found: SelectedNetwork, where: Board, compiler: Toolchain, cases: int) -> Verification:
    network, number = found.network, found.point.number
    inputs, files = found.inputs(cases), network.c_files()
    return on_board(network.graph, files, inputs, where, compiler, f"trial {number}", number)
