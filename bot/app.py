"""The one place that knows every part: `async with running(settings) as app` builds them, and closes them at last."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager

import aiohttp
import structlog
from slack_bolt.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from bot.call.values import Call
from bot.clock import SystemClock
from bot.intake import Intake
from bot.join import JoinLinks, JoinPage
from bot.ledger import Clock
from bot.life import App
from bot.links import Links
from bot.metrics import Metrics
from bot.person import Identity
from bot.relay import CallOptions, Relay
from bot.ringer import Ringer
from bot.settings import Settings
from bot.slack.api import SlackApi
from bot.slack.calling import SlackRefused, SlackUnauthorized
from bot.slack.client import web_client
from bot.slack.home import Home
from bot.slack.huddle import Huddles
from bot.slack.listeners import add_listeners, build_app
from bot.slack.painter import Mint, Painter
from bot.slack.people import People
from bot.slack.prepare import Preparing
from bot.slack.socket_mode import MEND, socket_mode
from bot.slack.teller import Teller
from bot.slack.thread import Thread
from bot.store import Store, migrated, open_store
from bot.stream import StreamClient
from bot.web import SlackDoor, StreamDoor, Web
from bot.work import (
    OUTWARD_CALL_SECONDS,
    EndAsAdmin,
    LookAfresh,
    NotNow,
    Paint,
    PaintWaiting,
    Prepare,
    PrepareEdit,
    PreparePeople,
    PublishHome,
    Tell,
    TellThread,
    Work,
)
from bot.worker import Handler, Worker

__all__ = ["App", "StartError", "running"]

log = structlog.get_logger()

LAST_WORDS = 1.0
"""Seconds that the ledger has for each answer once the bot is to stop: a few may follow each other within five."""


class StartError(Exception):
    """The bot cannot start; the text says what to mend."""


@asynccontextmanager
async def running(settings: Settings, *, clock: Clock | None = None) -> AsyncIterator[App]:
    """The bot, from the ledger up. Leaving finishes or gives back what was claimed, and closes everything in reverse.

    Raises StartError with a sentence for whoever runs it where Slack refuses the bot's token.
    """
    clock = clock or SystemClock()
    async with AsyncExitStack() as stack:
        metrics = Metrics()
        store = await _store(settings, stack)
        store.on_saved = metrics.saved
        stream = await stack.enter_async_context(_stream(settings, metrics))
        slack = web_client(settings.slack_bot_token.get_secret_value(), settings.slack_api_url)
        # One session: without it slack_sdk connects anew, TLS and all, for each call.
        slack.session = await stack.enter_async_context(aiohttp.ClientSession(trust_env=slack.trust_env_in_session))
        me = await _identity(SlackApi(slack, store, clock, observe=metrics.asked_slack), store, slack.token or "")
        api = SlackApi(slack, store, clock, team=me.team, observe=metrics.asked_slack)
        ringer = _ringer(settings, store, clock, metrics)
        people = People(api, store, clock, stream_user_id_template=settings.stream_user_id_template)
        join_links = JoinLinks(store, ringer)
        if settings.join_url_template:
            mint = _elsewhere(settings, api, people, store, clock)
        else:
            mint = _here(join_links, lambda: settings.public_url or app.url)
        handlers = _handlers(settings, api, store, clock, ringer, stream, people, mint)
        worker = Worker(
            store,
            clock,
            handlers,
            lease_seconds=settings.lease_seconds,
            observe=metrics.worked,
            given_up=ringer.given_up,
        )
        intake = Intake(ringer.keep_all, ringer.apply_kept)
        ringer.nudge = worker.nudge
        bolt = _bolt(settings, slack, me, api, ringer, people, clock)
        app = App(settings, clock, store, ringer, worker, intake, stream, metrics, join_links)
        web = _web(settings, app, bolt)
        await app.set_clock()
        app.start(web)
        stack.push_async_callback(app.stop)
        await web.start()
        stack.push_async_callback(web.stop)
        if settings.slack_app_token is not None:
            await _open_socket(settings, bolt, metrics, stack)
        stack.callback(store.hurry, LAST_WORDS)
        yield app


async def _store(settings: Settings, stack: AsyncExitStack) -> Store:
    await migrated(settings.database_url)
    store = open_store(settings.database_url)
    stack.push_async_callback(store.close)
    stack.callback(store.hurry, LAST_WORDS)
    return store


def _stream(settings: Settings, metrics: Metrics) -> StreamClient:
    return StreamClient(
        api_key=settings.stream_api_key,
        api_secret=settings.stream_api_secret.get_secret_value(),
        base_url=settings.stream_base_url,
        timeout=OUTWARD_CALL_SECONDS,
        observe=metrics.asked_stream,
    )


def _ringer(settings: Settings, store: Store, clock: Clock, metrics: Metrics) -> Ringer:
    return Ringer(
        store,
        clock,
        settings.rules(),
        call_type=settings.call_type,
        rings_per_minute=settings.rings_per_minute,
        rings_per_minute_workspace=settings.rings_per_minute_workspace,
        commanded=metrics.commanded,
        ticked=metrics.ticked,
    )


async def _identity(api: SlackApi, store: Store, token: str) -> Identity:
    """Whose token it is. While Slack cannot be reached, what it said of this token before holds: Stream goes on, and
    people join. Of a new one nothing is known: this waits."""
    known = await store.look(lambda tx: tx.identity(token))
    while True:
        try:
            me = await _said_by_slack(api)
            break
        except NotNow as silent:
            log.warning("Slack cannot be reached yet", action="slack_silent", why=str(silent))
        if known is not None:
            return known
        await asyncio.sleep(1.0)
    if me != known:
        await store.commit(lambda tx: tx.save_identity(token, me))
    return me


async def _said_by_slack(api: SlackApi) -> Identity:
    try:
        return await api.auth_test()
    except (SlackRefused, SlackUnauthorized) as refused:
        raise StartError(
            f"Slack refuses SLACK_BOT_TOKEN ({refused.code}): copy the Bot User OAuth Token anew from your app's "
            "OAuth & Permissions page."
        ) from refused


def _here(links: JoinLinks, url: Callable[[], str]) -> Mint:
    """People join on the bot's own page, below `url`."""

    async def mint(call: Call, user: str) -> str:
        return f"{url()}/join/{await links.mint(call, user)}"

    return mint


