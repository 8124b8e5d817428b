"""The command line: parse, call, print.

Exit codes: 0 done, 1 the run failed, 2 bad input, 130 interrupted. Modules that import torch,
NumPy or rich are imported inside functions, so that --help does not wait for them.
"""

from collections.abc import Sequence

import typer

from tinypareto.cli.app import app
from tinypareto.cli.output import fail
from tinypareto.cli.search import configure
from tinypareto.errors import InputError, TinyparetoError

__all__ = ["configure", "main"]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command line and return its exit code; errors become one line on stderr."""
    try:
        code = app(args=arguments, prog_name="tinypareto", standalone_mode=False)
    except typer.TyperException as error:
        return fail(f"{error.format_message().rstrip('.')}; see tinypareto --help", 2)
    except InputError as error:
        return fail(str(error), 2)
    except TinyparetoError as error:
        return fail(str(error), 1)
    except OSError as error:
        return fail(f"{error.filename or 'system'}: {error.strerror or error}", 1)
    except (KeyboardInterrupt, typer.Abort):
        return 130
    return code if isinstance(code, int) else 0
