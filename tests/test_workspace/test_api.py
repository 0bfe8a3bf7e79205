"""The Web API is as strict as Slack's: tokens, scopes, arguments in every form, and the published refusals."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import aiohttp
import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.sandbox.workspace import BOT_SCOPES, Channel
from tests.test_workspace.scene import APP_TOKEN, MODAL, TOKEN, Scene, actions, button, section


async def refused(answer: Any) -> str:
    with pytest.raises(SlackApiError) as no:
        await answer
    return str(no.value.response["error"])


async def test_tokens_are_needed_and_each_opens_its_own_methods(scene: Scene) -> None:
    def client(token: str) -> AsyncWebClient:
        return AsyncWebClient(token=token, base_url=scene.slack.api_url)

    assert await refused(client("xoxb-other").auth_test()) == "invalid_auth"
    async with aiohttp.ClientSession() as http, http.post(scene.slack.api_url + "auth.test") as answer:
        assert await answer.json() == {"ok": False, "error": "not_authed"}
    assert await refused(client(TOKEN).apps_connections_open(app_token=TOKEN)) == "not_allowed_token_type"
    assert await refused(client(APP_TOKEN).users_list()) == "not_allowed_token_type"
    assert await refused(scene.client.api_call("chat.shout")) == "unknown_method"
    assert all("token" not in call.args for call in scene.slack.calls)


@pytest.mark.parametrize("how", ["query", "form", "json", "get"])
async def test_arguments_come_as_query_form_or_json(scene: Scene, how: str) -> None:
    args = {"channel": scene.support.id, "text": "hi", "blocks": json.dumps([section("hello")])}
    url, headers = scene.slack.api_url + "chat.postMessage", {"Authorization": f"Bearer {TOKEN}"}
    async with aiohttp.ClientSession(headers=headers) as http:
        ways: dict[str, Callable[[], Any]] = {
            "query": lambda: http.post(url, params=args),
            "form": lambda: http.post(url, data=args),
            "json": lambda: http.post(url, json={**args, "blocks": [section("hello")]}),
            "get": lambda: http.get(url, params=args),
        }
        async with ways[how]() as answer:
            assert (await answer.json())["ok"]
    await scene.ben.sees("hello")


async def test_a_missing_scope_says_which(scene: Scene) -> None:
    scene.slack.scopes = BOT_SCOPES - {"groups:read", "usergroups:read"}
    private = scene.slack.channel("war-room", scene.ana, private=True, bot_in=True)
    with pytest.raises(SlackApiError) as no:
        await scene.client.conversations_info(channel=private.id)
    assert no.value.response["needed"] == "groups:read"
    assert "chat:write" in no.value.response["provided"].split(",")
    assert await refused(scene.client.usergroups_list()) == "missing_scope"


@pytest.mark.parametrize(
    ("method", "args", "code"),
    [
        ("users.info", {}, "user_not_found"),
        ("users.lookupByEmail", {}, "users_not_found"),
        ("usergroups.users.list", {}, "no_such_subteam"),
        ("chat.update", {"channel": "C0SUPPORT"}, "message_not_found"),
        ("chat.postMessage", {"text": "hi"}, "channel_not_found"),
        ("chat.postMessage", {"channel": "C0SUPPORT"}, "no_text"),
        ("chat.postMessage", {"channel": "C0SUPPORT", "blocks": "[{"}, "invalid_blocks_format"),
        ("chat.postMessage", {"channel": "C0SUPPORT", "text": "x", "markdown_text": "y"}, "markdown_text_conflict"),
        (
            "chat.postMessage",
            {"channel": "C0SUPPORT", "text": "x", "metadata": '{"event_type": "x"}'},
            "invalid_metadata_format",
        ),
        ("chat.postMessage", {"channel": "C0SUPPORT", "text": "x", "thread_ts": "1.0"}, "cannot_reply_to_message"),
        ("views.open", {}, "invalid_arguments"),
        ("views.publish", {"user_id": "U0ANA"}, "invalid_arguments"),
        ("conversations.open", {}, "users_list_not_supplied"),
        ("conversations.history", {"channel": "C0SUPPORT", "oldest": "then"}, "invalid_ts_oldest"),
        ("conversations.members", {"channel": "C0SUPPORT", "cursor": "nope"}, "invalid_cursor"),
        ("conversations.members", {"channel": "C0SUPPORT", "limit": "5000"}, "invalid_limit"),
        ("conversations.list", {"types": "public_channel,secret"}, "invalid_types"),
        ("conversations.replies", {"channel": "C0SUPPORT", "ts": "1.0"}, "thread_not_found"),
        ("bots.info", {"bot": "B0OTHER"}, "bot_not_found"),
        ("dnd.info", {"user": "U0NOBODY"}, "user_not_found"),
        ("chat.getPermalink", {"channel": "C0SUPPORT", "message_ts": "1.0"}, "message_not_found"),
    ],
)
async def test_wrong_arguments(scene: Scene, method: str, args: dict[str, str], code: str) -> None:
    assert await refused(scene.client.api_call(method, params=args)) == code


def post(scene: Scene, channel: Channel | str) -> Any:
    wanted = channel.id if isinstance(channel, Channel) else channel
    return scene.client.chat_postMessage(channel=wanted, text="hi")


async def test_where_a_bot_may_post(scene: Scene) -> None:
    public = scene.slack.channel("public", scene.ana)
    private = scene.slack.channel("private", scene.ana, private=True)
    old = scene.slack.channel("old", scene.ana, bot_in=True, archived=True)
    await scene.ana.types("psst", at=scene.ben)
    people = scene.slack.state.direct([scene.ana.id, scene.ben.id])
    assert people
    assert await refused(post(scene, public)) == "not_in_channel"
    assert await refused(post(scene, private)) == "channel_not_found"
    assert await refused(post(scene, people.id)) == "channel_not_found"
    assert await refused(post(scene, old)) == "is_archived"
    assert await refused(post(scene, "U0NOBODY")) == "channel_not_found"
    scene.slack.scopes |= {"chat:write.public"}
    await post(scene, public)
    await scene.client.conversations_join(channel=public.id)
    assert scene.slack.state.bot.id in public.members
    assert await refused(scene.client.conversations_join(channel=private.id)) == "channel_not_found"
    assert (await post(scene, scene.ana.id))["channel"] == scene.slack.dm(scene.ana).id
    scene.support.remove_bot()
    scene.slack.scopes -= {"chat:write.public"}
    assert await refused(post(scene, scene.support)) == "not_in_channel"


async def test_only_ones_own_messages_are_changed_and_by_channel_id(scene: Scene) -> None:
    await scene.ana.types("mine", at="#support")
    hers = scene.support.messages[0]
    own = await post(scene, scene.ana.id)
    client, dm = scene.client, own["channel"]
    assert await refused(client.chat_update(channel=scene.support.id, ts=hers.ts, text="x")) == "cant_update_message"
    assert await refused(client.chat_delete(channel=scene.support.id, ts=hers.ts)) == "cant_delete_message"
    assert await refused(client.chat_update(channel=scene.ana.id, ts=own["ts"], text="x")) == "channel_not_found"
    assert await refused(client.chat_update(channel=dm, ts=own["ts"], text="x" * 4001)) == "msg_too_long"
    await client.chat_update(channel=dm, ts=own["ts"], text="changed")
    message = scene.ana.messages()[-1]
    assert (message.text, [version.text for version in message.edits]) == ("changed", ["hi"])
    await client.chat_delete(channel=dm, ts=own["ts"])
    assert await refused(client.chat_update(channel=dm, ts=own["ts"], text="x")) == "message_not_found"
    scene.ana.sees_not("changed")


async def test_a_thread_outlives_its_parent(scene: Scene) -> None:
    parent = await post(scene, scene.support)
    ts = parent["ts"]
    await scene.client.chat_postMessage(channel=scene.support.id, text="line 1", thread_ts=ts)
    card = scene.support.messages[0]
    scene.slack.delete(card)
    await scene.client.chat_postMessage(channel=scene.support.id, text="line 2", thread_ts=ts)
    assert [reply.text for reply in scene.slack.thread(card)] == ["line 1", "line 2"]
    answer = scene.client.chat_update(channel=scene.support.id, ts=ts, text="back")
    assert await refused(answer) == "message_not_found"
    reply = scene.slack.thread(card)[0].ts
    nested = scene.client.chat_postMessage(channel=scene.support.id, text="x", thread_ts=reply)
    assert await refused(nested) == "cannot_reply_to_message"
    scene.slack.delete(scene.slack.thread(card)[0])
    thread = await scene.client.conversations_replies(channel=scene.support.id, ts=ts)
    assert [m["text"] for m in thread["messages"]] == ["This message was deleted.", "line 2"]


async def test_history_shows_metadata_only_when_asked(scene: Scene) -> None:
    metadata = {"event_type": "call", "event_payload": {"call": "c1"}}
    for n in range(3):
        await scene.client.chat_postMessage(channel=scene.support.id, text=str(n), metadata=metadata)
        scene.clock.turn(timedelta(seconds=2))
    plain = await scene.client.conversations_history(channel=scene.support.id, limit=2)
    assert [m["text"] for m in plain["messages"]] == ["2", "1"] and plain["has_more"]
    assert "metadata" not in plain["messages"][0]
    cursor = plain["response_metadata"]["next_cursor"]
    rest = await scene.client.conversations_history(
        channel=scene.support.id, cursor=cursor, limit=2, include_all_metadata=True
    )
    assert rest["messages"][0]["metadata"] == metadata and not rest["has_more"]
    oldest = plain["messages"][0]["ts"]
    after = await scene.client.conversations_history(channel=scene.support.id, oldest=oldest)
    assert after["messages"] == []


async def test_opening_conversations(scene: Scene) -> None:
    many = [scene.slack.person(f"p{n}").id for n in range(9)]
    gone = scene.slack.person("gone", deleted=True)
    robot = scene.slack.person("robot", is_bot=True)
    stranger = scene.slack.person("stranger", foreign_team="T0OTHER")

    def opened(*users: str) -> Any:
        return scene.client.conversations_open(users=",".join(users))

    assert await refused(opened(*many)) == "too_many_users"
    assert await refused(opened("U0NOBODY")) == "user_not_found"
    assert await refused(opened(gone.id)) == "user_disabled"
    assert await refused(opened(robot.id)) == "invalid_user_combination"
    assert await refused(opened(stranger.id)) == "user_not_visible"
    scene.slack.channel("shared", stranger, bot_in=True)
    await opened(stranger.id)
    assert await refused(opened(stranger.id, scene.ana.id)) == "invalid_user_combination"
    assert await refused(opened(scene.slack.state.bot.id)) == "not_enough_users"
    first, again = await opened(*many[:8]), await opened(*reversed(many[:8]))
    assert first["channel"]["id"] == again["channel"]["id"] and again["already_open"]
    shown = (await scene.client.conversations_info(channel=first["channel"]["id"]))["channel"]
    assert shown["is_mpim"] and not shown["is_im"]


async def test_people_as_slack_shows_them(scene: Scene) -> None:
    guest = scene.slack.person("guest", is_ultra_restricted=True)
    scene.slack.person("stranger", foreign_team="T0OTHER")
    scene.cy.deactivate()
    scene.slack.usergroup("oncall", scene.ben, scene.cy)
    ben = (await scene.client.users_info(user=scene.ben.id))["user"]
    assert (ben["tz"], ben["tz_offset"]) == ("America/New_York", -18000)
    assert ben["profile"]["email"] == "ben@huddle.example"
    assert (await scene.client.users_info(user=guest.id))["user"]["is_ultra_restricted"]
    listed = {user["name"]: user for user in (await scene.client.users_list())["members"]}
    assert listed["cy"]["deleted"] and "tz" not in listed["cy"] and "stranger" not in listed
    assert listed["ringer"]["is_bot"] and not listed["slackbot"]["is_bot"]
    found = await scene.client.users_lookupByEmail(email="BEN@huddle.example")
    assert found["user"]["id"] == scene.ben.id
    groups = (await scene.client.usergroups_list(include_users=True))["usergroups"]
    assert groups[0]["users"] == [scene.ben.id, scene.cy.id]
    users = await scene.client.usergroups_users_list(usergroup=groups[0]["id"])
    assert users["users"] == [scene.ben.id, scene.cy.id]


async def test_ephemerals_reach_only_members(scene: Scene) -> None:
    def whisper(channel: Channel, user: str) -> Any:
        return scene.client.chat_postEphemeral(channel=channel.id, user=user, text="psst")

    assert await refused(whisper(scene.support, scene.cy.id)) == "user_not_in_channel"
    public = scene.slack.channel("public", scene.ana)
    assert await refused(whisper(public, scene.ana.id)) == "not_in_channel"
    await whisper(scene.support, scene.ben.id)
    await scene.ben.sees("psst")
    scene.ana.sees_not("psst")


async def test_triggers_and_hashes(scene: Scene) -> None:
    triggers: list[str] = []

    @scene.app.command("/ring")
    async def ring(ack: Any, body: dict[str, Any]) -> None:
        triggers.append(body["trigger_id"])
        await ack()

    await scene.ana.types("/ring")
    view = (await scene.client.views_open(trigger_id=triggers[0], view=MODAL))["view"]
    assert await refused(scene.client.views_open(trigger_id=triggers[0], view=MODAL)) == "exchanged_trigger_id"
    assert await refused(scene.client.views_open(trigger_id="1.2.x", view=MODAL)) == "invalid_trigger_id"
    await scene.client.views_update(view_id=view["id"], hash=view["hash"], view=MODAL)
    late = scene.client.views_update(view_id=view["id"], hash=view["hash"], view=MODAL)
    assert await refused(late) == "hash_conflict"
    assert await refused(scene.client.views_update(view_id="V0NONE", view=MODAL)) == "not_found"
    await scene.ana.types("/ring")
    scene.slack.trigger_seconds = 0.0
    assert await refused(scene.client.views_open(trigger_id=triggers[1], view=MODAL)) == "expired_trigger_id"


async def test_a_modal_shows_what_the_app_and_the_person_put_in(scene: Scene) -> None:
    @scene.app.command("/ring")
    async def ring(ack: Any, body: dict[str, Any], client: AsyncWebClient) -> None:
        view = (await client.views_open(trigger_id=body["trigger_id"], view=MODAL))["view"]
        assert view["state"] == {"values": {}} and view["root_view_id"] == view["id"]
        await ack()

    await scene.ana.types("/ring")
    await scene.ana.picks("Who", scene.ben, scene.cy)
    await scene.ana.fills("Topic", "prod")
    await scene.ana.chooses("Video", of="Kind")
    for shown in ("@ben, @cy", "“prod”", "“Video”", "[Ring]"):
        await scene.ana.sees(shown)
    await scene.ana.fills("Topic", "x" * 21)
    assert (await scene.ana.submits()).keys() == {"topic"}


async def test_metadata_stays_until_it_is_replaced_or_taken_away(scene: Scene) -> None:
    metadata = {"event_type": "call", "event_payload": {"call": "c1"}}
    channel = scene.support.id
    ts = (await scene.client.chat_postMessage(channel=channel, text="1", metadata=metadata))["ts"]
    message = scene.support.messages[0]
    await scene.client.chat_update(channel=channel, ts=ts, text="2")
    assert message.metadata == metadata
    await scene.client.chat_update(channel=channel, ts=ts, text="3", metadata={})
    assert not message.metadata


async def test_each_method_has_its_tier_by_the_shared_clock(scene: Scene) -> None:
    for _ in range(20):
        await scene.client.usergroups_list()
    with pytest.raises(SlackApiError) as no:
        await scene.client.usergroups_list()
    assert no.value.response.status_code == 429 and no.value.response["error"] == "ratelimited"
    assert 55 <= int(no.value.response.headers["Retry-After"]) <= 60
    await scene.client.users_info(user=scene.ana.id)
    scene.clock.turn(timedelta(minutes=1))
    await scene.client.usergroups_list()


async def test_posts_drip_one_a_second_a_channel(scene: Scene) -> None:
    codes = []
    for _ in range(8):
        try:
            await post(scene, scene.support)
            codes.append("ok")
        except SlackApiError as no:
            codes.append(no.response["error"])
    assert codes[:5] == ["ok"] * 5 and codes[-1] == "ratelimited"
    await post(scene, scene.ana.id)
    scene.clock.turn(timedelta(seconds=1))
    await post(scene, scene.support)


async def test_what_a_reviewer_would_say_is_kept(scene: Scene) -> None:
    channel = scene.support.id
    await scene.client.api_call("chat.postMessage", json={"channel": channel, "blocks": [actions(button("Go"))]})
    await scene.client.api_call("chat.postMessage", json={"channel": channel, "text": "x", "txt": "y"})
    assert [warning.split(":")[0] for warning in scene.slack.warnings] == ["chat.postMessage"] * 2
    assert "notifications" in scene.slack.warnings[0] and "'txt'" in scene.slack.warnings[1]
