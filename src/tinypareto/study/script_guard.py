"""Refuses worker processes for scripts that would start the search again in each of them.

A spawned process first imports the script that started its parent. Without
`if __name__ == "__main__":` this import would run the whole script again.
"""

import ast
import sys
from pathlib import Path
from types import FrameType

from tinypareto.errors import ConfigError

_MAIN = "__main__"


def refuse_unguarded(workers: int) -> None:
    """Refuse several workers if the running script calls without any condition.

    Args:
        workers: Number of processes that train.

    Raises:
        ConfigError: The statement of the script that led here is in no `if`.
    """
    frame = _frame_of_script() if workers > 1 else None
    if frame is None:
        return
    file, line = frame.f_code.co_filename, frame.f_lineno
    try:
        tree = ast.parse(Path(file).read_bytes())
    except (OSError, ValueError, SyntaxError):
        return
    conditions = (node for node in ast.walk(tree) if isinstance(node, ast.If))
    if not any(node.lineno <= line <= (node.end_lineno or line) for node in conditions):
        raise ConfigError(
            f"workers: got {workers}, but each worker process imports {file}, which would start "
            f'the search again; put line {line} below if __name__ == "__main__":, or use workers=1'
        )


def _frame_of_script() -> FrameType | None:
    """The frame of the script's own statement; None if spawned processes import no script."""
    script = sys.modules[_MAIN]
    spec = getattr(script, "__spec__", None)
    if spec is not None and spec.name.endswith(_MAIN):
        return None
    frame: FrameType | None = sys._getframe()
    while frame is not None:
        if frame.f_code.co_name == "<module>" and frame.f_globals is vars(script):
            return frame
        frame = frame.f_back
    return None