def _elsewhere(settings: Settings, api: SlackApi, people: People, store: Store, clock: Clock) -> Mint:
    """People join where JOIN_URL_TEMPLATE says, not on the page of our own."""
    links = Links(settings.join_url_template, settings.stream_api_secret.get_secret_value())
    huddles = Huddles(api, people, store, clock)

    async def mint(call: Call, user: str) -> str:
        member = call.member(user)
        stream_user_id = member.stream_user_id if member else ""
        if links.name_a_user and not stream_user_id:
            raise NotNow("who they are on Stream is being found out", after=0.5, counts=False)
        channel = await huddles.channel(call) if settings.huddle else ""
        return links.mint(call, user, stream_user_id=stream_user_id, channel=channel)

    return mint


def _handlers(
    settings: Settings,
    api: SlackApi,
    store: Store,
    clock: Clock,
    ringer: Ringer,
    stream: StreamClient,
    people: People,
    mint: Mint,
) -> dict[type[Work], Handler]:
    preparing = Preparing(people, store, clock, ringer)
    return {
        **Relay(stream, ringer, _call_options(settings)).handlers(),
        Prepare: preparing.prepare,
        PrepareEdit: preparing.prepare_edit,
        PreparePeople: preparing.prepare_people,
        LookAfresh: preparing.look_afresh,
        EndAsAdmin: preparing.end_as_admin,
        Paint: Painter(
            api,
            store,
            clock,
            mint,
            sole=settings.database_url.startswith("sqlite"),
            huddle=settings.huddle,
            own_links=settings.own_links,
        ),
        PaintWaiting: ringer.paint_waiting,
        TellThread: Thread(api, store),
        Tell: Teller(api, store, mint, own_links=settings.own_links),
        PublishHome: Home(
            api, store, clock, ring_command=settings.ring_command, notify_command=settings.notify_command
        ),
    }


def _call_options(settings: Settings) -> CallOptions:
    return CallOptions(
        settings.call_custom,
        settings.call_settings_override,
        settings.caller_role or None,
        settings.callee_role or None,
        settings.stream_multi_tenant,
    )


def _bolt(
    settings: Settings,
    slack: AsyncWebClient,
    me: Identity,
    api: SlackApi,
    ringer: Ringer,
    people: People,
    clock: Clock,
) -> AsyncApp:
    bolt = build_app(slack, me, signing_secret=_signing_secret(settings))
    add_listeners(
        bolt,
        ringer,
        people,
        api.views_open,
        team=me.team,
        now=clock.now,
        ring_command=settings.ring_command,
        notify_command=settings.notify_command,
        ring_timeout=settings.ring_timeout,
    )
    return bolt


def _signing_secret(settings: Settings) -> str:
    return settings.slack_signing_secret.get_secret_value() if settings.slack_signing_secret else ""


def _web(settings: Settings, app: App, bolt: AsyncApp) -> Web:
    return Web(
        settings.host,
        settings.port,
        stream=StreamDoor(
            settings.stream_api_key,
            settings.stream_api_secret.get_secret_value(),
            app.intake.keep,
        ),
        slack=None if settings.socket_mode else SlackDoor(bolt, _signing_secret(settings)),
        healthy=app.healthy,
        ready=app.ready,
        known=app.metrics.told,
        metrics=app.page,
        routes=() if settings.join_url_template else _join_page(settings, app.join_links, app.store).routes(),
    )


def _join_page(settings: Settings, links: JoinLinks, store: Store) -> JoinPage:
    return JoinPage(
        links,
        store,
        api_key=settings.stream_api_key,
        api_secret=settings.stream_api_secret.get_secret_value(),
        stream_base_url=settings.stream_base_url,
        sdk_url=settings.stream_sdk_url,
        public_url=settings.public_url,
    )


async def _open_socket(settings: Settings, bolt: AsyncApp, metrics: Metrics, stack: AsyncExitStack) -> None:
    assert settings.slack_app_token is not None
    try:
        token = settings.slack_app_token.get_secret_value()
        await stack.enter_async_context(socket_mode(bolt, token, metrics.asked_slack))
    except SlackRefused as refused:
        raise StartError(f"Slack opens no socket with SLACK_APP_TOKEN ({refused.code}): {MEND}.") from refused
