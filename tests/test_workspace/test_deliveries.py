"""The road to the app: retries of events, faults, and Socket Mode with Bolt's own handler."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import aiohttp
import pytest
from slack_bolt.adapter.socket_mode.async_handler import AsyncSocketModeHandler
from slack_sdk.errors import SlackApiError

from bot.sandbox.faults import Fault, Kind, Road
from tests.test_workspace.scene import APP_TOKEN, TOKEN, Scene, actions, button, section

WITHIN = 5.0


def plan(scene: Scene, road: Road, kind: Kind, **more: Any) -> None:
    scene.faults.add(Fault(road, kind, **more))


async def until(scene: Scene, happened: Any) -> None:
    """Wait until this is true of the workspace."""
    changed = asyncio.Event()
    stop = scene.slack.watch(lambda kind, payload: changed.set())
    try:
        async with asyncio.timeout(WITHIN):
            while not happened():
                changed.clear()
                await changed.wait()
    finally:
        stop()


def commands(scene: Scene, answer: str | None = None) -> list[str]:
    """What the app has heard of /ring."""
    heard: list[str] = []

    @scene.app.command("/ring")
    async def ring(ack: Any, command: dict[str, Any]) -> None:
        heard.append(command["text"])
        await (ack(answer) if answer else ack())

    return heard


# -- events


def retries(scene: Scene) -> list[tuple[str | None, str | None]]:
    """The retry headers of each app_home_opened that the app has heard."""
    heard: list[tuple[str | None, str | None]] = []

    @scene.app.event("app_home_opened")
    async def opened(request: Any) -> None:
        num, reason = request.headers.get("x-slack-retry-num"), request.headers.get("x-slack-retry-reason")
        heard.append((num[0] if num else None, reason[0] if reason else None))

    return heard


async def test_an_event_that_failed_is_tried_again_at_once_then_after_a_minute_and_five(scene: Scene) -> None:
    heard = retries(scene)
    plan(scene, Road.SLACK_DELIVERY, Kind.ERROR_503, match="events_api")
    await scene.ana.opens_home()
    assert heard == [("1", "http_error")]

    scene.slack.install(request_url="http://127.0.0.1:9/nobody", commands=[], bot_events=["app_home_opened"])
    await scene.ana.opens_home()
    delivery = scene.slack.deliveries[-1]
    assert [attempt.error for attempt in delivery.attempts] == ["connection_failed"] * 2
    scene.slack.install(request_url=scene.request_url, commands=[], bot_events=["app_home_opened"])
    scene.clock.turn(timedelta(minutes=1))
    await until(scene, lambda: delivery.ok)
    assert heard[1:] == [("2", "connection_failed")]


async def test_events_that_nobody_subscribed_to_are_not_sent(scene: Scene) -> None:
    scene.slack.install(request_url=scene.request_url, commands=[], bot_events=[])
    await scene.ana.opens_home()
    assert scene.slack.deliveries == []


async def test_messages_and_memberships_are_events_where_the_bot_is(scene: Scene) -> None:
    heard: list[tuple[str, str]] = []

    @scene.app.event("message")
    @scene.app.event("member_joined_channel")
    async def came(event: dict[str, Any]) -> None:
        heard.append((event["type"], event["user"]))

    elsewhere = scene.slack.channel("elsewhere", scene.ana)
    await scene.ana.types("nobody hears", at=elsewhere)
    await scene.ana.types("hello @ben", at="#support")
    scene.support.invite(scene.cy)
    await scene.slack.settled()
    assert heard == [("message", scene.ana.id), ("member_joined_channel", scene.cy.id)]


# -- faults on the way to the app


async def test_a_lost_or_broken_delivery_is_what_the_person_sees(scene: Scene) -> None:
    heard = commands(scene, "Ringing…")
    for kind, said in (
        (Kind.LOSE, "operation_timeout"),
        (Kind.DROP_BEFORE, "dispatch_failed"),
        (Kind.DROP_AFTER, "operation_timeout"),
        (Kind.ERROR_500, "dispatch_failed"),
        (Kind.TOO_MANY, "dispatch_failed"),
        (Kind.GARBAGE, "dispatch_failed"),
    ):
        plan(scene, Road.SLACK_DELIVERY, kind, match="slash_commands")
        await scene.ana.types(f"/ring {kind}")
        assert scene.ana.messages()[-1].text == f'/ring failed with the error "{said}"', kind
    assert heard == [Kind.DROP_AFTER, Kind.GARBAGE]
    scene.ana.sees_not("Ringing…")


async def test_duplicates_now_and_late(scene: Scene) -> None:
    heard = commands(scene)
    plan(scene, Road.SLACK_DELIVERY, Kind.DUPLICATE)
    await scene.ana.types("/ring now")
    plan(scene, Road.SLACK_DELIVERY, Kind.LATE_DUPLICATE, seconds=90)
    await scene.ana.types("/ring late")
    assert heard == ["now", "now", "late"]
    scene.clock.turn(timedelta(seconds=90))
    await until(scene, lambda: len(heard) == 4)
    assert heard[3] == "late"


async def test_a_delivery_held_back_comes_after_the_next(scene: Scene) -> None:
    heard = commands(scene, "heard")
    plan(scene, Road.SLACK_DELIVERY, Kind.REORDER)
    await scene.ana.types("/ring first")
    await scene.ana.types("/ring second")
    assert heard == ["second", "first"]
    assert scene.ana.notifications == ["heard", "heard"]


async def test_a_button_that_gets_no_answer_says_so(scene: Scene) -> None:
    @scene.app.action("accept")
    async def accept(ack: Any) -> None:
        await ack()

    await scene.client.chat_postMessage(channel=scene.ben.id, text="ringing", blocks=[actions(button("Accept"))])
    plan(scene, Road.SLACK_DELIVERY, Kind.DROP_AFTER, match="interactive")
    await scene.ben.presses("Accept")
    await scene.ben.sees("⚠ operation_timeout")
    await scene.ben.presses("Accept")
    scene.ben.sees_not("operation_timeout")


# -- faults on the way to Slack


@pytest.mark.parametrize(("kind", "status"), [(Kind.TOO_MANY, 429), (Kind.ERROR_500, 500), (Kind.ERROR_503, 503)])
async def test_slack_can_refuse_the_app(scene: Scene, kind: Kind, status: int) -> None:
    plan(scene, Road.SLACK_API, kind, match="chat.postMessage", seconds=7)
    with pytest.raises(SlackApiError) as no:
        await scene.client.chat_postMessage(channel=scene.support.id, text="hi")
    assert no.value.response.status_code == status
    assert no.value.response.headers.get("Retry-After") == ("7" if status == 429 else None)
    assert scene.support.messages == []
    await scene.client.chat_postMessage(channel=scene.support.id, text="hi")


@pytest.mark.parametrize(("kind", "posted"), [(Kind.DROP_BEFORE, 0), (Kind.DROP_AFTER, 1)])
async def test_a_connection_can_break_before_or_after_the_work(scene: Scene, kind: Kind, posted: int) -> None:
    scene.client.retry_handlers.clear()
    plan(scene, Road.SLACK_API, kind, match="chat.postMessage")
    with pytest.raises(aiohttp.ClientError):
        await scene.client.chat_postMessage(channel=scene.support.id, text="hi")
    assert len(scene.support.messages) == posted


async def test_garbage_is_no_json(scene: Scene) -> None:
    plan(scene, Road.SLACK_API, Kind.GARBAGE)
    with pytest.raises(SlackApiError):
        await scene.client.chat_postMessage(channel=scene.support.id, text="hi")


async def test_a_response_url_can_fail_too(scene: Scene) -> None:
    url: list[str] = []

    @scene.app.command("/ring")
    async def ring(ack: Any, body: dict[str, Any]) -> None:
        url.append(body["response_url"])
        await ack()

    await scene.ana.types("/ring")
    plan(scene, Road.SLACK_API, Kind.ERROR_503, match="response_url")
    async with aiohttp.ClientSession() as http:
        for expected in (503, 200):
            async with http.post(url[0], json={"text": "x"}) as answer:
                assert answer.status == expected
        scene.clock.turn(timedelta(minutes=31))
        async with http.post(url[0], json={"text": "x"}) as late:
            assert (late.status, await late.json()) == (404, {"ok": False, "error": "expired_url"})


# -- Socket Mode


@asynccontextmanager
async def socket_mode(scene: Scene) -> AsyncIterator[AsyncSocketModeHandler]:
    handler = AsyncSocketModeHandler(scene.app, APP_TOKEN, ping_interval=0.5)
    await handler.connect_async()  # type: ignore[no-untyped-call]
    try:
        yield handler
    finally:
        await handler.close_async()  # type: ignore[no-untyped-call]


async def test_socket_mode_carries_commands_clicks_and_events(scene: Scene) -> None:
    heard = commands(scene, "Ringing…")
    pressed: list[str] = []

    @scene.app.action("accept")
    async def accept(ack: Any, body: dict[str, Any], respond: Any) -> None:
        pressed.append(body["user"]["id"])
        await ack()
        await respond("accepted")

    @scene.app.event("app_home_opened")
    async def opened(event: dict[str, Any], client: Any) -> None:
        await client.views_publish(user_id=event["user"], view={"type": "home", "blocks": [section("Welcome")]})

    async with socket_mode(scene):
        await scene.ana.types("/ring @ben")
        await scene.ana.sees("Ringing…")
        await scene.client.chat_postMessage(channel=scene.ben.id, text="r", blocks=[actions(button("Accept"))])
        await scene.ben.presses("Accept")
        await scene.ben.sees("accepted")
        await scene.ben.opens_home()
        await scene.ben.sees("Welcome")
        assert heard == [f"<@{scene.ben.id}|ben>"] and pressed == [scene.ben.id]
        assert {delivery.transport for delivery in scene.slack.deliveries} == {"socket"}


async def test_a_refresh_makes_the_client_come_back_and_loses_nothing(scene: Scene) -> None:
    heard = commands(scene, "Ringing…")
    async with socket_mode(scene):
        await scene.ana.types("/ring one")
        plan(scene, Road.SLACK_DELIVERY, Kind.REFRESH)
        await scene.ana.types("/ring two")
        assert heard == ["one", "two"]
        assert sum(call.method == "apps.connections.open" for call in scene.slack.calls) == 2


async def test_a_half_open_socket_carries_nothing_until_the_client_notices(scene: Scene) -> None:
    heard = commands(scene)
    scene.slack.ack_seconds = 0.3
    async with socket_mode(scene):
        plan(scene, Road.SLACK_DELIVERY, Kind.HALF_OPEN)
        await scene.ana.types("/ring one")
        await scene.ana.sees("operation_timeout")
        assert heard == []
        scene.slack.ack_seconds = 10.0
        await scene.ana.types("/ring two")
        assert heard == ["two"]


async def test_a_ticket_is_good_once_and_ten_connections_are_the_most(scene: Scene) -> None:
    async def ticket() -> str:
        return str((await scene.client.apps_connections_open(app_token=APP_TOKEN))["url"])

    async with aiohttp.ClientSession() as http:
        used = await ticket()
        sockets = [await http.ws_connect(used)]
        assert (await sockets[0].receive_json())["type"] == "hello"
        with pytest.raises(aiohttp.WSServerHandshakeError):
            await http.ws_connect(used)
        for _ in range(9):
            sockets.append(await http.ws_connect(await ticket()))
            await sockets[-1].receive_json()
        eleventh = await http.ws_connect(await ticket())
        assert (await eleventh.receive_json())["reason"] == "too_many_websockets"
        for socket in (*sockets, eleventh):
            await socket.close()


async def test_each_payload_goes_down_one_of_the_sockets(scene: Scene) -> None:
    heard = commands(scene)
    async with socket_mode(scene), socket_mode(scene):
        for n in range(4):
            await scene.ana.types(f"/ring {n}")
    assert heard == ["0", "1", "2", "3"]


async def test_the_workspace_never_keeps_a_token(scene: Scene) -> None:
    async with socket_mode(scene):
        await scene.client.auth_test()
    assert TOKEN not in repr(scene.slack.calls) and APP_TOKEN not in repr(scene.slack.calls)
