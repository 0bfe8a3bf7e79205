"""The stand-in workspace itself: people and channels to set up, an app to install, a Web API on 127.0.0.1."""

import secrets
from collections.abc import Callable, Iterable
from typing import Any

from bot.sandbox.clock import SandboxClock
from bot.sandbox.faults import Faults
from bot.sandbox.workspace import payloads
from bot.sandbox.workspace.acts import Installed, Slack
from bot.sandbox.workspace.courier import Courier, Delivery
from bot.sandbox.workspace.events import event_of
from bot.sandbox.workspace.grants import ResponseUrls, Triggers
from bot.sandbox.workspace.hooks import Hooks
from bot.sandbox.workspace.limits import Limits
from bot.sandbox.workspace.people import Person
from bot.sandbox.workspace.places import Channel, Group
from bot.sandbox.workspace.records import SLACKBOT, Conversation, Json, Message, Team, User, Usergroup
from bot.sandbox.workspace.server import APICall, Server
from bot.sandbox.workspace.sockets import Sockets
from bot.sandbox.workspace.state import Listener, State

BOT_SCOPES = frozenset(
    [
        "channels:history",
        "channels:join",
        "channels:read",
        "chat:write",
        "commands",
        "dnd:read",
        "groups:history",
        "groups:read",
        "im:history",
        "im:read",
        "im:write",
        "mpim:history",
        "mpim:read",
        "mpim:write",
        "team:read",
        "usergroups:read",
        "users:read",
        "users:read.email",
    ]
)


