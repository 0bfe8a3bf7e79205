"""How most of these stories begin, and what is looked up of them in Slack and on Stream."""

from typing import Any

from bot.sandbox.workspace import Message, Person
from tests.scenarios.conftest import Stage


async def ana_rings(stage: Stage, line: str = "@ben @cy", *, at: str = "#support") -> None:
    """ana rings them, and everybody's messages are there."""
    await stage.ana.types(f"/ring {line}", at=at)
    await stage.world.settled()


async def ana_and_ben_are_in(stage: Stage, line: str = "@ben @cy") -> None:
    """ana rings them, ben accepts, and both are in the call."""
    await ana_rings(stage, line)
    await stage.ben.presses("Accept")
    await stage.world.joins(stage.ben, stage.ana)


def asked(stage: Stage, operation: str) -> list[Any]:
    """Who asked this of Stream, or with what: each request whose path ends so, as (by whom, body)."""
    requests = stage.world.coordinator.requests
    return [(each.who, each.body) for each in requests if each.path.endswith(f"/{operation}") and each.verb == "POST"]


def ids(stage: Stage, *people: Person) -> set[str]:
    """Who they are on Stream."""
    return {stage.world.stream_id(person) for person in people}


def inside(stage: Stage, cid: str | None = None) -> set[str]:
    """Who Stream sees in this call, or in the newest one."""
    return {participant.user.id for participant in stage.world.on_stream(cid).participants}


def rings(stage: Stage) -> list[Any]:
    """Each time Stream rang somebody."""
    return [event for event in stage.world.coordinator.events if event["type"] == "call.ring"]


def incoming(stage: Stage, person: Person) -> list[Message]:
    """The messages that ring them."""
    return [message for message in stage.world.workspace.dm(person).messages if "ringing you" in message.text]


def thread(stage: Stage) -> list[str]:
    """The lines of the card's thread, as ana reads them."""
    posts = [message for message in stage.support.messages if message.is_reply]
    return [line for post in posts for line in stage.ana.reads(post).splitlines()]


def told(stage: Stage, words: str) -> int:
    """How often the thread tells it."""
    return sum(words in line for line in thread(stage))
