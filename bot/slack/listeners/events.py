"""What Slack tells the app of: somebody opened its Home."""

from bot.slack.listeners.edge import Body
from bot.slack.listeners.payloads import HomeOpened
from bot.slack.listeners.verbs import Verbs


class Events:
    def __init__(self, ringer: Verbs, team: str) -> None:
        self._ringer = ringer
        self._team = team

    async def home_opened(self, body: Body) -> None:
        """https://docs.slack.dev/reference/events/app_home_opened: also sent for the Messages tab, where no Home is."""
        opened = HomeOpened.model_validate(body).event
        if opened.tab in ("home", ""):
            await self._ringer.home_opened(self._team, opened.user)
