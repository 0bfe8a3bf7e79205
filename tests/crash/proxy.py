"""The address Slack and Stream know: passes each request on to a replica that listens, in turn.

A request that no replica took (nobody listens there) goes to the next; one that a replica took and did not answer is
not sent twice: whoever sent it hears 502, and decides.
"""

import asyncio
import itertools
import time
from collections.abc import Callable, Sequence

import aiohttp
from aiohttp import web

KEPT = ("content-type", "content-encoding", "x-slack-no-retry")
PAUSE = 0.02


class Proxy:
    def __init__(self, targets: Callable[[], Sequence[str]], *, patience: float = 0.0) -> None:
        self._targets = targets
        self.patience = patience
        """Seconds for which somebody is looked for who listens."""
        self.url = ""
        self._turns = itertools.count()
        self._session: aiohttp.ClientSession | None = None
        self._runner: web.AppRunner | None = None

    async def start(self) -> None:
        # A connection each: one that is kept open may be closed just as it is used again, and nobody knows whether
        # its request was taken.
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(force_close=True, limit=0), auto_decompress=False
        )
        app = web.Application(client_max_size=2**22)
        app.router.add_route("*", "/{path:.*}", self._pass_on)
        self._runner = web.AppRunner(app, access_log=None, auto_decompress=False, shutdown_timeout=0.2)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"

    async def stop(self) -> None:
        if self._runner:
            await self._runner.cleanup()
        if self._session:
            await self._session.close()

    async def _pass_on(self, request: web.Request) -> web.StreamResponse:
        body = await request.read()
        until = time.monotonic() + self.patience
        while True:
            for target in self._in_turn():
                try:
                    return await self._asked(target, request, body)
                except aiohttp.ClientConnectorError:
                    continue
                except (aiohttp.ClientError, OSError):
                    # Whether it was taken nobody knows. A proxy that retries sends it again: what comes twice to this
                    # bot counts once. https://nginx.org/en/docs/http/ngx_http_proxy_module.html#proxy_next_upstream
                    if not self.patience:
                        return web.Response(status=502, text="no answer")
            if time.monotonic() >= until:
                return web.Response(status=503, text="nobody listens")
            await asyncio.sleep(PAUSE)

    def _in_turn(self) -> list[str]:
        targets = list(self._targets())
        first = next(self._turns) % len(targets) if targets else 0
        return targets[first:] + targets[:first]

    async def _asked(self, target: str, request: web.Request, body: bytes) -> web.Response:
        assert self._session is not None
        headers = {name: value for name, value in request.headers.items() if name.lower() not in ("host", "connection")}
        async with self._session.request(
            request.method, target + request.path_qs, data=body, headers=headers
        ) as answer:
            kept = {name: value for name, value in answer.headers.items() if name.lower() in KEPT}
            return web.Response(status=answer.status, body=await answer.read(), headers=kept)
