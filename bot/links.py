"""Makes the personal link by which one person joins one call; it lives briefly and is for that person's eyes alone."""

from collections.abc import Callable
from datetime import UTC, datetime
from urllib.parse import quote

from bot.call.values import TIME_TO_JOIN, Call
from bot.setting_kinds import names_a_user
from bot.stream.tokens import user_token


class Links:
    def __init__(
        self, template: str, stream_api_secret: str, *, real_now: Callable[[], datetime] = lambda: datetime.now(UTC)
    ) -> None:
        self._template = template
        self._secret = stream_api_secret
        self._real_now = real_now
        """Tokens live in real time, whatever clock the calls follow."""

    @property
    def name_a_user(self) -> bool:
        """They say who somebody is on Stream."""
        return names_a_user(self._template)

    def mint(self, call: Call, user: str, *, stream_user_id: str, channel: str = "") -> str:
        """Where `user` joins. `channel`: of the huddle, where it is not the call's own.

        Raises ValueError where the link names a user on Stream and theirs is not known yet.
        """
        if self.name_a_user and not stream_user_id:
            raise ValueError(f"nobody knows yet who {user} is on Stream")
        values = {
            "type": call.type,
            "id": call.id,
            "user_id": stream_user_id,
            "team": call.team,
            "channel": channel or call.channel,
        }
        if "{token}" in self._template:
            values["token"] = self._token(call, stream_user_id)
        return self._template.format_map({name: quote(value, safe="") for name, value in values.items()})

    def _token(self, call: Call, stream_user_id: str) -> str:
        return user_token(self._secret, stream_user_id, self._real_now(), call.ring_timeout + TIME_TO_JOIN)
