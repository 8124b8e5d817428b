"""The report of a model of another tool."""

import re
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

pytest.importorskip("ai_edge_litert", reason="ai-edge-litert is not installed")

from tflite_models import image_net

from tinypareto.cli import main
from tinypareto.deploy.imported import import_network
from tinypareto.errors import ToolchainError
from tinypareto.graph.cost import macs
from tinypareto.graph.memory.plan import plan
from tinypareto.report.model_page import HEIGHT, WIDTH, blocks, layers
from tinypareto.targets.boards import BOARDS
from tinypareto.targets.toolchain import find_toolchain


def test_the_layers_and_the_memory_plan_are_those_of_the_network(tmp_path: Path) -> None:
    graph = import_network(image_net().save(tmp_path)).graph
    memory = plan(graph)
    rows = layers(graph, memory)
    assert sum(row.macs for row in rows) == macs(graph)
    assert max(row.live for row in rows) <= memory.arena_bytes
    drawn = blocks(graph, memory)
    assert max(block.y + block.height for block in drawn) == pytest.approx(HEIGHT)
    assert max(block.x + block.width for block in drawn) == pytest.approx(WIDTH)
    # Blocks of the same time have addresses of their own.
    for index, one in enumerate(drawn):
        for two in drawn[index + 1 :]:
            across = min(one.x + one.width, two.x + two.width) - max(one.x, two.x)
            down = min(one.y + one.height, two.y + two.height) - max(one.y, two.y)
            assert min(across, down) < 1e-6


@pytest.mark.device
def test_the_page_names_every_board_and_layer(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    try:
        find_toolchain("zig")
    except ToolchainError as missing:
        pytest.skip(str(missing))
    path = image_net().save(tmp_path)
    hostile = path.rename(tmp_path / "<b>&.tflite")
    assert main(["report", str(hostile)]) == 0
    page = (tmp_path / "<b>&.html").read_text()
    assert "<b>&.html: " in capsys.readouterr().out
    assert "&lt;b&gt;&amp;.tflite" in page
    assert "<b>" not in page
    assert all(f"<td>{name}</td>" in page for name in BOARDS)
    assert "LiteRT, default kernels, 64 random inputs: " in page
    drawing = re.search(r"<svg.*?</svg>", page, re.DOTALL)
    assert drawing
    assert len(ET.fromstring(drawing[0])) > 3
