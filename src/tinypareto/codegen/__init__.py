"""Generation of C99 text from a quantized graph; nothing here writes files."""

from tinypareto.codegen.emit import emit
from tinypareto.codegen.model_info import ModelInfo, Quantity

__all__ = ["ModelInfo", "Quantity", "emit"]
