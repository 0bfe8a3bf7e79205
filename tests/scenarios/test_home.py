"""Home: every call of one's own, where it stands, and its buttons; what Stream's useCalls shows in an app."""

from datetime import timedelta

from bot.sandbox.workspace import Person
from tests.scenarios.conftest import TUESDAY_TEN, Stage


async def home(stage: Stage, person: Person) -> str:
    await stage.world.settled()
    view = person.home
    assert view is not None
    return person.reads(view)


async def test_an_empty_home_says_how_to_begin(stage: Stage) -> None:
    await stage.ana.opens_home()
    await stage.ana.sees("No calls yet")
    shown = await home(stage, stage.ana)
    assert "/ring @name" in shown
    assert "/notify #channel" in shown


async def test_it_follows_a_call_from_the_ring_to_its_end(stage: Stage) -> None:
    ana, ben = stage.ana, stage.ben
    for person in (ana, ben):
        await person.opens_home()
    await ana.types('/ring @ben "Prod is down"', at="#support")
    await ben.sees("Incoming")
    assert (await home(stage, ana)).startswith("Outgoing\nYou and @ben\n“Prod is down”\nRinging\n[Join] [Cancel]")
    shown = await home(stage, ben)
    assert shown.startswith("Incoming\n@ana and you\n“Prod is down”\n@ana is ringing you until 10:01")
    assert "[Accept] [Decline] [Decline with… ▾]" in shown

    await ben.presses("Accept", on=ben.home)
    await ana.sees("@ben accepted", at="#support")
    await stage.world.joins(ana, ben)
    await ben.sees("Live")
    assert "[Join] [Leave]" in await home(stage, ben)
    await stage.world.after(minutes=12)
    await stage.world.leaves(ana, ben)
    await stage.world.after(minutes=1)
    await ben.sees("Recent")
    assert "You were there. Everybody left: the call ended after 12 min." in await home(stage, ben)
    assert "You called @ben" in await home(stage, ana)
    assert "[Ring again]" in await home(stage, ana)


async def test_what_is_pressed_there_is_done_and_heard_of(stage: Stage) -> None:
    ana, ben = stage.ana, stage.ben
    await ana.opens_home()
    await ben.opens_home()
    await ana.types("/ring @ben", at="#support")
    await ben.sees("Incoming")
    await ben.presses("Decline", on=ben.home)
    await ana.sees("@ben declined", at="#support")
    await ben.sees("You declined. Everybody declined.")
    assert "[Call back]" in await home(stage, ben)
    await ben.presses("Call back", on=ben.home)
    await ana.sees("@ben is ringing you")
    await ben.sees("Ringing @ana…")
    await stage.world.settled()
    assert len(stage.world.cids) == 2


async def test_a_link_comes_to_its_presser_alone(stage: Stage) -> None:
    await stage.ben.opens_home()
    await stage.ana.types("/ring @ben", at="#support")
    await stage.ben.sees("Incoming")
    await stage.ben.presses("Accept", on=stage.ben.home)
    await stage.ben.sees("This link is yours alone.", at=stage.world.workspace.dm(stage.ben))
    press = await stage.ben.presses("Join", on="This link is yours alone.")
    stage.alone_has(stage.ben, press.url)


async def test_plans_are_there_to_edit_cancel_or_turn_down(stage: Stage) -> None:
    ana, ben = stage.ana, stage.ben
    await ana.opens_home()
    await ben.opens_home()
    await ana.types('/ring @ben "Lunch" at 12:00', at="#support")
    await ben.sees("Scheduled")
    assert "Planned for today at 12:00\n[Join early] [Edit] [Cancel]" in await home(stage, ana)
    assert "Planned for today at 12:00\n[Join early] [Can't make it]" in await home(stage, ben)
    await ben.presses("Can't make it", on=ben.home)
    await ben.sees("Planned for today at 12:00 · you said you can't make it")
    await ben.presses("I can make it", on=ben.home)
    await stage.world.settled()

    await ana.presses("Edit", on=ana.home)
    await ana.fills("When", TUESDAY_TEN + timedelta(hours=3))
    await ana.submits()
    await ben.sees("Planned for today at 13:00")
    await stage.world.settled()
    assert stage.world.on_stream().starts_at == TUESDAY_TEN + timedelta(hours=3)
    await ana.presses("Cancel", on=ana.home)
    await ben.sees("@ana cancelled the call planned for today at 13:00.")
    shown = await home(stage, ben)
    assert shown.startswith("Recent")
    assert "[" not in shown
    assert stage.world.on_stream().ended_at


async def test_a_ring_taken_back_was_not_missed_by_anybody(stage: Stage) -> None:
    await stage.ben.opens_home()
    await stage.ana.types("/ring @ben", at="#support")
    await stage.ben.sees("Incoming")
    await stage.ana.sees("You are ringing @ben")
    await stage.ana.presses("Cancel", on="You are ringing @ben")
    await stage.ben.sees("Recent")
    shown = await home(stage, stage.ben)
    assert "@ana cancelled the call." in shown
    assert "You missed it" not in shown


async def test_a_call_missed_stays_there_for_a_week(stage: Stage) -> None:
    await stage.ben.opens_home()
    await stage.ana.types("/ring @ben", at="#support")
    await stage.ben.sees("Incoming")
    await stage.world.after(seconds=61)
    await stage.ben.sees("You missed it. Nobody answered.")
    await stage.world.after(days=6)
    await stage.ben.opens_home()
    assert "You missed it." in await home(stage, stage.ben)
    await stage.world.after(days=2)
    await stage.ben.opens_home()
    assert "No calls yet" in await home(stage, stage.ben)


async def test_nobody_sees_the_calls_of_others(stage: Stage) -> None:
    await stage.dee.opens_home()
    await stage.ana.types('/ring @ben "Secret"', at="#support")
    await stage.ben.sees("is ringing you")
    await stage.dee.opens_home()
    assert "Secret" not in await home(stage, stage.dee)
