"""Extraction of standalone source: functions together with all code of this package they call."""

import ast
import inspect
import textwrap
from types import FunctionType
from typing import Any

from tinypareto.graph.op import Op

OURS = "tinypareto"


def extract(ops: list[Op]) -> str:
    """Extract Python source of classes that run these operators, from the interpreter's own code.

    Each class has the name of an operator's class, its method `run`, and the members that `run`
    uses. It is instantiated with the operator's attributes as keyword arguments. The source needs
    NumPy as `np` and a base class `Record` that stores these attributes.
    """
    extraction = _Extraction()
    for op in ops:
        extraction.owner(op, {"run"})
    return "\n\n\n".join(extraction.texts.values())


class _Extraction:
    """Collects sources by name, in an order in which they can be executed."""

    def __init__(self) -> None:
        self.texts: dict[str, str] = {}
        self._methods: dict[str, dict[str, str]] = {}

    def owner(self, record: Any, wanted: set[str]) -> None:
        """Extract the class of an operator, or of its attribute, with methods and what they call.

        Args:
            record: The operator, or a value that it holds.
            wanted: Names of the methods to extract; names without a method are ignored.
        """
        owner, waiting = type(record), sorted(wanted)
        chosen = self._methods.setdefault(owner.__name__, {})
        mentioned: set[str] = set()
        while waiting:
            name = waiting.pop()
            member = inspect.getattr_static(owner, name, None)
            code = member.fget if isinstance(member, property) else member
            if name not in chosen and isinstance(code, FunctionType):
                chosen[name] = source = textwrap.dedent(inspect.getsource(code)).strip()
                names = _names(source)
                self._needs(code, names)
                mentioned |= names
                waiting += sorted(names)
        for value in vars(record).values():
            if type(value).__module__.startswith(OURS):
                self.owner(value, mentioned)
        doc = (inspect.getdoc(owner) or "").partition("\n")[0]
        body = textwrap.indent("\n\n".join(chosen.values()) or "pass", "    ")
        self.texts[owner.__name__] = f'class {owner.__name__}(Record):\n    """{doc}"""\n\n{body}'

    def _needs(self, function: FunctionType, names: set[str]) -> None:
        """Extract the module-level constants, functions and imports that a source mentions."""
        for name in sorted(names):
            value = function.__globals__.get(name)
            home = getattr(value, "__module__", None)
            if isinstance(value, int | float):
                self.texts[name] = f"{name} = {value!r}"
            elif isinstance(value, FunctionType) and value.__module__.startswith(OURS):
                self._function(value)
            elif home and callable(value) and not isinstance(value, type):
                self.texts[name] = f"from {home} import {name}"

    def _function(self, function: FunctionType) -> None:
        if function.__name__ not in self.texts:
            source = inspect.getsource(function).strip()
            self._needs(function, _names(source))
            self.texts[function.__name__] = source


def _names(source: str) -> set[str]:
    """Collect the names and attributes that a function mentions outside its annotations."""
    (function,) = ast.parse(source).body
    assert isinstance(function, ast.FunctionDef)
    parts: list[ast.AST] = [*function.body, *function.args.defaults]
    names: set[str] = set()
    while parts:
        part = parts.pop()
        if isinstance(part, ast.Name):
            names.add(part.id)
        elif isinstance(part, ast.Attribute):
            names.add(part.attr)
        left_out = [part.annotation] if isinstance(part, ast.AnnAssign) else []
        parts += [child for child in ast.iter_child_nodes(part) if child not in left_out]
    return names
