"""The record of a network in lists of networks, and its text."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import numpy as np

from tinypareto.frontend.trace import trace
from tinypareto.graph.lower import lower
from tinypareto.nets.custom import CustomNet
from tinypareto.nets.family import Family, Setting
from tinypareto.nets.spec import NetSpec
from tinypareto.pruning.plan import PruningPlan, pruning_plan


def record(net: Family | CustomNet, shape: tuple[int, ...], classes: int) -> dict[str, Any]:
    """Its settings, and the parameters and prunable filters that it has with their defaults.

    Args:
        net: The network.
        shape: Shape of one case.
        classes: Number of outputs.

    Returns:
        For JSON: "name", "summary", "auto" (the kinds of data for which `--net auto` tries it),
        "settings" (default, lowest and highest value by name, and the interval that a search
        tries by default, or None),
        "parameters", "filters" (of all groups), and "groups": the filters of each prunable layer
        and the layers that lose theirs with it.

    Raises:
        InputError: It cannot be built, or has a layer without an integer operator.
    """
    module = NetSpec(net.name, {}, shape, classes).build_repeatable()
    calls, source = trace(module, shape)
    lower(calls, source, shape)
    plan = pruning_plan(calls, source)
    return {
        "name": net.name,
        "summary": net.summary,
        "auto": sorted(net.suits, reverse=True) if isinstance(net, Family) else [],
        "settings": _settings(net),
        "parameters": sum(parameter.numel() for parameter in module.parameters()),
        "filters": sum(plan.widths.values()),
        "groups": {
            name: {"filters": len(atoms), "together_with": _coupled(plan, name)}
            for name, atoms in plan.groups.items()
        },
    }


def _settings(net: Family | CustomNet) -> dict[str, dict[str, Any]]:
    if isinstance(net, CustomNet):
        return {key: {"default": value} for key, value in net.complete({}).items()}
    return {key: asdict(one) | {"searched": _searched(one)} for key, one in net.settings.items()}


def _searched(setting: Setting) -> dict[str, Any] | None:
    if setting.searched is None:
        return None
    low, high, log = setting.searched
    return {"low": low, "high": high, "scale": "log" if log else "linear"}


def description(details: Mapping[str, Any], layers: bool = False) -> str:
    """A record in words.

    Args:
        details: See `record`.
        layers: Add a line for each group of filters that takes a sparsity.
    """
    lines = [f"{details['name']}  {details['summary']}"]
    for key, setting in details["settings"].items():
        line = f"    {key}={setting['default']}"
        if "summary" in setting:
            line += f"  {setting['summary']} ({setting['low']} to {setting['high']})"
            if searched := setting["searched"]:
                scale = ", log" if searched["scale"] == "log" else ""
                line += f"; searched: {searched['low']} to {searched['high']}{scale}"
        lines.append(line)
    groups = details["groups"]
    lines.append(
        f"    {details['parameters']:,} parameters; {details['filters']:,} filters in "
        f"{len(groups)} prunable groups"
    )
    if kinds := details["auto"]:
        lines.append(f"    tried by --net auto for {' and '.join(kinds)}")
    return "\n".join([*lines, *(_groups(groups) if layers else [])])


def _groups(groups: Mapping[str, Mapping[str, Any]]) -> list[str]:
    indent = max(map(len, groups), default=0)
    lines = []
    for name, group in groups.items():
        others = ", ".join(group["together_with"])
        together = f", together with {others}" if others else ""
        lines.append(f"      {name:{indent}}  {group['filters']:5,} filters{together}")
    return lines


def _coupled(plan: PruningPlan, name: str) -> list[str]:
    return [
        path
        for path, axes in plan.axes.items()
        if axes.owner and path != name and np.isin(plan.groups[name], axes.outputs).any()
    ]
