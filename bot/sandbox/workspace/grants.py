"""What a person's click hands to the app: a trigger_id for three seconds, a response_url for half an hour."""

import secrets
import time
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from bot.sandbox.clock import SandboxClock

TRIGGER_SECONDS = 3.0
RESPONSE_URL_USES = 5
RESPONSE_URL_LIFE = timedelta(minutes=30)


@dataclass
class Trigger:
    user: str
    view: str | None
    """The modal it was made in; only such a trigger can push another on top."""
    made: float
    exchanged: bool = False


class Triggers:
    """Trigger ids, by real time: each opens one modal, within three seconds.
    https://docs.slack.dev/interactivity/handling-user-interaction#modal_responses"""

    def __init__(self) -> None:
        self.seconds = TRIGGER_SECONDS
        self._triggers: dict[str, Trigger] = {}

    def make(self, user: str, view: str | None = None) -> str:
        trigger_id = f"{secrets.randbelow(10**12)}.{secrets.randbelow(10**12)}.{secrets.token_hex(16)}"
        self._triggers[trigger_id] = Trigger(user, view, time.monotonic())
        return trigger_id

    def exchange(self, trigger_id: str | None) -> Trigger | str:
        """The trigger, used up by this; or the code of why it cannot be used."""
        trigger = self._triggers.get(trigger_id or "")
        if trigger is None:
            return "invalid_trigger_id"
        if trigger.exchanged:
            return "exchanged_trigger_id"
        if time.monotonic() - trigger.made > self.seconds:
            return "expired_trigger_id"
        trigger.exchanged = True
        return trigger


@dataclass
class ResponseUrl:
    """Where the app may answer a command or a click, and on what it was made."""

    user: str
    channel: str
    message_ts: str | None
    """The message whose button was pressed; None for a command."""
    made: datetime
    uses: int = 0


@dataclass
class ResponseUrls:
    clock: SandboxClock
    urls: dict[str, ResponseUrl] = field(default_factory=dict)

    def make(self, user: str, channel: str, message_ts: str | None) -> str:
        """The last part of a new response_url."""
        key = secrets.token_urlsafe(18)
        self.urls[key] = ResponseUrl(user, channel, message_ts, self.clock.now())
        return key

    def find(self, key: str) -> ResponseUrl | str:
        """Where it leads; or the code of why it leads nowhere any more."""
        url = self.urls.get(key)
        if url is None:
            return "no_such_url"
        if self.clock.now() - url.made > RESPONSE_URL_LIFE:
            return "expired_url"
        return "used_url" if url.uses >= RESPONSE_URL_USES else url
