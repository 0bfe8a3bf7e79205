"""Somebody in Slack, as far as ringing them needs to know; the bot itself too."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class Person:
    team: str
    """The Slack team whose bot asked; not always the one they belong to."""
    user: str
    name: str
    """As others see them: display name, else real name."""
    tz: str = "UTC"
    """IANA name of their zone."""
    image: str = ""
    email: str = ""
    """Known only with the optional scope users:read.email."""
    stream_user_id: str = ""
    is_bot: bool = False
    is_deleted: bool = False
    is_guest: bool = False
    is_stranger: bool = False
    """Of another organisation (Slack Connect)."""
    is_admin: bool = False
    fetched_at: datetime | None = None


@dataclass(frozen=True)
class Identity:
    """Whose a bot token is."""

    team: str
    user: str
    bot: str
