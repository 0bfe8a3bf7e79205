"""Slack's Web API and response_urls, as far as the bot uses them: each call takes its turn, and answers in types."""

import hashlib
import json
from collections.abc import AsyncGenerator, Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from slack_sdk.webhook.async_client import AsyncWebhookClient

from bot.person import Identity
from bot.slack.calling import (
    Answer,
    Calling,
    Json,
    Send,
    SlackBusy,
    SlackError,
    SlackRefused,
    SlackUnauthorized,
    SlackUnavailable,
)
from bot.slack.turns import Bucket

__all__ = [
    "Channel",
    "Posted",
    "Read",
    "SlackApi",
    "SlackBusy",
    "SlackError",
    "SlackRefused",
    "SlackUnauthorized",
    "SlackUnavailable",
]

_TIERS = {2: (15, 5), 3: (38, 11), 4: (78, 21)}
"""A minute, and at once: both together stay under what Slack names for any minute, 20, 50 and 100.
https://docs.slack.dev/apis/web-api/rate-limits"""
_HOMES_ALONE = frozenset({"views.publish"})
"""Nothing more urgent calls these, so Home leaves nothing of them to anything."""
_POSTS_IN_CHANNEL = (58, 3)
_POSTS_IN_WORKSPACE = (265, 32)
"""“Several hundred a minute” are 300 here."""
_RESPONSES = (60, 3)


@dataclass(frozen=True)
class Posted:
    channel: str
    ts: str


@dataclass(frozen=True)
class Read:
    """A message read back, as far as finding one's own needs it."""

    ts: str
    event_type: str
    payload: Mapping[str, Any]


@dataclass(frozen=True)
class Channel:
    id: str
    name: str
    is_member: bool
    is_archived: bool
    is_direct: bool
    count: int
    """How many are in it, bots and all; 0 where Slack does not say."""


Ask = Callable[..., Awaitable[Any]]


