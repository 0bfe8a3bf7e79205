"""Publishes somebody's Home: their incoming, outgoing, live, planned and recent calls."""

from datetime import timedelta
from typing import cast

import structlog

from bot.call.values import EndReason
from bot.ledger import Clock, Ledger
from bot.slack.api import SlackApi, SlackRefused
from bot.slack.blocks import home
from bot.slack.finding import BROKEN
from bot.work import Claimed, Never, PublishHome

log = structlog.get_logger()

RECENT = timedelta(days=7)
AT_MOST = 200
"""Calls looked at: far more than are shown, so that the others can be counted."""


class Home:
    """Handles PublishHome."""

    def __init__(
        self,
        api: SlackApi,
        ledger: Ledger,
        clock: Clock,
        *,
        ring_command: str = "/ring",
        notify_command: str = "/notify",
    ) -> None:
        self._api = api
        self._ledger = ledger
        self._clock = clock
        self._ring = ring_command
        self._notify = notify_command

    async def __call__(self, claimed: Claimed) -> None:
        work = cast(PublishHome, claimed.work)
        now = self._clock.now()
        calls = await self._ledger.look(lambda tx: tx.calls_of(work.team, work.user, now - RECENT, AT_MOST))
        shown = [call for call in calls if call.end_reason is not EndReason.REFUSED]
        view = home(shown, work.user, now=now, ring=self._ring, notify=self._notify)
        try:
            await self._api.views_publish(work.user, view)
        except SlackRefused as refused:
            if refused.code in BROKEN:
                raise Never(str(refused)) from refused
            if refused.code != "not_enabled":
                raise
            log.warning("The app has no Home in Slack", action="home_not_enabled")
