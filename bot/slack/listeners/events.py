"""What Slack tells the app of: somebody opened its Home, or is another than they were."""

from bot.slack.listeners.edge import Body, readable
from bot.slack.listeners.payloads import HomeOpened, UserChanged
from bot.slack.listeners.verbs import People, Verbs


class Events:
    def __init__(self, ringer: Verbs, people: People, team: str) -> None:
        self._ringer = ringer
        self._people = people
        self._team = team

    async def home_opened(self, body: Body) -> None:
        """https://docs.slack.dev/reference/events/app_home_opened: also sent for the Messages tab, where no Home is."""
        opened = HomeOpened.model_validate(body).event
        if opened.tab in ("home", ""):
            await self._ringer.home_opened(self._team, opened.user)

    async def user_changed(self, body: Body) -> None:
        """https://docs.slack.dev/reference/events/user_change: whatever it is of theirs that changed."""
        changed = UserChanged.model_validate(body).event
        with readable():
            told = self._people.described(self._team, changed.user)
        await self._people.changed(told)
