"""Data packed so that it can stand in a page: small, and nothing in it is markup."""

import gzip
import json
from base64 import b64encode
from collections.abc import Iterable, Sequence
from typing import Any

CHUNK = 100
"""Trials whose details are packed together; a page unpacks a chunk when one of them is opened."""


def pack(text: str) -> str:
    """Text compressed and in letters that mean nothing to HTML."""
    return b64encode(gzip.compress(text.encode(), 6, mtime=0)).decode()


def pack_json(value: Any) -> str:
    """The same of a value without NaN."""
    return pack(json.dumps(value, allow_nan=False, separators=(",", ":")))


def pack_chunks(details: Iterable[dict[str, Any]], budget: int) -> tuple[list[str], int]:
    """Details packed in chunks for as long as they fit.

    Args:
        details: Of trials, the most important first.
        budget: Bytes that all chunks together may take.

    Returns:
        The chunks, and how many trials are in them.
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
    return (details[at : at + CHUNK] for at in range(0, len(details), CHUNK))
