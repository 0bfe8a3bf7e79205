"""The Bolt app: who it is, what it listens to, and in which order."""

import logging
import re
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta

import structlog
from slack_bolt.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.middleware.async_middleware import AsyncMiddleware
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_bolt.response import BoltResponse
from slack_sdk.web.async_client import AsyncWebClient

from bot.person import Identity
from bot.slack.blocks import ANY_ACTION
from bot.slack.client import web_client
from bot.slack.listeners.commands import Commands
from bot.slack.listeners.edge import Body, Listener, OpenView, at_the_edge
from bot.slack.listeners.events import Events
from bot.slack.listeners.presses import Presses, call_of
from bot.slack.listeners.submissions import Submissions, call_of_view
from bot.slack.listeners.verbs import People, Verbs

log = structlog.get_logger(__name__)
EVERY = re.compile("")


def build_app(client: AsyncWebClient, identity: Identity, *, signing_secret: str = "") -> AsyncApp:
    """A Bolt app without listeners; without a signing secret it is for Socket Mode, and takes nothing by HTTP.

    Whose bot it is was asked once, when the program started: an `auth.test` for each request would be most of its
    time. Bolt makes itself a client for each request from the address of this one; the listeners use none of them.
    """
    known = AuthorizeResult(
        enterprise_id=None,
        team_id=identity.team,
        bot_token=client.token,
        bot_id=identity.bot,
        bot_user_id=identity.user,
    )

    async def authorize() -> AuthorizeResult:
        return known

    logger = logging.getLogger("slack_bolt.ringer")
    logger.setLevel(logging.ERROR)  # Where something is odd, Bolt's warnings hold the whole payload.
    app = AsyncApp(
        name="ringer",
        logger=logger,
        client=web_client(None, client.base_url),
        authorize=authorize,
        signing_secret=signing_secret,
        process_before_response=True,
    )
    app.error(_bad_request)
    return app


async def _bad_request(error: Exception) -> BoltResponse:
    """Our listeners raise nothing: this is Bolt, which reads payloads by keys that Slack always sends."""
    log.warning("Bolt could not read a payload", action="slack_unreadable", why=type(error).__name__)
    return BoltResponse(status=400, body={"error": "malformed"})


def add_listeners(
    app: AsyncApp,
    ringer: Verbs,
    people: People,
    open_view: OpenView,
    *,
    team: str,
    now: Callable[[], datetime],
    ring_command: str = "/ring",
    notify_command: str = "/notify",
    ring_timeout: timedelta = timedelta(seconds=60),
) -> None:
    """Commands first: every listener before the one that is meant costs time. One listener takes all our buttons."""
    commands = Commands(
        ringer,
        open_view,
        team,
        now=now,
        ring_command=ring_command,
        notify_command=notify_command,
        ring_timeout=ring_timeout,
    )
    presses = Presses(ringer, open_view, team)
    submissions = Submissions(ringer, team, now)
    events = Events(ringer, people, team)
    sorry = commands.sorry()
    ring, notify = at_the_edge(commands.ring, sorry=sorry), at_the_edge(commands.notify, sorry=sorry)
    app.use(_AtOnce({ring_command: ring, notify_command: notify}))
    app.command(ring_command)(ring)
    app.command(notify_command)(notify)
    app.action(ANY_ACTION)(at_the_edge(presses.pressed, about=call_of))
    app.view_submission(ANY_ACTION)(at_the_edge(submissions.submitted, about=call_of_view))
    app.event("app_home_opened")(at_the_edge(events.home_opened))
    app.event("user_change")(at_the_edge(events.user_changed))
    app.command(EVERY)(at_the_edge(commands.unknown, sorry=sorry))
    app.action(EVERY)(at_the_edge(_ignored))
    app.event(EVERY)(at_the_edge(_ignored))


class _AtOnce(AsyncMiddleware):
    """Takes our commands to their listeners ahead of Bolt's own search: that makes up all that any listener might ask
    for, once to find it and once more to run it, which takes longer than all we do."""

    def __init__(self, listeners: Mapping[str, Listener]) -> None:
        self._listeners = listeners

    async def async_process(
        self, *, req: AsyncBoltRequest, resp: BoltResponse, next: Callable[[], Awaitable[BoltResponse]]
    ) -> BoltResponse | None:
        listen = self._listeners.get(str(req.body.get("command")))
        if listen is not None:
            return await listen(req.context.ack, req.body)
        await next()
        return resp


async def _ignored(body: Body) -> None:
    """Acknowledged, so that Slack neither warns the presser nor sends it again: it means nothing to us."""