class Workspace:
    def __init__(
        self,
        *,
        clock: SandboxClock,
        faults: Faults,
        signing_secret: str,
        bot_token: str,
        app_token: str | None = None,
        team_id: str = "T0HUDDLE",
        team_domain: str = "huddle",
        team_name: str = "Huddle",
        bot_user_id: str = "U0RINGER",
        bot_name: str = "ringer",
        app_id: str = "A0RINGER",
        scopes: frozenset[str] = BOT_SCOPES,
    ) -> None:
        self.clock = clock
        self.faults = faults
        self.scopes = scopes
        self.bot_token = bot_token
        self.app_token = app_token
        self.signing_secret = signing_secret
        team = Team(team_id, team_domain, team_name)
        bot = User(bot_user_id, bot_name, bot_name.title(), bot_name.title(), None, "UTC", team_id, is_bot=True)
        self.state = State(clock, team, bot, bot_user_id.replace("U", "B", 1), app_id)
        self.state.users[SLACKBOT] = User(SLACKBOT, "slackbot", "Slackbot", "Slackbot", None, "UTC", team_id)
        self.calls: list[APICall] = []
        self.people: dict[str, Person] = {}
        self._limits = Limits(clock)
        sockets = Sockets(app_id, lambda: self.origin)
        self._courier = Courier(clock, faults, signing_secret, sockets, self.state.tell)
        triggers, urls = Triggers(), ResponseUrls(clock)
        hooks = Hooks(self.state, urls, self._limits)
        self._slack = Slack(self.state, self._courier, triggers, urls, hooks, lambda: self.origin)
        self._server = Server(
            state=self.state,
            faults=faults,
            limits=self._limits,
            triggers=triggers,
            hooks=hooks,
            sockets=sockets,
            scopes=lambda: self.scopes,
            bot_token=bot_token,
            app_token=app_token,
            calls=self.calls,
        )
        self.state.watch(self._tell_app)

    # -- tokens

    async def refuses(self, token: str, code: str = "token_revoked") -> None:
        """From now on Slack does not take it: it was revoked, or the app removed (`account_inactive`)."""
        self._server.refused[token] = code
        if token == self.app_token:
            await self._server.sockets.disable()

    def takes(self, token: str) -> None:
        """It is good again: the app was installed anew."""
        del self._server.refused[token]

    def new_bot_token(self) -> str:
        """The app was installed anew and has another token; the one before is good for nothing."""
        self.bot_token = self._server.bot_token = f"xoxb-0-0-{secrets.token_hex(12)}"
        return self.bot_token

    # -- life

    async def start(self, port: int = 0) -> None:
        """Serve the Web API on this port of 127.0.0.1, or on a free one."""
        await self._courier.start()
        await self._server.start(port)

    async def stop(self) -> None:
        await self._courier.stop()
        await self._server.stop()

    @property
    def origin(self) -> str:
        return self._server.origin

    @property
    def api_url(self) -> str:
        """What `AsyncWebClient(base_url=…)` takes."""
        return f"{self.origin}/api/"

    def install(
        self,
        *,
        request_url: str | None,
        commands: Iterable[str],
        bot_events: Iterable[str],
        should_escape: bool = True,
    ) -> None:
        """Where deliveries go over HTTP, and what there is to deliver; with Socket Mode they go to a socket instead."""
        self._courier.request_url = request_url
        self._slack.installed = Installed(frozenset(commands), frozenset(bot_events), should_escape)

    async def verify_request_url(self) -> bool:
        """What Slack does when a request URL is saved: a signed challenge, to be sent back."""
        return await self._courier.challenge()

    # -- people and places

    def person(
        self,
        name: str,
        *,
        id: str | None = None,
        tz: str = "Europe/Berlin",
        real_name: str | None = None,
        display_name: str | None = None,
        email: str | None = None,
        is_admin: bool = False,
        is_bot: bool = False,
        deleted: bool = False,
        is_restricted: bool = False,
        is_ultra_restricted: bool = False,
        foreign_team: str | None = None,
        clock_24h: bool = True,
    ) -> Person:
        """Someone of the workspace, or with `foreign_team` someone of another who shares a channel (Slack Connect)."""
        user = User(
            id=id or self.state.mint_id("U", name, self.state.users),
            name=name,
            real_name=real_name or name.title(),
            display_name=name if display_name is None else display_name,
            email=None if is_bot else email or f"{name}@{self.state.team.domain}.example",
            tz=tz,
            team_id=foreign_team or self.state.team.id,
            is_admin=is_admin,
            is_bot=is_bot,
            deleted=deleted,
            is_restricted=is_restricted or is_ultra_restricted,
            is_ultra_restricted=is_ultra_restricted,
            is_stranger=foreign_team is not None,
            clock_24h=clock_24h,
        )
        self.state.users[user.id] = user
        self.people[name] = Person(self._slack, user)
        self.state.tell("user", user=user)
        return self.people[name]

    def channel(
        self,
        name: str,
        *members: Person,
        private: bool = False,
        bot_in: bool = False,
        archived: bool = False,
        id: str | None = None,
    ) -> Channel:
        people = [person.id for person in members] + [self.state.bot.id] * bot_in
        name = name.removeprefix("#")
        conversation = Conversation(
            id=id or self.state.mint_id("C", name, self.state.conversations),
            name=name,
            kind="private" if private else "public",
            creator=people[0] if people else SLACKBOT,
            created=self.state.unix_now(),
            members=people,
            archived=archived,
        )
        self.state.conversations[conversation.id] = conversation
        self.state.tell("channel", channel=conversation)
        return Channel(self.state, conversation)

    def usergroup(self, handle: str, *members: Person, id: str | None = None) -> Group:
        made = Usergroup(
            id=id or self.state.mint_id("S", handle, self.state.groups),
            handle=handle,
            name=handle.title(),
            users=[person.id for person in members],
        )
        self.state.groups[made.id] = made
        return Group(made)

    # -- looking and reaching in

    @property
    def deliveries(self) -> list[Delivery]:
        """Everything that was brought to the app, with what came of it."""
        return self._courier.deliveries

    @property
    def warnings(self) -> list[str]:
        """What Slack lets pass and a careful app would not do; a good app keeps this empty."""
        return self.state.warnings

    async def settled(self) -> None:
        """Return once no delivery is on its way."""
        await self._courier.settled()

    def watch(self, listener: Listener) -> Callable[[], None]:
        """Call `listener(kind, payload)` whenever something visible has changed; returns what stops that."""
        return self.state.watch(listener)

    def messages(self, channel: Channel | str | None = None) -> list[Message]:
        """Every message, also deleted and ephemeral ones, oldest first."""
        wanted = channel.id if isinstance(channel, Channel) else channel
        found = [m for c in self.state.conversations.values() if wanted in (None, c.id) for m in c.messages]
        return sorted(found, key=lambda m: float(m.ts))

    def thread(self, message: Message) -> list[Message]:
        """The replies under a message, oldest first."""
        return self.state.conversations[message.channel].replies(message)

    def delete(self, message: Message) -> None:
        """An admin takes a message away."""
        self.state.delete(message)

    def dm(self, person: Person) -> Channel:
        """The person's DM with the app."""
        return Channel(self.state, self.state.dm_with_bot(person.id))

    @property
    def ack_seconds(self) -> float:
        """How long a delivery waits for the app: Slack's three seconds of real time."""
        return self._courier.ack_seconds

    @ack_seconds.setter
    def ack_seconds(self, seconds: float) -> None:
        self._courier.ack_seconds = seconds

    @property
    def trigger_seconds(self) -> float:
        """How long a trigger_id opens a modal: Slack's three seconds of real time."""
        return self._slack.triggers.seconds

    @trigger_seconds.setter
    def trigger_seconds(self, seconds: float) -> None:
        self._slack.triggers.seconds = seconds

    async def emit(self, event: Json) -> Delivery:
        """Tell the app of any event, subscribed or not: for events that nobody here can cause."""
        return await self._courier.deliver("events_api", payloads.event(self.state, event))

    def _tell_app(self, kind: str, payload: dict[str, Any]) -> None:
        if self.origin and (found := event_of(kind, payload, self.state)):
            self._slack.emit_soon(*found)
