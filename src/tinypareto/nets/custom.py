"""Custom networks: a function of the user's, named `module:function` or passed from Python.

    def build(input_shape, classes, **options) -> torch.nn.Module

A class whose constructor takes the same arguments works too. Results store only the name, so worker
processes, resumed searches and readers of result folders import the function again.
"""

import inspect
import sys
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from operator import attrgetter
from pathlib import Path
from typing import Any, ClassVar

import torch
from torch import nn

from tinypareto.errors import ConfigError, TinyparetoError
from tinypareto.nets.options import NetOption, NetOptions
from tinypareto.nets.trust import name_by_user
from tinypareto.registry import unknown

Builder = Callable[..., nn.Module]

MAIN = "__main__"
_passed: dict[str, Builder] = {}
"""Functions passed from Python that cannot be imported by name, such as lambdas."""


@dataclass(frozen=True)
class CustomNet:
    """A network of the user's.

    Attributes:
        name: `module:function`.
        function: Takes the shape of one case, the number of outputs (the classes of a classifier),
            and options by name.
    """

    name: str
    function: Builder
    summary: ClassVar[str] = "your own network"

    def complete(self, options: NetOptions) -> dict[str, NetOption]:
        """All options: these, and the defaults of the others if they are plain values.

        Raises:
            ConfigError: The function does not take such options.
        """
        try:
            signature = inspect.signature(self.function)
            signature.bind((1, 1), 2, **options)
        except (TypeError, ValueError) as cause:
            raise ConfigError(
                f"net {self.name!r}: {cause}; it is called as "
                "function(input_shape, classes, **net_options)"
            ) from cause
        defaults = {name: p.default for name, p in list(signature.parameters.items())[2:]}
        plain = {name: v for name, v in defaults.items() if isinstance(v, NetOption)}
        return plain | dict(options)

    def make(self, options: NetOptions, input_shape: tuple[int, ...], outputs: int) -> nn.Module:
        """Call the function.

        Raises:
            ConfigError: It fails, or does not return a module.
        """
        try:
            module = self.function(input_shape, outputs, **options)
        except TinyparetoError:
            raise
        except Exception as cause:
            problem = f"fails with input_shape={input_shape}, classes={outputs}"
            raise ConfigError(f"net {self.name!r}: {problem}: {_one_line(cause)}") from cause
        if not isinstance(module, nn.Module):
            raise ConfigError(
                f"net {self.name!r}: returns a {type(module).__name__}, wanted a torch.nn.Module"
            )
        return module

    def check_repeatable(
        self, options: NetOptions, input_shape: tuple[int, ...], outputs: int
    ) -> None:
        """Refuse a function that makes different networks from the same random state of torch.

        Comparing, resuming and loading candidates all build the network again.

        Raises:
            ConfigError: The networks differ; or see `make`.
        """
        first, second = (
            _seeded(lambda: self.make(options, input_shape, outputs)).state_dict() for _ in range(2)
        )
        for name in {**first, **second}:
            if name not in first or name not in second or first[name].shape != second[name].shape:
                problem = f"layers that differ from call to call, such as {name!r}"
            elif not torch.equal(first[name], second[name]):
                problem = f"other weights at each call, such as {name!r}; draw them by torch alone"
            else:
                continue
            raise ConfigError(f"net {self.name!r}: makes {problem}; let it depend on nothing else")


def find(name: str) -> CustomNet:
    """The network of that name; its module may lie in the current folder.

    Raises:
        ConfigError: The module cannot be imported, or has no such function.
    """
    if name in _passed:
        return CustomNet(name, _passed[name])
    module_name, _, path = name.partition(":")
    module = sys.modules[MAIN] if module_name == MAIN else _imported(name, module_name)
    try:
        function = attrgetter(path)(module)
    except AttributeError:
        raise ConfigError(_missing(name, path, module)) from None
    if not callable(function):
        raise ConfigError(
            f"net {name!r}: is a {type(function).__name__}, wanted a function or class"
        )
    return CustomNet(name, function)


def name_of(function: Builder) -> str:
    """The name under which `find` returns a function passed from Python.

    Raises:
        ConfigError: It is not callable.
    """
    if not callable(function):
        raise ConfigError(f"net: got a {type(function).__name__}; wanted a name or a function")
    path = getattr(function, "__qualname__", type(function).__name__)
    name = f"{getattr(function, '__module__', MAIN)}:{path}"
    try:
        known = attrgetter(path)(sys.modules[name.partition(":")[0]])
    except (AttributeError, KeyError):
        known = None
    if known is not function:
        _passed[name] = function
    name_by_user(name)
    return name


def check_importable(name: str) -> None:
    """Refuse a network that a worker process could not import.

    Raises:
        ConfigError: Only this process has the function.
    """
    typed = name.startswith(f"{MAIN}:") and not hasattr(sys.modules[MAIN], "__file__")
    if name in _passed or typed:
        raise ConfigError(
            f"net {name!r}: worker processes cannot import it; put the function into a module, "
            "or use one worker"
        )


def _imported(name: str, module: str) -> Any:
    folder = str(Path.cwd())
    if folder not in sys.path:
        sys.path.insert(0, folder)
    # Loading a result folder calls the function that the folder names, whoever wrote it.
    if module.partition(".")[0] in sys.stdlib_module_names or not module:
        raise ConfigError(f"net {name!r}: wanted a module of yours, such as mypkg.mymodule:build")
    try:
        return import_module(module)
    except ModuleNotFoundError as cause:
        if cause.name is not None and f"{module}.".startswith(f"{cause.name}."):
            raise ConfigError(
                f"net {name!r}: there is no module {cause.name!r}, neither in {folder} nor on "
                "Python's path; run from the folder that it is in, or set PYTHONPATH"
            ) from None
        raise ConfigError(f"net {name!r}: importing {module} fails: {_one_line(cause)}") from cause
    except (Exception, SystemExit) as cause:
        raise ConfigError(f"net {name!r}: importing {module} fails: {_one_line(cause)}") from cause


def _missing(name: str, path: str, module: Any) -> str:
    if module.__name__ == MAIN or "<" in path:
        return (
            f"net {name!r}: was a function of the script that ran the search, which only that "
            "script has; put it into a module"
        )
    there = [n for n, v in vars(module).items() if callable(v) and v.__module__ == module.__name__]
    return f"net {name!r}: {unknown('function', path, there)}"


def _seeded(make: Callable[[], nn.Module]) -> nn.Module:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        return make()


def _one_line(error: BaseException) -> str:
    """The error in one line, with the innermost source line outside this file."""
    text = " ".join(f"{type(error).__name__}: {error}".split())
    frames = [f for f in traceback.extract_tb(error.__traceback__) if "importlib" not in f.filename]
    inner = [frame for frame in frames if frame.filename != __file__]
    return f"{text} ({inner[-1].filename}, line {inner[-1].lineno})" if inner else text
