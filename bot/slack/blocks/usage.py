"""What `/ring help` and `/notify help` say."""

from bot.slack.blocks.parts import Drawn, header, section


def help(ring: str = "/ring", notify: str = "/notify") -> Drawn:
    """How the commands are typed, by the names they have here."""
    return Drawn(
        f"How to ring people with {ring}, and to tell people about a call with {notify}.",
        (
            header("Ring people"),
            section(
                f"`{ring} @ana @ben` rings Ana and Ben; a group stands for its members.",
                f'`{ring} @ana "the plan"` says what it is about; add `audio` for a call without video.',
                f"`{ring} @ana tomorrow 9:30` rings later; so do `in 10 minutes`, `at 15:00` and `2026-12-01 14:00`.",
                f"`{ring}` alone asks for all of that in a form.",
                f"`{ring} list` shows your calls, `{ring} cancel` cancels the ring you have going.",
            ),
            header("Tell people about a call"),
            section(
                f"`{notify} #channel` tells a channel about a call; nobody is rung, and whoever likes joins.",
                f'`{notify} @ana @ben "the plan" at 15:00` tells people, each in a direct message.',
            ),
        ),
    )
