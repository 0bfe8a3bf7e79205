"""response_url: where an app answers a command or a click without a token, five times in half an hour.

https://docs.slack.dev/interactivity/handling-user-interaction#message_responses
"""

from collections.abc import Mapping
from typing import Any

from bot.sandbox.workspace.content import BadContent, Content, read_content
from bot.sandbox.workspace.grants import ResponseUrl, ResponseUrls
from bot.sandbox.workspace.limits import Limits
from bot.sandbox.workspace.records import Json, Message
from bot.sandbox.workspace.state import State

Answer = tuple[int, Json]


class Hooks:
    def __init__(self, state: State, urls: ResponseUrls, limits: Limits) -> None:
        self._state = state
        self._urls = urls
        self._limits = limits

    def respond(self, key: str, sent: Json) -> Answer:
        """What Slack does with one use of a response_url."""
        url = self._urls.find(key)
        if isinstance(url, str):
            return 404, {"ok": False, "error": url}
        if wait := self._limits.response_url(url.channel):
            return 429, {"ok": False, "error": "ratelimited", "retry_after": wait}
        url.uses += 1
        try:
            return self._do(url, sent)
        except BadContent as bad:
            return 400, {"ok": False, "error": bad.code, "errors": [str(p) for p in bad.problems]}

    def _do(self, url: ResponseUrl, sent: Json) -> Answer:
        original = self._original(url)
        if sent.get("delete_original"):
            return self._delete(original)
        if sent.get("replace_original") and url.message_ts:
            return self._replace(original, sent)
        if self._state.conversations[url.channel].archived:
            return 404, {"ok": False, "error": "is_archived"}
        self.say(url.user, url.channel, sent, "response_url")
        return 200, {"ok": True}

    def _original(self, url: ResponseUrl) -> Message | None:
        for message in self._state.conversations[url.channel].messages:
            if message.ts == url.message_ts and message.ephemeral_to in (None, url.user):
                return None if message.deleted else message
        return None

    def _delete(self, original: Message | None) -> Answer:
        if original is None:
            return 404, {"ok": False, "error": "message_not_found"}
        self._state.delete(original)
        return 200, {"ok": True}

    def _replace(self, original: Message | None, sent: Json) -> Answer:
        """Another picture in the same place; ephemeral stays ephemeral, whatever response_type says."""
        if original is None:
            return 404, {"ok": False, "error": "message_not_found"}
        content = self._read(sent, "response_url")
        self._state.edit(original, text=content.text, blocks=content.blocks, metadata=content.metadata)
        return 200, {"ok": True}

    def say(self, user: str, channel: str, sent: Json, where: str) -> Message:
        """A new message by the app: for this user alone, or with `in_channel` for everyone, bot inside or not."""
        content = self._read(sent, where)
        in_channel = sent.get("response_type") == "in_channel"
        message = Message(
            channel=channel,
            ts=self._state.mint_ts(),
            user=self._state.bot.id,
            bot_id=self._state.bot_id,
            text=content.text,
            blocks=content.blocks,
            thread_ts=sent.get("thread_ts") if in_channel else None,
            metadata=content.metadata if in_channel else None,
            ephemeral_to=None if in_channel else user,
        )
        return self._state.post(self._state.conversations[channel], message)

    def _read(self, sent: Mapping[str, Any], where: str) -> Content:
        return read_content(sent, where, self._state.warnings.append)
