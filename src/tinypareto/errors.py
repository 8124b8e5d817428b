"""The exception tree: every error that a user can cause or meet is one of these.

    TinyparetoError
    ├── InputError             the user's input cannot be used (exit code 2)
    │   ├── ConfigError        a flag, a TOML file or a Python argument
    │   ├── DataError          a data set: its file, keys, shapes, values or labels
    │   ├── UnsupportedLayerError   a layer without an integer operator
    │   └── ResultFolderError  a result folder: missing, in use, or not written by tinypareto
    ├── TrialError             one candidate failed; this is recorded and the search continues
    │   └── DivergedError      its training produced values that are not finite
    ├── WorkerError            a process of a search died; the search can be resumed
    ├── StorageError           the study's database cannot be reached, read or written
    └── ToolchainError         a compiler is missing or refused the generated C

A message says in one line what is wrong and where, what was found, what was expected, and what to
do next.
"""


class TinyparetoError(Exception):
    """Root of all errors raised by tinypareto."""


class InputError(TinyparetoError):
    """The user's input cannot be used."""


class ConfigError(InputError):
    """A flag, a TOML file or a Python argument is wrong."""


class DataError(InputError):
    """A data set cannot be read or makes no sense."""


class UnsupportedLayerError(InputError):
    """A layer of the network has no integer operator."""


class ResultFolderError(InputError):
    """A result folder is missing, in use, or was not written by tinypareto."""


class TrialError(TinyparetoError):
    """One candidate could not be evaluated."""


class DivergedError(TrialError):
    """Training produced values that are not finite."""


class WorkerError(TinyparetoError):
    """A process of a search died."""


class StorageError(TinyparetoError):
    """The database of a study cannot be reached, read or written."""


class ToolchainError(TinyparetoError):
    """A compiler is missing or refused the generated C."""
