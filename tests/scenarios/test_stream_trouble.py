"""Stream is slow, broken or says no: nobody is told they were rung when they were not, and nobody is rung twice."""

import pytest
from structlog.testing import capture_logs

from bot.sandbox.faults import Kind, Road
from tests.scenarios.conftest import EVERYWHERE, Stage
from tests.scenarios.openings import ana_rings, ids, rings, told

PASSING = [Kind.TOO_MANY, Kind.ERROR_500, Kind.ERROR_503, Kind.GARBAGE, Kind.DROP_BEFORE]
"""What may be over in a moment."""
FINAL = [Kind.ERROR_400, Kind.ERROR_401, Kind.ERROR_403]
PUTTING = r"POST .*/call/default/\w+$"
"""The request that creates the call, and rings."""


def breaks(stage: Stage, kind: Kind, match: str = "", *, times: int | None = None, seconds: float = 1) -> None:
    stage.world.breaks(Road.STREAM_API, kind, match, times=times, seconds=seconds)


def tries(stage: Stage) -> int:
    return sum(request.operation == "GetOrCreateCall" for request in stage.world.coordinator.requests)


def nobody_hears_of_it(stage: Stage) -> None:
    for person in (stage.ben, stage.cy, stage.dee):
        assert person.messages() == []
        assert person.notifications == []
    assert stage.support.messages == []


@pytest.mark.parametrize("kind", PASSING)
async def test_trouble_that_passes_is_not_heard_of(stage: Stage, kind: Kind) -> None:
    breaks(stage, kind, PUTTING, times=3)
    await ana_rings(stage)
    for _ in range(3):
        await stage.world.after(seconds=10)
    await stage.ben.sees("@ana is ringing you")
    await stage.cy.sees("@ana is ringing you")
    stage.ana.sees_not("Nobody was rung")
    assert len(stage.world.cids) == 1
    assert tries(stage) >= 4
    assert len(rings(stage)) == 1


@pytest.mark.parametrize("kind", PASSING)
async def test_trouble_that_lasts_ends_in_nobody_was_rung_and_try_again_works(stage: Stage, kind: Kind) -> None:
    breaks(stage, kind)
    await ana_rings(stage)
    await stage.world.after(seconds=20)
    await stage.world.after(seconds=20)
    stage.ana.sees_not("Nobody was rung")
    nobody_hears_of_it(stage)
    before = len(stage.world.coordinator.requests)
    assert before >= 2, "it is tried again and again"

    await stage.world.after(seconds=21)
    told = await stage.ana.sees("Nobody was rung")
    assert "Stream did not take the call in time" in stage.ana.reads(told)
    nobody_hears_of_it(stage)

    stage.world.mends()
    assert stage.ana.buttons(told) == ["Try again"]
    await stage.ana.presses("Try again")
    await stage.ben.sees("@ana is ringing you")
    await stage.cy.sees("@ana is ringing you")
    await stage.world.after(seconds=30)
    assert len(rings(stage)) == 1
    await stage.ben.presses("Accept")
    await stage.ana.sees("@ben accepted: come in")


@pytest.mark.parametrize("kind", FINAL)
async def test_a_refusal_is_said_at_once_and_try_again_works(stage: Stage, kind: Kind) -> None:
    stage.trouble_expected = True
    breaks(stage, kind)
    await ana_rings(stage)
    told = await stage.ana.sees("Stream refused the call, so nobody was rung.")
    assert stage.ana.buttons(told) == ["Try again"]
    nobody_hears_of_it(stage)
    refused = [entry for entry in stage.errors() if entry.get("action") == "call_refused"]
    assert [entry["status"] for entry in refused] == [int(kind)]

    stage.world.mends()
    await stage.ana.presses("Try again")
    await stage.ben.sees("@ana is ringing you")


async def test_a_refusal_of_the_users_alone_rings_nobody_either(stage: Stage) -> None:
    stage.trouble_expected = True
    breaks(stage, Kind.ERROR_403, "POST .*/users$")
    await ana_rings(stage)
    await stage.ana.sees("nobody was rung")
    nobody_hears_of_it(stage)
    assert stage.world.cids == []


async def test_no_answer_in_time_and_the_next_try_rings(stage: Stage) -> None:
    """The one scene that waits in real time: for as long as the bot gives Stream to answer."""
    breaks(stage, Kind.DELAY, PUTTING, times=1, seconds=6.3)
    await ana_rings(stage, "@ben")
    await stage.world.after(seconds=20)
    await stage.ben.sees("@ana is ringing you")
    await stage.world.settled()
    assert len(rings(stage)) == 1


@EVERYWHERE
async def test_the_answer_to_the_ring_is_lost_and_nobody_is_rung_twice(stage: Stage) -> None:
    breaks(stage, Kind.DROP_AFTER, PUTTING, times=1)
    await ana_rings(stage)
    await stage.world.after(seconds=5)
    await stage.ben.sees("@ana is ringing you")
    await stage.world.settled()
    assert len(rings(stage)) == 1
    assert len(stage.world.cids) == 1
    incoming = [message for message in stage.ben.messages() if "is ringing you" in stage.ben.reads(message)]
    assert len(incoming) == 1
    await stage.ben.presses("Accept")
    await stage.cy.presses("Decline")
    await stage.ana.sees("@ben accepted: come in")


