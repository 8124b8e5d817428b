import warnings
from contextlib import suppress

with warnings.catch_warnings(), suppress(ModuleNotFoundError):
    warnings.simplefilter("ignore", DeprecationWarning)  # linear_operator uses torch.jit.script
    import botorch  # noqa: F401
