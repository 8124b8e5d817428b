"""The networks of a search for the report, structure by structure."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from tinypareto.errors import ResultFolderError
from tinypareto.evaluation.cost_model import CostModel
from tinypareto.evaluation.network import Recipe
from tinypareto.nets.registry import find
from tinypareto.nets.spec import NetSpec
from tinypareto.report.networks import Networks, describe
from tinypareto.report.trials import Row
from tinypareto.resources import Limits
from tinypareto.search_space.parameter import Value
from tinypareto.search_space.space import NET, to_candidate


def describe_all(
    recipes: Mapping[str, Recipe], rows: list[Row], details: list[dict[str, Any]]
) -> list[Networks]:
    """Describe all networks, and add each one to the details of its trial.

    Args:
        recipes: Recipe of any network of each family, by its name; at least one.
        rows: The trials.
        details: Their details; each one gets "network": a row of `Networks` with "structure", the
            index of its structure.

    Returns:
        The networks by structure.

    Raises:
        ResultFolderError: A network has other layers now than when it was trained.
        InputError: A network cannot be built.
    """
    specs = [_spec(recipes, row.params) for row in rows]
    members: dict[str, list[int]] = {}
    for index, spec in enumerate(specs):
        members.setdefault(spec.key, []).append(index)
    described = []
    for structure, indices in enumerate(members.values()):
        model = CostModel.from_spec(specs[indices[0]], Limits())
        channels = [_channels(model, rows[index], details[index]) for index in indices]
        networks = describe(model, channels)
        for index, network in zip(indices, networks.rows, strict=True):
            details[index]["network"] = {**network, "structure": structure}
        described.append(networks)
    return described


def _channels(model: CostModel, row: Row, detail: dict[str, Any]) -> Mapping[str, int]:
    """Filters of a trial; those of one that was never trained follow from its sparsities."""
    channels: Mapping[str, int] = detail.pop("channels", None) or {}
    if channels and channels.keys() != set(model.layers):
        raise ResultFolderError("the net has changed since")
    return channels or model.channels(to_candidate(row.params).sparsities)


def nets_of(recipes: Mapping[str, Recipe], rows: list[Row]) -> set[str]:
    """Names of the families of all networks; see `describe_all`."""
    return {_net(recipes, row.params) for row in rows}


def _net(recipes: Mapping[str, Recipe], params: Mapping[str, Value]) -> str:
    return str(to_candidate(params).structure.get(NET, next(iter(recipes))))


def _spec(recipes: Mapping[str, Recipe], params: Mapping[str, Value]) -> NetSpec:
    """The unpruned network of a trial.

    Where no network of a family was trained, the options that the search fixed are not known.
    """
    structure, recipe = to_candidate(params).structure, next(iter(recipes.values()))
    net = _net(recipes, params)
    chosen = {n.partition("/")[2]: v for n, v in structure.items() if n.startswith(f"{net}/")}
    fixed = recipes[net].net_settings if net in recipes else find(net).complete({})
    return replace(recipe.spec, name=net, options={**fixed, **chosen})
