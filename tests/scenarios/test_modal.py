"""ana types /ring alone: a form asks whom, about what, when, how and for how long."""

from datetime import timedelta

from tests.scenarios.conftest import TUESDAY_TEN, Stage

ELEVEN = TUESDAY_TEN + timedelta(hours=1)


async def test_the_form_asks_for_everything_the_command_takes(stage: Stage) -> None:
    await stage.ana.types("/ring", at="#support")
    modal = stage.ana.modal
    assert modal is not None
    shown = stage.ana.reads(modal)
    for label in ("Who", "Topic", "When", "Audio or video", "Ring for"):
        assert f"{label}: " in shown
    assert not stage.world.cids


async def test_handed_in_it_rings_and_its_caller_hears_so_where_they_typed(stage: Stage) -> None:
    stage.support.add_bot()
    await stage.ana.types("/ring", at="#support")
    await stage.ana.picks("Who", [stage.ben, stage.cy])
    await stage.ana.fills("Topic", "Prod is down")
    await stage.ana.chooses("Audio", of="Audio or video")
    await stage.ana.chooses("30 s", of="Ring for")
    assert await stage.ana.submits() == {}
    assert stage.ana.modal is None
    await stage.ana.sees("Ringing @ben and @cy…", at="#support")
    await stage.ana.sees("You are ringing @ben and @cy")
    shown = stage.ben.reads(await stage.ben.sees("@ana is ringing you"))
    assert "“Prod is down”" in shown
    assert "Audio call" in shown
    await stage.ben.sees("@ana is ringing @ben and @cy", at="#support")
    await stage.world.settled()
    (create,) = [r for r in stage.world.coordinator.requests if r.operation == "GetOrCreateCall"]
    assert create.body["ring"] is True
    assert create.body["video"] is False
    assert set(create.body["data"]["settings_override"]["ring"].values()) == {30_000}

    await stage.world.after(seconds=31)
    await stage.ben.sees("You missed a call from @ana")


async def test_where_the_bot_is_not_its_caller_hears_by_direct_message(stage: Stage) -> None:
    await stage.ana.types("/ring", at=stage.cy)
    await stage.ana.picks("Who", [stage.ben])
    await stage.ana.submits()
    await stage.ana.sees("Ringing @ben…", at=stage.world.workspace.dm(stage.ana))
    await stage.ben.sees("@ana is ringing you")
    await stage.world.settled()
    stage.cy.sees_not("ring")


async def test_with_a_time_it_plans_and_its_caller_is_told_once(stage: Stage) -> None:
    await stage.ana.types("/ring", at="#support")
    await stage.ana.picks("Who", [stage.ben])
    await stage.ana.fills("When", ELEVEN)
    await stage.ana.submits()
    await stage.ana.sees("You planned a call with @ben for today at 11:00")
    await stage.ben.sees("@ana invites you to a call for today at 11:00")
    await stage.world.settled()
    assert stage.world.on_stream().starts_at == ELEVEN
    assert not stage.world.on_stream().rings
    mine = stage.ana.messages(at=stage.world.workspace.dm(stage.ana))
    assert sum("for today at 11:00" in stage.ana.reads(message) for message in mine) == 1


async def test_what_is_wrong_is_said_under_its_field_and_the_form_stays(stage: Stage) -> None:
    await stage.ana.types("/ring", at="#support")
    await stage.ana.picks("Who", [stage.ana])
    await stage.ana.fills("When", TUESDAY_TEN - timedelta(minutes=1))
    errors = await stage.ana.submits()
    assert errors == {
        "users": "Name somebody else: you cannot ring yourself.",
        "at": "That time has passed. Pick one that is still to come.",
    }
    assert stage.ana.modal is not None
    await stage.ana.fills("When", TUESDAY_TEN + timedelta(days=400))
    assert (await stage.ana.submits())["at"] == "That is more than a year away. Pick an earlier time."

    await stage.ana.picks("Who", [stage.ben])
    await stage.ana.fills("When", None)
    assert await stage.ana.submits() == {}
    await stage.ben.sees("@ana is ringing you")
    assert len(stage.world.cids) == 1


async def test_nobody_picked_is_said_under_its_field(stage: Stage) -> None:
    await stage.ana.types("/ring", at="#support")
    assert "users" in await stage.ana.submits()
    await stage.world.settled()
    assert not stage.world.cids


async def test_only_a_bot_picked_is_refused_by_direct_message(stage: Stage) -> None:
    robot = stage.world.workspace.person("robot", is_bot=True)
    await stage.ana.types("/ring", at="#support")
    await stage.ana.picks("Who", [robot])
    await stage.ana.submits()
    await stage.ana.sees("Skipped @robot: a bot.")
    await stage.world.settled()
    assert not stage.world.cids


async def test_closed_it_rings_nobody(stage: Stage) -> None:
    await stage.ana.types("/ring", at="#support")
    await stage.ana.picks("Who", [stage.ben])
    await stage.ana.closes()
    await stage.world.settled()
    assert not stage.world.cids
    stage.ben.sees_not("ring")
