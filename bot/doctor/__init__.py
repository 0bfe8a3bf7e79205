"""`ringer doctor`: looks at all the bot leans on, and says of each thing that it is well, or what to mend and how.

It changes nothing, unless it is asked to try again what was given up; and no line of it holds a secret.

slack   tokens and scopes              stream   key and secret, call type, webhook
ledger  the database and what it holds that was given up             places  where people and their browsers go
"""

from collections.abc import Callable

from pydantic import SecretStr

from bot.doctor.finding import Findings
from bot.doctor.ledger import look_at_ledger
from bot.doctor.places import look_at_places
from bot.doctor.slack import look_at_slack
from bot.doctor.stream import look_at_stream
from bot.logs import REDACTED, redact
from bot.settings import Settings


async def examine(settings: Settings, say: Callable[[str], None], *, retry_dead: bool = False) -> int:
    """Say a line for each thing looked at; returns 0 where all is well, 1 where something is to be mended."""
    well = True
    async for finding in _findings(settings, retry_dead=retry_dead):
        say(_without_secrets(str(finding), settings))
        well = well and finding.well
    return 0 if well else 1


async def _findings(settings: Settings, *, retry_dead: bool) -> Findings:
    async for finding in look_at_slack(settings):
        yield finding
    async for finding in look_at_stream(settings):
        yield finding
    async for finding in look_at_ledger(settings, retry_dead=retry_dead):
        yield finding
    for finding in look_at_places(settings):
        yield finding


def _without_secrets(line: str, settings: Settings) -> str:
    """The last line of defence: what others answered is quoted, and could hold anything."""
    for _, value in settings:
        if isinstance(value, SecretStr) and (secret := value.get_secret_value()):
            line = line.replace(secret, REDACTED)
    return redact(line).replace("\n", " ")