class SlackApi(Calling):
    """One workspace's Slack, as its bot sees it. `client` has no retry handlers: the ledger retries."""

    async def _ask(self, method: str, tier: int, send: Send) -> Json:
        return await self._call(method, self._tier(method, tier), send)

    def _tier(self, method: str, tier: int) -> tuple[Bucket, ...]:
        return (self._bucket(method, *_TIERS[tier], shared=method not in _HOMES_ALONE),)

    def _posts(self, channel: str) -> tuple[Bucket, ...]:
        method = "chat.postMessage"
        return (
            self._bucket(method, *_POSTS_IN_WORKSPACE, shared=True),
            self._bucket(f"{method}:{channel}", *_POSTS_IN_CHANNEL),
        )

    # --- who

    async def auth_test(self) -> Identity:
        answer = await self._call("auth.test", (), lambda: self._client.auth_test())
        return Identity(str(answer["team_id"]), str(answer["user_id"]), str(answer.get("bot_id", "")))

    async def users_info(self, user: str) -> Json:
        answer = await self._ask("users.info", 4, lambda: self._client.users_info(user=user))
        return dict(answer["user"])

    async def users_list(self) -> AsyncGenerator[Json, None]:
        """Everyone of the workspace, page by page. People of other organisations are not among them."""
        cursor = ""
        while True:
            page, cursor = await self._page(
                "users.list", 2, "members", self._client.users_list, limit=500, cursor=cursor
            )
            for shown in page:
                yield shown
            if not cursor:
                return

    async def usergroups_users_list(self, group: str) -> tuple[str, ...]:
        answer = await self._ask(
            "usergroups.users.list", 2, lambda: self._client.usergroups_users_list(usergroup=group)
        )
        return tuple(answer["users"])

    # --- conversations

    async def conversations_info(self, channel: str) -> Channel:
        answer = await self._ask(
            "conversations.info",
            3,
            lambda: self._client.conversations_info(channel=channel, include_num_members=True),
        )
        return _channel(answer["channel"])

    async def conversations_members(self, channel: str, *, at_most: int) -> tuple[str, ...]:
        """Everyone in it, bots and all; stops after the page on which there are more than `at_most`."""
        method, members, cursor = "conversations.members", list[str](), ""
        while True:
            page, cursor = await self._page(
                method, 4, "members", self._client.conversations_members, channel=channel, limit=200, cursor=cursor
            )
            members += page
            if not cursor or len(members) > at_most:
                return tuple(members)

    async def conversations_join(self, channel: str) -> None:
        await self._ask("conversations.join", 3, lambda: self._client.conversations_join(channel=channel))

    async def conversations_open(self, users: Collection[str]) -> str:
        """The direct message or group DM of the bot and these people."""
        read, method, who = self._read_so_far(), "conversations.open", ",".join(users)
        if (method, who) not in read:
            answer = await self._ask(method, 3, lambda: self._client.conversations_open(users=who))
            read[method, who] = str(answer["channel"]["id"])
        return str(read[method, who])

    async def history(self, channel: str, *, oldest: float) -> AsyncGenerator[Read, None]:
        """What the bot's app and others posted since, newest first."""
        async for message in self._messages(
            "conversations.history", self._client.conversations_history, channel=channel, oldest=f"{oldest:.6f}"
        ):
            yield message

    async def replies(self, channel: str, ts: str) -> AsyncGenerator[Read, None]:
        """The thread under `ts`, oldest first."""
        async for message in self._messages(
            "conversations.replies", self._client.conversations_replies, channel=channel, ts=ts
        ):
            yield message

    async def _messages(self, method: str, ask: Ask, **args: str) -> AsyncGenerator[Read, None]:
        read, cursor = self._read_so_far(), ""
        while True:
            which = (method, *args.values(), cursor)
            if which not in read:
                page, following = await self._page(
                    method, 3, "messages", ask, include_all_metadata=True, limit=200, cursor=cursor, **args
                )
                read[which] = [_read(message) for message in page], following
            messages, cursor = read[which]
            for message in messages:
                yield message
            if not cursor:
                return

    async def _page(self, method: str, tier: int, what: str, ask: Ask, **args: Any) -> tuple[list[Any], str]:
        sent = {name: value for name, value in args.items() if value != ""}
        answer = await self._ask(method, tier, lambda: ask(**sent))
        return list(answer[what]), str((answer.get("response_metadata") or {}).get("next_cursor", ""))

    # --- messages

    async def post(
        self,
        channel: str,
        text: str,
        blocks: Sequence[Json] = (),
        *,
        thread_ts: str | None = None,
        broadcast: bool = False,
        event_type: str = "",
        payload: Mapping[str, Any] | None = None,
    ) -> Posted:
        """chat.postMessage; a user's id as `channel` is the bot's direct message with them.

        `broadcast`: of a thread, shown in the channel too.
        `payload` stands in the message's metadata, which everyone in the workspace can read.
        """
        method = "chat.postMessage"
        metadata = {"event_type": event_type, "event_payload": dict(payload or {})} if event_type else None

        async def send() -> Any:
            self._forget_so_far()
            return await self._client.chat_postMessage(
                channel=channel,
                text=text,
                blocks=list(blocks) or None,
                thread_ts=thread_ts,
                reply_broadcast=broadcast or None,
                metadata=metadata,
                unfurl_links=False,
                unfurl_media=False,
            )

        answer = await self._call(method, self._posts(channel), send)
        return Posted(str(answer["channel"]), str(answer["ts"]))

    async def post_inside(self, channel: str, text: str, blocks: Sequence[Json], **more: Any) -> Posted:
        """Like `post`, but joins a public channel that the bot is not in yet: only there can it look up its own."""
        try:
            return await self.post(channel, text, blocks, **more)
        except SlackRefused as refused:
            if refused.code != "not_in_channel":
                raise
        await self.conversations_join(channel)
        return await self.post(channel, text, blocks, **more)

    async def update(self, channel: str, ts: str, text: str, blocks: Sequence[Json]) -> None:
        await self._ask(
            "chat.update",
            3,
            lambda: self._client.chat_update(channel=channel, ts=ts, text=text, blocks=list(blocks)),
        )

    async def post_ephemeral(self, channel: str, user: str, text: str, blocks: Sequence[Json]) -> None:
        await self._ask(
            "chat.postEphemeral",
            4,
            lambda: self._client.chat_postEphemeral(channel=channel, user=user, text=text, blocks=list(blocks)),
        )

    async def respond(self, url: str, text: str, blocks: Sequence[Json], *, replace_original: bool) -> None:
        """Through a response_url: another picture of the message pressed, or words for the presser alone.
        https://docs.slack.dev/interactivity/handling-user-interaction#message_responses"""
        method = "response_url"
        # The address is a secret of its own; the buckets' table need not know it.
        bucket = self._bucket(f"{method}:{hashlib.sha256(url.encode()).hexdigest()[:32]}", *_RESPONSES)
        body = {"text": text, "blocks": list(blocks), "replace_original": replace_original}
        if not replace_original:
            body["response_type"] = "ephemeral"
        hook = AsyncWebhookClient(url, session=self._client.session, ssl=self._client.ssl, retry_handlers=[])
        hook.proxy = self._client.proxy  # and not what it finds in the environment

        async def send() -> Answer:
            answer = await hook.send_dict(body)
            return _response(answer.status_code, answer.headers, answer.body)

        await self._call(method, (bucket,), send)

    # --- views

    async def views_publish(self, user: str, view: Json) -> None:
        await self._ask("views.publish", 4, lambda: self._client.views_publish(user_id=user, view=view))

    async def views_open(self, trigger_id: str, view: Json) -> None:
        """Opens a modal. The trigger lives three seconds."""
        await self._ask("views.open", 4, lambda: self._client.views_open(trigger_id=trigger_id, view=view))


def _read(message: Mapping[str, Any]) -> Read:
    metadata = message.get("metadata") or {}
    return Read(message["ts"], metadata.get("event_type", ""), metadata.get("event_payload", {}))


def _channel(shown: Mapping[str, Any]) -> Channel:
    return Channel(
        id=str(shown["id"]),
        name=str(shown.get("name", "")),
        is_member=bool(shown.get("is_member")),
        is_archived=bool(shown.get("is_archived")),
        is_direct=bool(shown.get("is_im") or shown.get("is_mpim")),
        count=int(shown.get("num_members") or 0),
    )


def _response(status: int, headers: Mapping[str, str], text: str) -> Answer:
    """A response_url answers `ok`, or JSON."""
    if status == 200 and text.strip() in ("ok", ""):
        return Answer(status, headers, {"ok": True})
    try:
        body = json.loads(text)
    except ValueError:
        body = {"ok": False, "error": text.strip()} if 400 <= status < 500 else None
    return Answer(status, headers, body if isinstance(body, dict) else None)
