"""JSON from outside, read once and in one way, so that nothing comes in that could not be written out again."""

import json
import math
from typing import Any

DEEPEST = 100


def read(raw: bytes | str) -> Any:
    """Raises ValueError for what is no JSON, has half a character or no number in it, or is nested beyond reason."""
    try:
        found = json.loads(raw)
    except RecursionError as error:
        raise ValueError("nested beyond reason") from error
    _look_over(found, DEEPEST)
    return found


def _look_over(value: Any, levels: int) -> None:
    if not levels:
        raise ValueError("nested beyond reason")
    if isinstance(value, str):
        value.encode()  # Half of a surrogate pair can be escaped in JSON, but not sent as UTF-8.
    elif isinstance(value, float) and not math.isfinite(value):
        raise ValueError("no number of JSON's")
    elif isinstance(value, list | dict):
        for item in value if isinstance(value, list) else (*value, *value.values()):
            _look_over(item, levels - 1)
