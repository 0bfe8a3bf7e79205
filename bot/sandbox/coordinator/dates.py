"""Stream's two ways of writing a time: integer nanoseconds under /api/v2, RFC 3339 under /video and in events."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_RFC3339 = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(\.\d{1,9})?([Zz]|[+-]\d\d:\d\d)")


class Dates(StrEnum):
    NANOSECONDS = "nanoseconds"
    RFC3339 = "rfc3339"


def nanoseconds(when: datetime) -> int:
    since = when - _EPOCH
    return ((since.days * 86400 + since.seconds) * 1_000_000 + since.microseconds) * 1000


def rfc3339(when: datetime) -> str:
    """With nine fraction digits, as Stream's own webhooks carry them: 2023-11-14T14:49:14.142187951Z."""
    return when.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="microseconds") + "000Z"


def parse(text: str) -> datetime:
    """A time as requests carry it: RFC 3339 with its offset. Raises ValueError for anything else."""
    if not _RFC3339.fullmatch(text):
        raise ValueError(f"not an RFC 3339 time: {text!r}")
    try:
        return datetime.fromisoformat(text.upper()).astimezone(UTC)
    except OverflowError as error:
        raise ValueError(f"not in the years 1 to 9999 in UTC: {text!r}") from error


def written(value: Any, dates: Dates) -> Any:
    """The same value with every time in it written the way `dates` says."""
    if isinstance(value, datetime):
        return nanoseconds(value) if dates is Dates.NANOSECONDS else rfc3339(value)
    if isinstance(value, Mapping):
        return {key: written(item, dates) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [written(item, dates) for item in value]
    return value