async def test_the_answer_to_the_ring_is_lost_and_the_end_in_another_client_is_heard_of_before_it(stage: Stage) -> None:
    breaks(stage, Kind.DROP_AFTER, PUTTING, times=1)
    breaks(stage, Kind.TOO_MANY, r"/call/default/\w+$", times=1, seconds=5)
    await ana_rings(stage, "@ben")
    await stage.world.phone(stage.ana).ends(stage.world.cids[-1])
    await stage.world.after(seconds=10)
    await stage.ana.sees("@ana ended the call for all before anybody accepted.", at="#support")
    await stage.ben.sees("@ana ended the call for all")
    assert stage.ben.buttons("@ana rang you") == ["Call back"]
    assert len(rings(stage)) == 1


async def test_the_answer_to_an_accept_is_lost_and_it_is_accepted_once(stage: Stage) -> None:
    breaks(stage, Kind.DROP_AFTER, "/accept$", times=1)
    await ana_rings(stage)
    await stage.ben.presses("Accept")
    await stage.world.after(seconds=5)
    session = stage.world.on_stream().session
    assert session and set(session.accepted_by) == ids(stage, stage.ben)
    accepted = [m for m in stage.support.messages if m.is_reply and "accepted" in stage.ana.reads(m)]
    assert len(accepted) == 1


async def test_stream_is_down_while_people_answer_and_hears_of_all_of_it_later(stage: Stage) -> None:
    await ana_rings(stage)
    breaks(stage, Kind.ERROR_503)
    await stage.ben.presses("Decline")
    await stage.cy.presses("Accept")
    await stage.ana.sees("@cy accepted: come in")
    await stage.ben.sees("You declined")
    await stage.world.after(seconds=20)
    stage.world.mends()
    await stage.world.after(seconds=20)
    session = stage.world.on_stream().session
    assert session and set(session.accepted_by) == ids(stage, stage.cy)
    assert stage.world.on_stream().reject_reasons == {stage.world.stream_id(stage.ben): "decline"}


async def test_stream_is_down_when_the_ring_is_over_and_is_told_to_end_it_later(stage: Stage) -> None:
    await ana_rings(stage)
    breaks(stage, Kind.ERROR_500)
    await stage.world.after(seconds=61)
    await stage.ana.sees("Nobody answered", at="#support")
    assert stage.world.on_stream().ended_at is None
    stage.world.mends()
    await stage.world.after(seconds=20)
    assert stage.world.on_stream().ended_at
    assert stage.world.on_stream().reject_reasons == {stage.world.stream_id(stage.ana): "timeout"}


async def test_people_added_cannot_be_put_to_stream_and_are_shown_as_not_rung(stage: Stage) -> None:
    stage.trouble_expected = True
    await ana_rings(stage, "@ben")
    await stage.ben.presses("Accept")
    await stage.world.joins(stage.ben, stage.ana)
    breaks(stage, Kind.ERROR_400, "/ring$|/members$")
    await stage.ana.presses("Add people", at="#support")
    await stage.ana.picks("Who else", stage.cy)
    await stage.ana.submits()
    await stage.world.settled()
    assert stage.cy.buttons("is ringing you") == []
    await stage.ana.sees("@cy not rung", at="#support")
    assert len(rings(stage)) == 1, "ben's, and no other"


async def test_a_planned_call_that_stream_is_down_for_is_a_missed_one(stage: Stage) -> None:
    await stage.ana.types('/ring @ben "Retro" in 30 minutes', at="#support")
    await stage.world.settled()
    breaks(stage, Kind.ERROR_503)
    await stage.world.after(minutes=30, seconds=2)
    assert stage.ben.buttons("is ringing you") == []
    await stage.world.after(seconds=61)
    await stage.ana.sees("Nobody was rung")
    stage.ben.sees_not("is ringing you")
    stage.world.mends()
    await stage.ana.presses("Try again")
    await stage.ben.sees("@ana is ringing you")


@pytest.mark.parametrize("kind", [Kind.TOO_MANY, Kind.ERROR_403])
async def test_who_is_rung_is_not_rung_twice_because_stream_does_not_ring_the_next(stage: Stage, kind: Kind) -> None:
    """Stream rings 25 people at a time."""
    stage.trouble_expected = True
    crowd = [stage.world.workspace.person(f"guest{n}") for n in range(40)]
    stage.world.workspace.usergroup("everybody", *crowd)
    await stage.ana.types('/ring @everybody "Retro" in 30 minutes', at="#support")
    await stage.ana.sees("is planned for")
    await stage.world.after(minutes=29)
    breaks(stage, Kind.DELAY, "/ring$", times=1, seconds=0)  # The first are rung.
    breaks(stage, kind, "/ring$", times=1, seconds=3)
    await stage.world.after(minutes=1)
    for _ in range(6):  # Slack lets some four messages a second be posted.
        await stage.world.after(seconds=5)
    rung = [user for ring in stage.world.on_stream().rings for user in ring.user_ids]
    assert sorted(rung) == sorted(ids(stage, *(crowd if kind is Kind.TOO_MANY else crowd[:25])))
    assert told(stage, "could not be rung") == (0 if kind is Kind.TOO_MANY else 1)


@pytest.mark.parametrize("kind", [Kind.ERROR_403, Kind.ERROR_503])
async def test_stream_does_not_say_how_calls_stand_and_nobody_is_taken_out_of_them(stage: Stage, kind: Kind) -> None:
    """A key without the right to ask is told to whoever runs the bot, in a sentence and not in a traceback."""
    await ana_rings(stage)
    await stage.ben.presses("Accept")
    await stage.world.settled()
    breaks(stage, kind, "POST .*/video/calls$")
    with capture_logs() as logs:
        for _ in range(3):
            await stage.world.after(seconds=65)
    assert "stream_silent" in {entry.get("action") for entry in logs}
    assert not [entry for entry in logs if entry["log_level"] in ("error", "critical")]
    assert stage.world.on_stream().ended_at is None
    assert "Leave" in stage.ana.buttons("is on", at="#support")
