"""Every listener's outside: its answer is given once its verb is done, and whatever goes wrong ends here."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import structlog
from pydantic import ValidationError
from slack_bolt.async_app import AsyncAck
from slack_bolt.response import BoltResponse

from bot.ledger import patience
from bot.slack.api import SlackError
from bot.slack.blocks import Block

log = structlog.get_logger(__name__)

Body = dict[str, Any]
OpenView = Callable[[str, Block], Awaitable[object]]
"""`views.open`, which takes the trigger of a click or command. The one thing asked of Slack before an answer: triggers
live for 3 s. https://docs.slack.dev/reference/methods/views.open"""
SECONDS_TO_OPEN = 2.5
SECONDS_TO_ANSWER = 2.0
"""What the ledger may take of the 3 s in which Slack wants an answer."""


@dataclass(frozen=True)
class Say:
    """To the one who typed the command, and nobody else."""

    text: str
    blocks: tuple[Block, ...] = ()


@dataclass(frozen=True)
class FieldErrors:
    """The modal stays open, and says this at these fields (block_id → sentence)."""

    errors: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class CloseModals:
    """All of them, also those beneath."""


Answer = Say | FieldErrors | CloseModals | None
Handler = Callable[[Body], Awaitable[Answer]]
Listener = Callable[[AsyncAck, Body], Awaitable[BoltResponse | None]]


class Malformed(Exception):
    """Not what Slack documents, or nothing we could have drawn."""


class NotOpened(Exception):
    """Slack did not open a modal, or not in time."""


@contextmanager
def readable() -> Iterator[None]:
    """Around reading what is nested in a payload: whatever shape it has instead is Malformed."""
    try:
        yield
    except (AttributeError, LookupError, TypeError, ValueError, OverflowError) as error:
        raise Malformed from error


def at_the_edge(
    handle: Handler, *, about: Callable[[Body], str] = lambda body: "", sorry: Say | None = None
) -> Listener:
    """A Bolt listener around `handle`.

    `about`: the call it is for, for the log. `sorry`: what to say where we failed; without it Slack is told by a 500:
    it then shows a warning at the button, keeps the modal open, and sends an event again.
    """

    async def listen(ack: AsyncAck, body: Body) -> BoltResponse | None:
        try:
            with patience(SECONDS_TO_ANSWER):
                answer = await handle(body)
            return await _acknowledge(ack, answer)
        except (Malformed, ValidationError) as why:
            log.warning(
                "a payload of Slack's could not be read",
                action="slack_unreadable",
                why=type(why).__name__,
                call=_guarded(about, body),
            )
            return BoltResponse(status=400, body={"error": "malformed"})
        except NotOpened as why:
            log.warning(
                "a modal could not be opened", action="modal_unopened", why=str(why), call=_guarded(about, body)
            )
        except Exception:
            log.exception(
                "a listener failed", action="listener_failed", listener=handle.__name__, call=_guarded(about, body)
            )
        return await _acknowledge(ack, sorry) if sorry else BoltResponse(status=500, body="")

    return listen


async def opened(open_view: OpenView, trigger_id: str, view: Block) -> None:
    """Open a modal, or raise NotOpened while there is still time to say so."""
    try:
        async with asyncio.timeout(SECONDS_TO_OPEN):
            await open_view(trigger_id, view)
    except (SlackError, TimeoutError) as why:
        raise NotOpened(str(why) or "no answer in time") from why


def _guarded(about: Callable[[Body], str], body: Body) -> str:
    try:
        return about(body)
    except (LookupError, TypeError, AttributeError, ValueError):
        return ""


async def _acknowledge(ack: AsyncAck, answer: Answer) -> BoltResponse:
    match answer:
        case Say(text, blocks):
            return await ack(text=text, blocks=blocks, response_type="ephemeral")
        case FieldErrors(errors):
            return await ack(response_action="errors", errors=dict(errors))
        case CloseModals():
            return await ack(response_action="clear")
        case None:
            return await ack()
