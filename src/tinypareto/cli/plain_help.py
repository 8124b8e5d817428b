"""Commands whose help names the values that a person types, not their types in Python."""

from typing import Any

from typer.core import TyperArgument, TyperCommand, TyperGroup


class _Plain:
    def get_params(self, ctx: Any) -> list[Any]:
        """The parameters, with the metavar as the only description of a value."""
        params: list[Any] = super().get_params(ctx)  # type: ignore[misc]
        for param in params:
            # An argument's metavar is its name, which stands beside the type.
            shown = None if isinstance(param, TyperArgument) else param.metavar
            param.display_type_rich = lambda ctx, shown=shown: shown
        return params


class PlainCommand(_Plain, TyperCommand):
    """A command without types such as `<bool>` in its help."""


class PlainGroup(_Plain, TyperGroup):
    """A group of commands without types such as `<bool>` in its help."""
