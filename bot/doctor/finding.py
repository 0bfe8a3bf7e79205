"""What the doctor says of one thing it looked at."""

from collections.abc import AsyncIterator
from dataclasses import dataclass


@dataclass(frozen=True)
class Finding:
    about: str
    said: str
    well: bool = True

    def __str__(self) -> str:
        return f"{'ok' if self.well else 'mend':4} {self.about}: {self.said}"


Findings = AsyncIterator[Finding]


def mend(about: str, said: str) -> Finding:
    """Something is wrong, or could not be looked at; `said` ends in what to do."""
    return Finding(about, said, well=False)
