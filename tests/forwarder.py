"""A wire between the bot and a Postgres, which can be frozen: connections stay open, new ones are taken, and nothing
is said."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing, suppress

from sqlalchemy import make_url

CHUNK = 65536


class Forwarder:
    """Listens on 127.0.0.1, and passes on to a Postgres on a Unix socket."""

    def __init__(self, database_url: str) -> None:
        self._to = make_url(database_url)
        self._flows = asyncio.Event()
        self._flows.set()
        self._server: asyncio.Server | None = None
        self._passing: set[asyncio.Task[None]] = set()
        self.connections = 0
        """How many were taken so far."""
        self.taken = asyncio.Event()
        """Set with each of them."""

    async def start(self) -> None:
        self._server = await asyncio.start_server(self._taken, "127.0.0.1", 0)

    async def stop(self) -> None:
        assert self._server
        self._server.close()
        for task in tuple(self._passing):
            task.cancel()
        await asyncio.gather(*self._passing, return_exceptions=True)

    @property
    def url(self) -> str:
        """The same database, by way of this."""
        assert self._server
        port = self._server.sockets[0].getsockname()[1]
        return self._to.set(host="127.0.0.1", port=port, query={}).render_as_string(hide_password=False)

    def freeze(self) -> None:
        self._flows.clear()

    def thaw(self) -> None:
        """What was sent meanwhile arrives, all of it."""
        self._flows.set()

    async def _taken(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task
        self._passing.add(task)
        task.add_done_callback(self._passing.discard)
        self.connections += 1
        self.taken.set()
        with closing(writer), suppress(asyncio.CancelledError):
            await self._joined(reader, writer)

    async def _joined(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await self._flows.wait()
        its_reader, its_writer = await asyncio.open_unix_connection(self._socket())
        with closing(its_writer):
            await asyncio.gather(self._passed(reader, its_writer), self._passed(its_reader, writer))

    async def _passed(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError):
            while data := await reader.read(CHUNK):
                await self._flows.wait()
                writer.write(data)
                await writer.drain()
        await self._flows.wait()
        writer.close()

    def _socket(self) -> str:
        folder = self._to.query["host"]
        assert isinstance(folder, str)
        return f"{folder}/.s.PGSQL.{self._to.port or 5432}"


@asynccontextmanager
async def forwarder(database_url: str) -> AsyncIterator[Forwarder]:
    made = Forwarder(database_url)
    await made.start()
    try:
        yield made
    finally:
        await made.stop()
