"""What a list of networks says of a family."""

import numpy as np

from tinypareto.nets import build
from tinypareto.nets.channels import PruningPlan, pruning_plan
from tinypareto.nets.family import Family
from tinypareto.nets.trace import trace

SHAPE, CLASSES = (3, 32, 32), 10
EXAMPLE = "3 x 32 x 32 images of 10 classes"
"""What parameters and filters are counted for."""


def description(family: Family, layers: bool = False) -> str:
    """Its settings, and the parameters and prunable filters that it has with their defaults.

    Args:
        family: The family.
        layers: Add a line for each group of filters that takes a sparsity.
    """
    module = build(family.name, {}, SHAPE, CLASSES)
    parameters = sum(parameter.numel() for parameter in module.parameters())
    plan = pruning_plan(*trace(module, SHAPE))
    filters, groups = sum(plan.widths.values()), len(plan.widths)
    lines = [f"{family.name}  {family.summary}"]
    for key, setting in family.settings.items():
        bounds = f"{setting.low} to {setting.high}"
        lines.append(f"    {key}={setting.default}  {setting.summary} ({bounds})")
    lines.append(f"    {parameters:,} parameters; {filters:,} filters in {groups} prunable groups")
    return "\n".join([*lines, *(_groups(plan) if layers else [])])


def _groups(plan: PruningPlan) -> list[str]:
    indent = max(map(len, plan.groups))
    lines = []
    for name, atoms in plan.groups.items():
        others = [
            path
            for path, axes in plan.axes.items()
            if axes.owner and path != name and np.isin(atoms, axes.outputs).any()
        ]
        together = f", together with {', '.join(others)}" if others else ""
        lines.append(f"      {name:{indent}}  {len(atoms):5,} filters{together}")
    return lines
