"""Imports the optional libraries, with a message on how to install them."""

import importlib
from types import ModuleType

from tinypareto.errors import ToolchainError


def onnx() -> ModuleType:
    """The package onnx.

    Raises:
        ToolchainError: It is not installed.
    """
    return _load("onnx")


def onnxruntime() -> ModuleType:
    """ONNX Runtime.

    Raises:
        ToolchainError: It is not installed.
    """
    return _load("onnxruntime")


def _load(name: str) -> ModuleType:
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as missing:
        raise ToolchainError(
            f"{name} is not installed; run: pip install 'tinypareto[onnx]'"
        ) from missing
