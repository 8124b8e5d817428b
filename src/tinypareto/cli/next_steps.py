"""Closing lines of a search: the recommended network, and the commands to go on with."""

import shlex
from pathlib import Path

from tinypareto.results.front import Front
from tinypareto.units import format_bytes, format_flops, format_ms


def next_steps(front: Front) -> list[str]:
    """Lines that name the recommended network, and the commands that use it; none without one."""
    point = front.recommended_point
    if point is None:
        return []
    score = front.learning_task.score
    sizes = [
        f"ROM {format_bytes(point.rom_bytes)}",
        f"RAM {format_bytes(point.ram_bytes)}",
        f"FLOPs {format_flops(point.flops)}",
    ]
    if point.latency_ms is not None:
        sizes.append(f"latency {format_ms(point.latency_ms)} (estimate)")
    folder = shlex.quote(_shown(front.folder))
    return [
        f"recommended: trial {point.number}: {score.name} {score.text(point.score)} (int8, test), "
        + ", ".join(sizes),
        "next, with this network:",
        f"  tinypareto verify {folder}",
        f"  tinypareto export {folder} --format arduino",
        f"  tinypareto report {folder}",
    ]


def _shown(folder: Path) -> str:
    """A path relative to the working folder if it lies within, as a person would type it."""
    try:
        return str(folder.relative_to(Path.cwd()))
    except ValueError:
        return str(folder)
