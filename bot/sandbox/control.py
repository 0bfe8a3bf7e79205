"""The sandbox's hand from outside: people type, press and see, the clock is turned, things are broken, over plain HTTP.

`GET /` lists what there is. Every answer is JSON; what cannot be done is a 400 that says why.
"""

from collections.abc import Awaitable, Callable
from dataclasses import asdict
from typing import Any

from aiohttp import web

from bot.sandbox.coordinator.client import ClientRefused
from bot.sandbox.faults import Fault, Kind, Road
from bot.sandbox.workspace import Person
from bot.sandbox.world import World

Asked = dict[str, Any]
Act = Callable[[Asked], Awaitable[Any]]


class Control:
    """Listens between start() and stop() on a port of 127.0.0.1."""

    def __init__(self, world: World) -> None:
        self.world = world
        self._runner: web.AppRunner | None = None
        self.url = ""
        self.acts: dict[str, Act] = {
            "POST /people": self.person,
            "POST /channels": self.channel,
            "POST /groups": self.group,
            "POST /types": self.types,
            "POST /presses": self.presses,
            "POST /chooses": self.chooses,
            "POST /picks": self.picks,
            "POST /fills": self.fills,
            "POST /submits": self.submits,
            "POST /closes": self.closes,
            "POST /opens_home": self.opens_home,
            "GET /screen": self.screen,
            "GET /sees": self.sees,
            "GET /buttons": self.buttons,
            "GET /calls": self.calls,
            "POST /joins": self.joins,
            "POST /leaves": self.leaves,
            "POST /turn": self.turn,
            "POST /settled": self.settled,
            "POST /faults": self.fault,
            "DELETE /faults": self.mend,
            "POST /bot/stop": self.stop_bot,
            "POST /bot/start": self.start_bot,
        }

    async def start(self, port: int = 0) -> None:
        app = web.Application()
        app.router.add_get("/", self._index)
        for name, act in self.acts.items():
            verb, path = name.split()
            app.router.add_route(verb, path, _answering(act))
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", port).start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"

    async def stop(self) -> None:
        if self._runner is not None:
            await self._runner.cleanup()

    async def _index(self, request: web.Request) -> web.Response:
        return web.json_response({name: _how_to_ask(act) for name, act in self.acts.items()})

    # --- who and where

    async def person(self, asked: Asked) -> Asked:
        """{name, tz?, is_admin?, is_bot?, deleted?, is_restricted?, foreign_team?, email?}: somebody new."""
        person = self.world.workspace.person(**asked)
        return {"id": person.id, "name": person.name}

    async def channel(self, asked: Asked) -> Asked:
        """{name, members: [names], private?, bot_in?}: a new channel."""
        members = [self._who(name) for name in asked.pop("members", [])]
        channel = self.world.workspace.channel(asked.pop("name"), *members, **asked)
        return {"id": channel.id}

    async def group(self, asked: Asked) -> Asked:
        """{handle, members: [names]}: a new user group."""
        members = [self._who(name) for name in asked["members"]]
        return {"id": self.world.workspace.usergroup(asked["handle"], *members).id}

    # --- what people do

    async def types(self, asked: Asked) -> Asked:
        """{who, text, at?}: a line and Enter; `at` is "#channel", or else the person's DM with the app."""
        await self._person(asked).types(asked["text"], at=asked.get("at"))
        return {}

    async def presses(self, asked: Asked) -> Asked:
        """{who, label, on?, at?, confirm?}: the newest live button with this label; answers the page it opened."""
        press = await self._person(asked).presses(
            asked["label"], on=asked.get("on"), at=asked.get("at"), confirm=asked.get("confirm", True)
        )
        return {"url": press.url, "asked": press.asked}

    async def chooses(self, asked: Asked) -> Asked:
        """{who, options: [labels], of?, on?, at?}: from a menu."""
        await self._person(asked).chooses(*asked["options"], of=asked.get("of"), on=asked.get("on"), at=asked.get("at"))
        return {}

    async def picks(self, asked: Asked) -> Asked:
        """{who, label, people: [names]}: in the open modal."""
        await self._person(asked).picks(asked["label"], [self._who(name) for name in asked["people"]])
        return {}

    async def fills(self, asked: Asked) -> Asked:
        """{who, label, value}: a field of the open modal."""
        await self._person(asked).fills(asked["label"], asked["value"])
        return {}

    async def submits(self, asked: Asked) -> Asked:
        """{who}: the open modal; answers the errors it then shows."""
        return {"errors": await self._person(asked).submits()}

    async def closes(self, asked: Asked) -> Asked:
        """{who}: the open modal."""
        await self._person(asked).closes()
        return {}

    async def opens_home(self, asked: Asked) -> Asked:
        """{who}: the app's Home."""
        await self._person(asked).opens_home()
        return {}

    # --- what people see

    async def screen(self, asked: Asked) -> Asked:
        """?who=&at=: everything on their screen, as text."""
        return {"screen": self._person(asked).screen(at=asked.get("at"))}

    async def sees(self, asked: Asked) -> Asked:
        """?who=&text=&within=: waits for it, up to `within` seconds (5); answers what it stands in."""
        person = self._person(asked)
        thing = await person.sees(asked["text"], at=asked.get("at"), within=float(asked.get("within", 5)))
        return {"text": person.reads(thing)}

    async def buttons(self, asked: Asked) -> Asked:
        """?who=&on=&at=: the labels of the buttons on the newest thing meant."""
        return {"buttons": self._person(asked).buttons(asked.get("on"), at=asked.get("at"))}

    # --- Stream

    async def calls(self, asked: Asked) -> list[Asked]:
        """Every call on Stream, oldest first."""
        return [_call(call) for call in self.world.coordinator.calls.values()]

    async def joins(self, asked: Asked) -> Asked:
        """{who, cid?}: their browser is in the call (the newest one)."""
        await self.world.joins(self._person(asked), cid=self._cid(asked))
        return {}

    async def leaves(self, asked: Asked) -> Asked:
        """{who, cid?}: they hang up."""
        await self.world.leaves(self._person(asked), cid=self._cid(asked))
        return {}

    # --- time and trouble

    async def turn(self, asked: Asked) -> Asked:
        """{seconds}: turn the shared clock forward, and wait for what that brings."""
        await self.world.after(seconds=float(asked["seconds"]))
        return {"now": self.world.clock.now().isoformat()}

    async def settled(self, asked: Asked) -> Asked:
        """Answers once nothing is on its way."""
        await self.world.settled()
        return {}

    async def fault(self, asked: Asked) -> Asked:
        """{road, kind, match?, times?, seconds?}: break something on purpose; times null: until mended."""
        fault = Fault(**{**asked, "road": Road(asked["road"]), "kind": Kind(asked["kind"])})
        self.world.faults.add(fault)
        return asdict(fault)

    async def mend(self, asked: Asked) -> Asked:
        """Nothing goes wrong any more."""
        self.world.mends()
        return {}

    async def stop_bot(self, asked: Asked) -> Asked:
        """The bot stops; its ledger stays."""
        await self.world.stop_bot()
        return {}

    async def start_bot(self, asked: Asked) -> Asked:
        """The bot starts again, on the same ledger."""
        return {"bot": (await self.world.start_bot()).url}

    def _cid(self, asked: Asked) -> str:
        cids = self.world.cids
        cid = str(asked.get("cid") or (cids[-1] if cids else ""))
        if cid not in cids:
            raise ValueError(f"there is no call {cid} on Stream".replace("  ", " "))
        return cid

    def _person(self, asked: Asked) -> Person:
        return self._who(asked["who"])

    def _who(self, name: str) -> Person:
        try:
            return self.world.workspace.people[name.removeprefix("@")]
        except KeyError:
            raise ValueError(f"there is nobody called {name}") from None


def _answering(act: Act) -> Callable[[web.Request], Awaitable[web.Response]]:
    async def answer(request: web.Request) -> web.Response:
        try:
            asked = (
                dict(request.query) if request.method == "GET" or not request.can_read_body else await request.json()
            )
            return web.json_response(await act(asked))
        except (AssertionError, ValueError, TypeError, LookupError, TimeoutError, ClientRefused) as why:
            return web.json_response({"error": str(why) or repr(why)}, status=400)

    return answer


def _how_to_ask(act: Act) -> str:
    return (act.__doc__ or "").strip()


def _call(call: Any) -> Asked:
    session = call.session
    return {
        "cid": call.cid,
        "custom": call.custom,
        "members": sorted(call.members),
        "ended_at": call.ended_at.isoformat() if call.ended_at else None,
        "starts_at": call.starts_at.isoformat() if call.starts_at else None,
        "accepted_by": sorted(session.accepted_by) if session else [],
        "rejected_by": sorted(session.rejected_by) if session else [],
        "missed_by": sorted(session.missed_by) if session else [],
        "reject_reasons": dict(call.reject_reasons),
        "participants": sorted({participant.user.id for participant in call.participants}),
    }
