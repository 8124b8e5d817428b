"""Packing of data for embedding in the page: it is small and contains nothing that is markup."""

import gzip
import json
from base64 import b64encode
from collections.abc import Iterable, Sequence
from typing import Any

CHUNK = 100
"""Number of trials whose details are packed together; the page unpacks a chunk when one of its
trials is opened."""


def pack(text: str) -> str:
    """Compress text with gzip and encode it as base64, whose letters mean nothing to HTML."""
    # Without a time stamp, equal data gives an equal page.
    return b64encode(gzip.compress(text.encode(), 6, mtime=0)).decode()


def pack_json(value: Any) -> str:
    """Pack a value of JSON; it must not contain NaN or infinity."""
    return pack(json.dumps(value, allow_nan=False, separators=(",", ":")))


def pack_chunks(details: Iterable[dict[str, Any]], budget: int) -> tuple[list[str], int]:
    """Pack details of trials in chunks, as many as fit.

    Args:
        details: Details of the trials, the most important ones first.
        budget: Largest size of all chunks together, in bytes.

    Returns:
        The chunks, and the number of trials in them.
    """
    chunks: list[str] = []
    packed = 0
    for chunk in _chunks(list(details)):
        text = pack_json(chunk)
        budget -= len(text)
        if budget < 0:
            break
        chunks.append(text)
        packed += len(chunk)
    return chunks, packed


def _chunks(details: Sequence[dict[str, Any]]) -> Iterable[Sequence[dict[str, Any]]]:
    return (details[start : start + CHUNK] for start in range(0, len(details), CHUNK))
