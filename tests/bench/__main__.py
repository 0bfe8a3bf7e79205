"""`python -m tests.bench [--quick] [part…]`: measures, and prints one table."""

import argparse
import asyncio
import logging
import sys
import tempfile
from collections.abc import Awaitable, Callable
from pathlib import Path

from tests.bench.due import due
from tests.bench.growth import growth
from tests.bench.memory import memory
from tests.bench.receiving import receiving
from tests.bench.replicas import replicas
from tests.bench.ringing import ringing
from tests.bench.soak import soak
from tests.bench.start import start
from tests.bench.table import Row, drawn

Part = Callable[..., Awaitable[list[Row]]]
PARTS: dict[str, Part] = {
    "receiving": receiving,
    "ringing": ringing,
    "due": due,
    "growth": growth,
    "memory": memory,
    "replicas": replicas,
    "start": start,
}
LONG: dict[str, Part] = {"soak": soak}
"""Only where they are asked for: it takes two hours."""

WITH_A_BOUND = ("receiving", "due", "growth", "memory", "replicas")
"""The parts whose ratios (and sizes) say on any machine that something has regressed."""


async def measure(parts: list[str], *, quick: bool) -> list[Row]:
    rows: list[Row] = []
    with tempfile.TemporaryDirectory(prefix="ringer-bench-") as folder:
        for part in parts or (WITH_A_BOUND if quick else PARTS):
            sys.stderr.write(f"{part}…\n")
            rows += await (PARTS | LONG)[part](Path(folder), quick=quick)
    return rows


def main() -> int:
    parser = argparse.ArgumentParser(prog="tests.bench", description=__doc__)
    parser.add_argument(
        "--quick", action="store_true", help="smaller, for CI: only a ratio that has regressed is a failure"
    )
    parser.add_argument("part", nargs="*", choices=[[], *PARTS, *LONG], help="only these")
    asked = parser.parse_args()
    logging.disable(logging.WARNING)  # A clock that is late by design would say so every second.
    rows = asyncio.run(measure(asked.part, quick=asked.quick))
    sys.stdout.write(drawn(rows) + "\n")
    return 1 if any(row.regressed or (not row.holds and not asked.quick) for row in rows) else 0


if __name__ == "__main__":
    sys.exit(main())
