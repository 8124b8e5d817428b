"""Verifies that the C of a search's networks computes on a chip what Python computes."""

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from tinypareto.deploy.on_board import Verification, on_board
from tinypareto.deploy.selection import SelectedNetwork, select_network
from tinypareto.errors import ConfigError
from tinypareto.targets.boards import Board, find_board
from tinypareto.targets.toolchain import Toolchain, find_toolchain

CASES = 8
DEFAULT_BOARD = "nucleo-l4r5"


def to_json(verifications: Sequence[Verification]) -> str:
    """The text that `tinypareto verify --json` prints: one object for each network."""
    return json.dumps([verification.to_dict() for verification in verifications], indent=2)


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
        trial: Number of a network of the front; by default the recommended one.
        board_name: Name of a board, or path of a TOML file that describes one; by default the
            board of the search, or `DEFAULT_BOARD`.
        toolchain: "zig" or "gcc".
        everything: Whether to verify all networks of the front.
        cases: Number of inputs to compare, taken from the test split of the search if it can
            still be loaded.

    Raises:
        InputError: The folder, trial, board or toolchain cannot be used.
        ToolchainError: The compiler is missing or refused the C, or the program faults.
    """
    first = select_network(folder, trial)
    config = first.config
    reference = board_name or (config.board if config else None) or DEFAULT_BOARD
    board = find_board(reference, label="--board")
    compiler = find_toolchain(toolchain, board)
    if cases < 1:
        raise ConfigError(f"--cases: got {cases}; wanted a whole number from 1")
    points = first.front.points if everything else (first.point,)
    return [_verify(replace(first, point=point), board, compiler, cases) for point in points]


def _verify(found: SelectedNetwork, board: Board, compiler: Toolchain, cases: int) -> Verification:
    network, number = found.network, found.point.number
    inputs, files = found.inputs(cases), network.c_files()
    return on_board(network.graph, files, inputs, board, compiler, f"trial {number}", number)
