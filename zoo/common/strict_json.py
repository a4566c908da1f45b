"""JSON that is read strictly: what one parser takes for another thing than the next is refused."""

from __future__ import annotations

import json
import math
import re
from collections import Counter
from pathlib import Path
from typing import Any

from zoo.errors import CheckpointError, shown

__all__ = ["parse_json", "unique_keys"]

_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")


def unique_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Return an object of JSON, of which no key may stand twice; a hook for Python's parser.

    Args:
        pairs: its keys and values.

    Raises:
        ValueError: a key stands twice.
    """
    keys = dict(pairs)
    if len(keys) != len(pairs):
        (repeated, _), *_ = Counter(key for key, _ in pairs).most_common(1)
        raise ValueError(f"the key {shown(repeated)} stands twice")
    return keys


def _no_constant(name: str) -> float:
    raise ValueError(f"{name} is not a number of JSON")


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(f"{shown(text)} is too large for a number")
    return number


def parse_json(data: bytes, path: Path) -> Any:
    """Parse strict JSON: no repeated key, NaN or infinity, half character, exhausting depth."""
    try:
        text = data.decode("utf-8")
        value = json.loads(
            text, object_pairs_hook=unique_keys, parse_constant=_no_constant, parse_float=_finite
        )
        # Only an escape can spell half a surrogate pair, which no terminal or file takes.
        if _SURROGATE.search(text):
            json.dumps(value, ensure_ascii=False).encode("utf-8")
        return value
    except (ValueError, RecursionError) as error:
        raise CheckpointError(f"{path} is not valid JSON: {error}") from None
