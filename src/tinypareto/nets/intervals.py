"""The intervals of structural settings that a search tries, by `<family>/<setting>`."""

from collections.abc import Iterable, Mapping

from tinypareto.errors import ConfigError
from tinypareto.nets.family import Family, Setting
from tinypareto.nets.options import AUTO, NetOptions
from tinypareto.nets.registry import NETS, find, suited
from tinypareto.registry import unknown

Interval = tuple[float, float]


def structure_intervals(
    net: str, fixed: NetOptions, given: Mapping[str, Interval], input_shape: tuple[int, ...]
) -> dict[str, Interval]:
    """Intervals of all settings that a search varies.

    Args:
        net: Key in `NETS`, `module:function`, or `AUTO`.
        fixed: Options that the search keeps.
        given: Intervals that replace those of the families, by `<family>/<setting>`.
        input_shape: Shape of one case.

    Raises:
        ConfigError: A given interval is of a family that is not tried on such data.
    """
    names = suited(input_shape) if net == AUTO else (net,)
    for name in given:
        family = name.partition("/")[0]
        if family in NETS and family not in names:
            tried = " and ".join(names)
            raise ConfigError(f"space.{name}: this search tries {tried}; leave it out")
    intervals: dict[str, Interval] = {}
    for name in names:
        for key, setting in _settings(name).items():
            searched = setting.searched
            if searched is not None and key not in fixed:
                intervals[f"{name}/{key}"] = (searched.low, searched.high)
    return intervals | {name: given[name] for name in given if name.partition("/")[0] in names}


def check_auto_options(options: NetOptions) -> None:
    """Check options of a search over families: each holds for the families that have it.

    Raises:
        ConfigError: No family that is tried has the option, or the value is none of its.
    """
    tried = [family for family in NETS.values() if family.suits]
    known = {key for family in tried for key in family.settings}
    for name in options:
        if name not in known:
            raise ConfigError(f"net {AUTO!r}: {unknown('setting', name, sorted(known))}")
    for family in tried:
        family.checked(own_options(family.name, options, AUTO))


def own_options(name: str, options: NetOptions, net: str) -> NetOptions:
    """The options that a family takes: all that a search gives if it is the only one.

    Args:
        name: The family.
        options: Options of the search.
        net: Network of the search; with `AUTO`, settings of other families are left out.
    """
    if net != AUTO:
        return options
    return {key: value for key, value in options.items() if key in _settings(name)}


def check_structure_intervals(
    net: str, fixed: NetOptions, given: Iterable[str], space: Mapping[str, Interval]
) -> None:
    """Check the intervals of structural settings that a user has given.

    Args:
        net: Key in `NETS`, `module:function`, or `AUTO`.
        fixed: Options that the search keeps.
        given: Names of the intervals to check, `<family>/<setting>`.
        space: Intervals by name.

    Raises:
        ConfigError: A family or setting is unknown, or an interval is unusable.
    """
    families = NETS if net == AUTO else (net,)
    for name in given:
        family, _, key = name.partition("/")
        settings = _settings(family) if family in families else {}
        if key not in settings:
            known = [f"{one}/{each}" for one in families for each in _settings(one)]
            raise ConfigError(f"space: {unknown('parameter', name, known)}")
        if key in fixed:
            raise ConfigError(
                f"space.{name}: net_options has {key}={fixed[key]!r}; give one of both"
            )
        (low, high), setting = space[name], settings[key]
        whole = float(low).is_integer() and float(high).is_integer()
        if not whole or not setting.low <= low <= high <= setting.high:
            raise ConfigError(
                f"space.{name}: got [{low:g}, {high:g}]; wanted whole numbers within "
                f"[{setting.low}, {setting.high}], the lower one first"
            )


def _settings(name: str) -> Mapping[str, Setting]:
    found = find(name)
    return found.settings if isinstance(found, Family) else {}
