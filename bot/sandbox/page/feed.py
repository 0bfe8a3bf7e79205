"""Tells every open page what changed: a snapshot first, then numbered changes, taken up again where a page fell behind.

https://html.spec.whatwg.org/multipage/server-sent-events.html
"""

import asyncio
import json
import secrets
from collections import deque
from collections.abc import AsyncIterator, Callable
from typing import Any

Change = dict[str, Any]
KEPT = 2000
"""Changes a page may have missed and still take up where it left off."""
BREATHES_EVERY = 15.0


class Feed:
    def __init__(self, snapshot: Callable[[], Change]) -> None:
        self._snapshot = snapshot
        self._born = secrets.token_hex(4)
        """Tells this feed's numbers from those of one before it on the same port."""
        self._number = 0
        self._kept: deque[tuple[int, bytes]] = deque(maxlen=KEPT)
        self._readers: set[asyncio.Event] = set()
        self._over = False

    def tell(self, kind: str, **change: Any) -> None:
        self._number += 1
        self._kept.append((self._number, self._framed(self._number, {"kind": kind, **change})))
        self._wake()

    def close(self) -> None:
        """Let every reader go."""
        self._over = True
        self._wake()

    async def read(self, last_id: str) -> AsyncIterator[bytes]:
        """The frames for one page: what it missed since `last_id`, or everything; then whatever comes."""
        changed = asyncio.Event()
        self._readers.add(changed)
        try:
            seen = self._place_of(last_id)
            if seen is None:
                seen = self._number
                yield self._framed(seen, {"kind": "snapshot", "born": self._born, **self._snapshot()})
            while not self._over:
                changed.clear()
                if frames := [frame for number, frame in self._kept if number > seen]:
                    seen = self._number
                    yield b"".join(frames)
                elif not await _within(changed, BREATHES_EVERY):
                    yield b": still here\n\n"
        finally:
            self._readers.discard(changed)

    def _place_of(self, last_id: str) -> int | None:
        born, _, number = last_id.partition(".")
        if born != self._born or not number.isdecimal():
            return None
        oldest = self._kept[0][0] if self._kept else self._number + 1
        return int(number) if oldest - 1 <= int(number) <= self._number else None

    def _framed(self, number: int, change: Change) -> bytes:
        data = json.dumps(change, ensure_ascii=False, separators=(",", ":"))
        return f"id: {self._born}.{number}\ndata: {data}\n\n".encode()

    def _wake(self) -> None:
        for reader in self._readers:
            reader.set()


async def _within(changed: asyncio.Event, seconds: float) -> bool:
    try:
        async with asyncio.timeout(seconds):
            await changed.wait()
    except TimeoutError:
        return False
    return True
