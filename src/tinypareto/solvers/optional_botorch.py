"""BoTorch is optional: ParEGO and the comparisons of `bench` import it within `botorch_imports`."""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager

from tinypareto.errors import ConfigError


@contextmanager
def botorch_imports(extra: str) -> Iterator[None]:
    """Import BoTorch quietly within the context, or say how to install it.

    Args:
        extra: The extra of tinypareto that installs it: "parego" or "bench".

    Raises:
        ConfigError: BoTorch or a package that it needs is not installed.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # linear_operator uses torch.jit.script
        try:
            yield
        except ModuleNotFoundError as missing:
            raise ConfigError(
                f"{extra}: BoTorch is not installed; run: pip install 'tinypareto[{extra}]'"
            ) from missing
