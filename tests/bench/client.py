"""A client that costs next to nothing: ready-made requests down a connection that is kept, answers counted."""

import asyncio
import re
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

_LENGTH = re.compile(rb"content-length: *(\d+)", re.IGNORECASE)


def request(path: str, headers: Mapping[str, str], body: bytes) -> bytes:
    lines = [f"POST {path} HTTP/1.1", "Host: 127.0.0.1", f"Content-Length: {len(body)}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode() + body


@dataclass
class Taken:
    """What came of a number of requests."""

    seconds: float = 0.0
    each: list[float] = field(default_factory=list)
    refused: list[bytes] = field(default_factory=list)

    @property
    def rate(self) -> float:
        return len(self.each) / self.seconds


async def send(port: int, requests: Sequence[bytes], connections: int) -> Taken:
    """All of them, each connection waiting for the answer to one before it sends the next."""
    taken, waiting = Taken(), iter(requests)
    streams = [await asyncio.open_connection("127.0.0.1", port) for _ in range(connections)]
    began = time.perf_counter()
    await asyncio.gather(*(_talk(reader, writer, waiting, taken) for reader, writer in streams))
    taken.seconds = time.perf_counter() - began
    for _, writer in streams:
        writer.close()
    assert not taken.refused, taken.refused[0]
    return taken


async def _talk(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, waiting: Iterator[bytes], taken: Taken
) -> None:
    for one in waiting:
        began = time.perf_counter()
        writer.write(one)
        head = await reader.readuntil(b"\r\n\r\n")
        length = _LENGTH.search(head)
        body = await reader.readexactly(int(length[1])) if length else b""
        taken.each.append(time.perf_counter() - began)
        if not head.startswith(b"HTTP/1.1 200"):
            taken.refused.append(head + body)
