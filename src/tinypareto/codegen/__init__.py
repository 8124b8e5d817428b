"""From the quantized graph to C99 text; nothing here touches the disk."""

from tinypareto.codegen.emit import emit
from tinypareto.codegen.model_info import ModelInfo

__all__ = ["ModelInfo", "emit"]
