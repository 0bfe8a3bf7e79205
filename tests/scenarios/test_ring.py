"""ana rings ben and cy: what each of them sees, and what Stream is told, from the command to the last line."""

from tests.scenarios.conftest import EVERYWHERE, Stage


@EVERYWHERE
async def test_one_declines_one_accepts_both_join_and_the_call_ends(stage: Stage) -> None:
    ana, ben, cy = stage.ana, stage.ben, stage.cy
    await ana.types('/ring @ben @cy "Prod is down"', at="#support")
    await ana.sees("Ringing @ben and @cy")
    await ben.sees("@ana is ringing you")
    await cy.sees("@ana is ringing you")
    assert stage.world.on_stream().custom == {
        "topic": "Prod is down",
        "slack_team_id": "T0HUDDLE",
        "slack_channel_id": stage.support.id,
        "caller_slack_user_id": ana.id,
    }

    await ben.presses("Decline")
    await ana.sees("@ben declined", at="#support")
    await stage.world.settled()
    assert stage.world.on_stream().reject_reasons == {stage.world.stream_id(ben): "decline"}

    await cy.presses("Accept")
    await ana.sees("@cy accepted: come in")
    await stage.world.settled()
    session = stage.world.on_stream().session
    assert session and session.accepted_by.keys() == {stage.world.stream_id(cy)}

    await stage.world.joins(cy, ana)
    await ana.sees("@cy joined", at="#support")
    await stage.world.after(minutes=12)
    await stage.world.leaves(cy, ana)
    await stage.world.after(minutes=1)
    ended = await ana.sees("the call ended after 12 min", at="#support")
    assert "There: @ana and @cy" in ana.reads(ended)
    assert stage.world.on_stream().ended_at


@EVERYWHERE
async def test_everyone_declines_and_the_call_is_over(stage: Stage) -> None:
    await stage.ana.types("/ring @ben @cy", at="#support")
    await stage.ben.sees("is ringing you")
    await stage.cy.sees("is ringing you")
    await stage.ben.presses("Decline")
    await stage.cy.presses("Decline")
    await stage.ana.sees("Everybody declined", at="#support")
    await stage.world.settled()
    on_stream = stage.world.on_stream()
    assert on_stream.ended_at
    people = (stage.ben, stage.cy)
    assert on_stream.reject_reasons == {stage.world.stream_id(person): "decline" for person in people}
    assert stage.ben.buttons("You declined") == ["Call back"]


@EVERYWHERE
async def test_nobody_answers_in_time_and_it_says_so_to_each(stage: Stage) -> None:
    await stage.ana.types("/ring @ben @cy", at="#support")
    await stage.ben.sees("is ringing you")
    await stage.world.after(seconds=61)
    await stage.ana.sees("Nobody answered", at="#support")
    await stage.ben.sees("You missed a call from @ana")
    assert stage.ben.buttons("You missed") == ["Call back"]
    on_stream = stage.world.on_stream()
    assert on_stream.ended_at
    assert on_stream.reject_reasons == {stage.world.stream_id(stage.ana): "timeout"}
