"""What people do reaches a real Bolt app, and what it answers reaches them."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

import aiohttp
import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.sandbox.workspace import Message
from bot.sandbox.workspace.courier import signature
from tests.test_workspace.scene import MODAL, SECRET, Scene, actions, button, section


async def test_a_command_arrives_as_slack_sends_it_and_its_answer_is_seen_by_its_author_alone(scene: Scene) -> None:
    came: list[dict[str, Any]] = []

    @scene.app.command("/ring")
    async def ring(ack: Any, command: dict[str, Any]) -> None:
        came.append(command)
        await ack("Ringing <@U0BEN>…")

    private = scene.slack.channel("war-room", scene.ana, private=True)
    group = scene.slack.usergroup("oncall", scene.ben, scene.cy)
    await scene.ana.types('/ring @ben @oncall @nobody #support #war-room @here "a < b & c"', at="#support")

    text = f"<@U0BEN|ben> <!subteam^{group.id}|@oncall> @nobody <#C0SUPPORT|support> <#{private.id}|> <!here> "
    assert came[0]["text"] == text + '"a &lt; b &amp; c"'
    assert came[0]["channel_name"] == "support" and came[0]["is_enterprise_install"] == "false"
    assert "enterprise_id" not in came[0] and came[0]["team_domain"] == "huddle"
    await scene.ana.sees("Ringing @ben…")
    scene.ben.sees_not("Ringing")
    assert scene.ana.notifications == ["Ringing @ben…"]


async def test_a_command_typed_in_a_dm_or_a_private_channel_hides_the_name(scene: Scene) -> None:
    names: list[str] = []

    @scene.app.command("/ring")
    async def ring(ack: Any, command: dict[str, Any]) -> None:
        names.append(command["channel_name"])
        await ack()

    await scene.ana.types("/ring")
    await scene.ana.types("/ring", at=scene.ben)
    await scene.ana.types("/ring", at=[scene.ben, scene.cy])
    await scene.ana.types("/ring", at=scene.slack.channel("war-room", scene.ana, private=True))
    assert names == ["directmessage", "directmessage", "mpdm-ana--ben--cy-1", "privategroup"]


async def test_an_in_channel_answer_shows_the_command_too(scene: Scene) -> None:
    @scene.app.command("/ring")
    async def ring(ack: Any) -> None:
        await ack(text="hello all", response_type="in_channel")

    await scene.ana.types("/ring now", at=scene.ben)
    await scene.ben.sees("hello all")
    await scene.ben.sees("/ring now")


async def test_a_late_answer_is_a_timeout_and_a_bad_one_a_failed_dispatch(scene: Scene) -> None:
    release = asyncio.Event()

    @scene.app.command("/ring")
    async def ring(ack: Any, command: dict[str, Any]) -> None:
        if command["text"] == "break":
            raise RuntimeError("on purpose")
        await release.wait()
        await ack("too late")

    await scene.ana.types("/ring break")
    await scene.ana.sees('/ring failed with the error "dispatch_failed"')
    before = asyncio.get_running_loop().time()
    await scene.ana.types("/ring slow")
    assert 2.9 < asyncio.get_running_loop().time() - before < 4
    release.set()
    await scene.ana.sees('/ring failed with the error "operation_timeout"')
    scene.ana.sees_not("too late")


async def test_buttons_links_menus_and_confirmations(scene: Scene) -> None:
    pressed: list[tuple[str, str, Any]] = []

    @scene.app.action({"type": "block_actions", "action_id": "decline"})
    @scene.app.action("join")
    @scene.app.action("end")
    @scene.app.action("reason")
    async def click(ack: Any, body: dict[str, Any], action: dict[str, Any]) -> None:
        value = action.get("value") or action.get("selected_option", {}).get("value")
        pressed.append((body["user"]["id"], action["action_id"], value))
        assert body["container"]["channel_id"] == body["channel"]["id"]
        assert body["message"]["metadata"]["event_payload"] == {"call": "c1"}
        await ack()

    menu = {
        "type": "static_select",
        "action_id": "reason",
        "placeholder": {"type": "plain_text", "text": "Decline with…"},
        "options": [{"text": {"type": "plain_text", "text": "Busy"}, "value": "busy"}],
    }
    sure = {
        "title": {"type": "plain_text", "text": "End"},
        "text": {"type": "plain_text", "text": "End it for all?"},
        "confirm": {"type": "plain_text", "text": "End"},
        "deny": {"type": "plain_text", "text": "No"},
    }
    row = {
        "type": "actions",
        "elements": [
            button("Decline", value="c1"),
            button("Join", url="https://example.com/j/1"),
            button("End", value="c1", confirm=sure),
            menu,
        ],
    }
    metadata = {"event_type": "call", "event_payload": {"call": "c1"}}
    await scene.client.chat_postMessage(
        channel=scene.ben.id, text="ana is ringing you", blocks=[section("*ana* is ringing"), row], metadata=metadata
    )
    message = await scene.ben.sees("ana is ringing")
    assert scene.ben.buttons() == ["Decline", "Join", "End"]
    await scene.ben.presses("Decline", on="ringing")
    joined = await scene.ben.presses("Join", on=message)
    assert joined.url == "https://example.com/j/1" and joined.delivery
    declined = await scene.ben.presses("End", confirm=False)
    assert declined.asked == "End it for all?" and declined.delivery is None
    await scene.ben.presses("End")
    await scene.ben.chooses("Busy", of="Decline with…")
    ben = scene.ben.id
    assert pressed == [(ben, "decline", "c1"), (ben, "join", None), (ben, "end", "c1"), (ben, "reason", "busy")]
    with pytest.raises(AssertionError, match="ana is ringing"):
        await scene.ben.presses("Accept")
    assert scene.slack.warnings == []
    assert scene.ben.notifications == ["ana is ringing you"]


async def test_a_button_that_went_away_can_still_be_pressed_by_one_who_was_quick(scene: Scene) -> None:
    seen: list[str] = []

    @scene.app.action("accept")
    async def accept(ack: Any, body: dict[str, Any]) -> None:
        seen.append(body["message"]["text"])
        await ack()

    posted = await scene.client.chat_postMessage(
        channel="#support",
        text="ringing",
        blocks=[section("ringing"), {"type": "actions", "elements": [button("Accept")]}],
    )
    await scene.client.chat_update(channel=posted["channel"], ts=posted["ts"], text="missed")
    with pytest.raises(AssertionError):
        await scene.ben.presses("Accept")
    await scene.ben.presses("Accept", stale=True)
    assert seen == ["missed"]


async def test_a_modal_opens_complains_and_closes(scene: Scene) -> None:
    submitted: list[dict[str, Any]] = []
    closed: list[str] = []

    @scene.app.command("/ring")
    async def ring(ack: Any, body: dict[str, Any], client: AsyncWebClient) -> None:
        await client.views_open(trigger_id=body["trigger_id"], view=MODAL)
        await ack()

    @scene.app.view("ring")
    async def submit(ack: Any, view: dict[str, Any]) -> None:
        values = view["state"]["values"]
        submitted.append(values)
        if values["topic"]["topic"]["value"] == "bad":
            await ack(response_action="errors", errors={"topic": "Not that topic"})
        else:
            await ack()

    @scene.app.view_closed("ring")
    async def gone(ack: Any, body: dict[str, Any]) -> None:
        closed.append(body["user"]["id"])
        await ack()

    await scene.ana.types("/ring")
    assert (await scene.ana.submits()).keys() == {"who", "kind"}, "the client asks for what is required"
    assert not submitted
    await scene.ana.picks("Who", [scene.ben, scene.cy])
    await scene.ana.fills("Topic", "bad")
    await scene.ana.chooses("Audio")
    assert await scene.ana.submits() == {"topic": "Not that topic"}
    await scene.ana.sees("Not that topic")
    await scene.ana.fills("Topic", "prod")
    await scene.ana.presses("Ring")
    assert scene.ana.modal is None
    assert submitted[1]["who"]["who"]["selected_users"] == [scene.ben.id, scene.cy.id]
    assert submitted[1]["kind"]["kind"]["selected_option"]["value"] == "audio"
    await scene.ana.types("/ring")
    await scene.ana.presses("Not now")
    assert closed == [scene.ana.id] and scene.ana.modal is None


async def test_a_submit_can_put_another_view_in_its_place_or_on_top(scene: Scene) -> None:
    second: dict[str, Any] = {
        "type": "modal",
        "callback_id": "second",
        "title": {"type": "plain_text", "text": "Second"},
    }
    second |= {"submit": {"type": "plain_text", "text": "Next"}, "blocks": [section("more")]}
    first = {**second, "callback_id": "first", "title": {"type": "plain_text", "text": "First"}}
    answers: list[dict[str, Any]] = [{"response_action": "push", "view": second}]

    @scene.app.command("/ring")
    async def ring(ack: Any, body: dict[str, Any], client: AsyncWebClient) -> None:
        await client.views_open(trigger_id=body["trigger_id"], view=first)
        await ack()

    @scene.app.view("first")
    @scene.app.view("second")
    async def submit(ack: Any) -> None:
        await ack(**answers.pop())

    await scene.ana.types("/ring")
    await scene.ana.submits()
    assert scene.ana.modal and scene.ana.modal.previous_view_id
    answers.append({"response_action": "update", "view": {**second, "blocks": [section("changed")]}})
    await scene.ana.submits()
    await scene.ana.sees("changed")
    await scene.ana.closes()
    await scene.ana.sees("First")
    answers.append({"response_action": "clear"})
    await scene.ana.submits()
    assert scene.ana.modal is None


async def test_home_is_told_when_opened_and_shows_what_was_published(scene: Scene) -> None:
    @scene.app.event("app_home_opened")
    async def opened(event: dict[str, Any], client: AsyncWebClient) -> None:
        blocks = [section("Welcome"), {"type": "actions", "elements": [button("Ring someone")]}]
        await client.views_publish(user_id=event["user"], view={"type": "home", "blocks": blocks})

    @scene.app.action("ring someone")
    async def press(ack: Any, body: dict[str, Any], client: AsyncWebClient) -> None:
        assert body["container"]["type"] == "view"
        await ack()
        await client.views_open(trigger_id=body["trigger_id"], view=MODAL)

    scene.ana.sees_not("Welcome")
    await scene.ana.opens_home()
    await scene.ana.sees("Welcome")
    await scene.ana.presses("Ring someone")
    assert scene.ana.modal


async def test_ephemerals_are_changed_only_through_their_response_url(scene: Scene) -> None:
    urls: list[str] = []

    @scene.app.action("accept")
    async def accept(ack: Any, body: dict[str, Any], respond: Callable[..., Awaitable[Any]]) -> None:
        assert "message" not in body and body["container"]["is_ephemeral"]
        urls.append(body["response_url"])
        await ack()
        await respond(text="accepted", replace_original=True)

    posted = await scene.client.chat_postEphemeral(
        channel=scene.support.id,
        user=scene.ben.id,
        text="ringing",
        blocks=[{"type": "actions", "elements": [button("Accept")]}],
    )
    with pytest.raises(SlackApiError, match="message_not_found"):
        await scene.client.chat_update(channel=scene.support.id, ts=posted["message_ts"], text="no")
    await scene.ben.presses("Accept")
    await scene.ben.sees("accepted")
    scene.ana.sees_not("accepted")
    async with aiohttp.ClientSession() as http:
        statuses = [(await http.post(urls[0], json={"text": f"again {n}"})).status for n in range(5)]
    assert statuses == [200, 200, 200, 200, 404]


async def test_a_response_url_speaks_where_the_bot_is_not(scene: Scene) -> None:
    @scene.app.command("/ring")
    async def ring(ack: Any, respond: Callable[..., Awaitable[Any]]) -> None:
        await ack()
        await respond(text="for you alone")
        await respond(text="for all", response_type="in_channel", metadata={"event_type": "x", "event_payload": {}})

    await scene.ana.types("/ring", at=scene.ben)
    await scene.ana.sees("for you alone", at=scene.ben)
    said = await scene.ben.sees("for all", at=scene.ana)
    scene.ben.sees_not("for you alone")
    assert isinstance(said, Message)
    with pytest.raises(SlackApiError, match="channel_not_found"):
        await scene.client.chat_update(channel=said.channel, ts=said.ts, text="changed")


async def test_a_click_may_answer_replace_or_delete(scene: Scene) -> None:
    answers: list[dict[str, Any]] = []

    @scene.app.action("go")
    async def go(ack: Any, respond: Callable[..., Awaitable[Any]]) -> None:
        await ack()
        await respond(**answers.pop())

    await scene.ana.types("a question", at="#support")
    parent = scene.support.messages[0]
    blocks = [section("the card"), actions(button("Go"))]
    await scene.client.chat_postMessage(channel=scene.support.id, text="c", blocks=blocks, thread_ts=parent.ts)

    answers.append({"text": "only ben reads this"})
    press = await scene.ben.presses("Go")
    assert press.delivery and press.delivery.payload["container"]["thread_ts"] == parent.ts
    await scene.ben.sees("only ben reads this")
    scene.ana.sees_not("only ben reads this")
    in_thread = {"response_type": "in_channel", "replace_original": False, "thread_ts": parent.ts}
    answers.append({"text": "in the thread", **in_thread})
    await scene.ben.presses("Go")
    assert [reply.text for reply in scene.slack.thread(parent)] == ["c", "in the thread"]
    answers.append({"text": "new card", "blocks": [actions(button("Go"))], "replace_original": True})
    await scene.ben.presses("Go")
    scene.ana.sees_not("the card")
    answers.append({"delete_original": True, "text": ""})
    await scene.ana.presses("Go")
    assert [reply.text for reply in scene.slack.thread(parent)] == ["in the thread"]


async def test_bolt_refuses_what_is_not_signed_with_the_secret(scene: Scene) -> None:
    body = b"command=%2Fring"
    async with aiohttp.ClientSession() as http:
        for secret, expected in (("wrong", 401), (SECRET, 404)):
            now = str(int(datetime.now(UTC).timestamp()))
            headers = {"X-Slack-Request-Timestamp": now, "X-Slack-Signature": signature(secret, now, body)}
            headers["Content-Type"] = "application/x-www-form-urlencoded"
            async with http.post(scene.request_url, data=body, headers=headers) as answer:
                assert answer.status == expected
    assert await scene.slack.verify_request_url()
