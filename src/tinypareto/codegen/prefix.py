"""Another prefix for every name of the generated code, so that programs can hold several networks.

Symbols, macros, files and Kconfig entries are called model_*, MODEL_*, model.* and
TINYPARETO_MODEL; the kernels' are called tp_* and TP_*. With the prefix `kws` they are kws_*,
KWS_*, kws.*, TINYPARETO_KWS, kws_tp_* and KWS_TP_*.
"""

import re

from tinypareto.errors import ConfigError

DEFAULT = "model"

LONGEST = 24
"""C99 tells external names apart by their first 31 characters only."""

TAKEN = frozenset(
    {
        *("arduino", "assert", "complex", "ctype", "errno", "fenv", "float", "inttypes", "iso646"),
        *("limits", "locale", "math", "setjmp", "signal", "stdalign", "stdarg", "stdatomic"),
        *("stdbool", "stddef", "stdint", "stdio", "stdlib", "stdnoreturn", "string", "tgmath"),
        *("threads", "time", "uchar", "vectors", "wchar", "wctype"),
    }
)
"""Names of headers that a file of the network would hide."""

_NAMES = re.compile(
    r'(?<!#include )"(?:[^"\\\n]|\\.)*"'  # a string; that of an include is none
    r"|\bmodel(?=_[a-z0-9]|\.[cho]\b)|\bMODEL(?=_[A-Z*])|(?<=TINYPARETO_)MODEL\b"
    r"|\btp(?=_[a-z])|\bTP(?=_[A-Z])"
)


def check_prefix(prefix: str) -> None:
    """Refuse a prefix that is no lower-case identifier, or that would hide a header.

    Raises:
        ConfigError: It is.
    """
    if not re.fullmatch(rf"[a-z][a-z0-9_]{{0,{LONGEST - 1}}}", prefix) or prefix in TAKEN:
        raise ConfigError(
            f"--name: got {prefix!r}; wanted a letter, then letters, digits and _, all lower-case, "
            f"at most {LONGEST}, and no name of a C header; for example kws"
        )


def prefixed(text: str, prefix: str) -> str:
    """Give the names in generated text another prefix; strings of C stay as they are."""
    if prefix == DEFAULT:
        return text

    def renamed(match: re.Match[str]) -> str:
        name = match[0]
        if name.lower() == "tp":
            return f"{prefix if name.islower() else prefix.upper()}_{name}"
        return {"model": prefix, "MODEL": prefix.upper()}.get(name, name)

    return _NAMES.sub(renamed, text)
