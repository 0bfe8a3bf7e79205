"""The page's HTTP side: the page itself, its one stream of changes, and what people do on it; for this machine only."""

import asyncio
from contextlib import suppress
from importlib import resources
from importlib.resources.abc import Traversable
from typing import Any

from aiohttp import web

from bot.sandbox.page import shown
from bot.sandbox.page.acts import Acts, CannotDo
from bot.sandbox.page.behind import Behind
from bot.sandbox.page.feed import Feed
from bot.sandbox.page.log import Log
from bot.sandbox.page.watching import Watching
from bot.sandbox.world import World

TYPES = {"html": "text/html", "css": "text/css", "js": "text/javascript", "svg": "image/svg+xml"}
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
    "img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
    "require-trusted-types-for 'script'; trusted-types 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cache-Control": "no-store",
}


class Page:
    """Listens between start() and stop() on a port of 127.0.0.1."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._log = Log(world)
        self._behind = Behind(world)
        self._feed = Feed(self._snapshot)
        self._watching = Watching(world, self._feed, self._log, self._behind)
        self._acts = Acts(world.workspace).table() | self._behind.table()
        self._files = dict(_files(resources.files(__package__).joinpath("static")))
        self._runner: web.AppRunner | None = None
        self.url = ""

    async def start(self, port: int = 0) -> None:
        app = web.Application(middlewares=[self._at_the_door])
        app.router.add_get("/", self._index)
        app.router.add_get("/static/{path:.+}", self._static)
        app.router.add_get("/events", self._events)
        app.router.add_get("/log/{number:[0-9]+}", self._logged)
        app.router.add_post("/do/{act}", self._do)
        self._watching.start()
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", port).start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"

    async def stop(self) -> None:
        self._feed.close()
        await self._watching.stop()
        await self._behind.stop()
        if self._runner is not None:
            await self._runner.cleanup()

    @web.middleware
    async def _at_the_door(self, request: web.Request, handler: Any) -> web.StreamResponse:
        """Other sites in the same browser can neither read nor press anything here, by whatever name they call us."""
        own = {self.url.removeprefix("http://"), self.url.removeprefix("http://").replace("127.0.0.1", "localhost")}
        origin = request.headers.get("Origin", "").removeprefix("http://")
        if request.host not in own or (origin and origin not in own):
            raise web.HTTPForbidden(text="Only from this machine, and from the page itself.")
        answer: web.StreamResponse = await handler(request)
        return answer

    async def _index(self, request: web.Request) -> web.Response:
        return self._file("index.html")

    async def _static(self, request: web.Request) -> web.Response:
        return self._file(request.match_info["path"])

    def _file(self, path: str) -> web.Response:
        if path not in self._files:
            raise web.HTTPNotFound(text=f"There is no {path}.")
        kind = TYPES[path.rpartition(".")[2]]
        return web.Response(
            text=self._files[path].read_text("utf-8"), content_type=kind, charset="utf-8", headers=HEADERS
        )

    async def _events(self, request: web.Request) -> web.StreamResponse:
        headers = {"Content-Type": "text/event-stream", "Cache-Control": "no-store", "X-Accel-Buffering": "no"}
        answer = web.StreamResponse(headers=headers)
        await answer.prepare(request)
        with suppress(ConnectionResetError):
            async for frames in self._feed.read(request.headers.get("Last-Event-ID", "")):
                await answer.write(frames)
        return answer

    async def _logged(self, request: web.Request) -> web.Response:
        try:
            return web.json_response(self._log.whole(int(request.match_info["number"])))
        except IndexError:
            raise web.HTTPNotFound(text="There is no such entry.") from None

    async def _do(self, request: web.Request) -> web.Response:
        if request.content_type != "application/json":
            raise web.HTTPUnsupportedMediaType(text="JSON, please.")
        act = self._acts.get(request.match_info["act"])
        try:
            if act is None:
                raise CannotDo("Nobody can do that.")
            # What was begun is carried through, also when the page is closed meanwhile.
            done = await asyncio.shield(asyncio.ensure_future(act(await request.json())))
        except (CannotDo, AssertionError, ValueError, TypeError, KeyError) as why:
            return web.json_response({"error": str(why) or repr(why)}, status=400)
        self._watching.look_soon()
        return web.json_response(done)

    def _snapshot(self) -> dict[str, Any]:
        state, settings = self._world.workspace.state, self._world.settings
        people = self._world.workspace.people.values()
        return {
            "team": state.team.name,
            "bot": state.bot.id,
            "people": [person.id for person in people if not person.user.is_bot],
            "users": [shown.user(each) for each in state.users.values()],
            "groups": [shown.group(each) for each in state.groups.values()],
            "channels": [shown.channel(each) for each in state.conversations.values()],
            "messages": [shown.message(each) for channel in state.conversations.values() for each in channel.messages],
            "homes": [shown.view(each) for each in state.homes.values()],
            "modals": {user: [shown.view(each) for each in stack] for user, stack in state.modals.items() if stack},
            "calls": [shown.call(each) for each in self._world.coordinator.calls.values()],
            "commands": [
                {"name": settings.ring_command, "hint": '@ana @ben "topic" tomorrow 9:30 | list | cancel | help'},
                {"name": settings.notify_command, "hint": '#channel | @ana @ben "topic" in 10 minutes | help'},
            ],
            "log": self._log.heads(),
            "clock": self._behind.clock(),
            "trouble": self._behind.trouble(),
        }


def _files(folder: Traversable, within: str = "") -> list[tuple[str, Traversable]]:
    found = []
    for each in folder.iterdir():
        if each.is_dir():
            found += _files(each, f"{within}{each.name}/")
        elif each.name.rpartition(".")[2] in TYPES:
            found.append((within + each.name, each))
    return found
