"""The exception tree: every error that a user can cause or meet is one of these.

    TinyparetoError
    ├── InputError             what the user gave cannot be used (exit code 2)
    │   ├── ConfigError        a flag, a TOML file or a Python argument
    │   ├── DataError          a data set: its file, keys, shapes, values or labels
    │   ├── UnsupportedLayerError   a layer without an integer operator
    │   └── ResultFolderError  a result folder: missing, taken, or not ours
    ├── TrialError             one candidate failed; it is recorded and the search goes on
    │   └── DivergedError      its training left the finite numbers
    ├── WorkerError            a process of a search died; the search can be resumed
    ├── StorageError           the study's database cannot be reached, read or written
    └── ToolchainError         a compiler is missing or refused the generated C

A message says what, where, got, wanted and the next step, in one line.
"""


class TinyparetoError(Exception):
    """Root of all errors raised by tinypareto."""


class InputError(TinyparetoError):
    """What the user gave cannot be used."""


class ConfigError(InputError):
    """A flag, a TOML file or a Python argument is wrong."""


class DataError(InputError):
    """A data set cannot be read or makes no sense."""


class UnsupportedLayerError(InputError):
    """A layer of the network has no integer operator."""


class ResultFolderError(InputError):
    """A result folder is missing, taken, or was not written by tinypareto."""


class TrialError(TinyparetoError):
    """One candidate could not be evaluated."""


class DivergedError(TrialError):
    """Training left the finite numbers."""


class WorkerError(TinyparetoError):
    """A process of a search died."""


class StorageError(TinyparetoError):
    """The database of a study cannot be reached, read or written."""


class ToolchainError(TinyparetoError):
    """A compiler is missing or refused the generated C."""
