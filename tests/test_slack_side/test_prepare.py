"""Who is rung, who is skipped and why, and what is refused with which words."""

from datetime import UTC, datetime, timedelta

import pytest

from bot.call.values import CallKind, CallStatus, EndReason, MemberState
from bot.ringer.press import Press
from bot.sandbox.faults import Kind
from bot.sandbox.workspace import Channel, Person
from bot.work import Prepare, PreparePeople
from tests.test_slack_side.scene import TEAM, Scene


async def rung(scene: Scene, call_id: str) -> list[str]:
    return [member.user for member in (await scene.call(call_id)).callees]


async def refused(scene: Scene, call_id: str) -> str:
    """Why it was refused, as its caller reads it."""
    call = await scene.call(call_id)
    assert call.end_reason is EndReason.REFUSED
    assert scene.slack.dm(scene.slack.people["ana"]).messages
    return call.why


async def test_those_named_are_members_with_their_stream_ids(
    scene: Scene, ana: Person, ben: Person, general: Channel
) -> None:
    call_id = await scene.rings(ana, ben, ana, at=general)
    call = await scene.call(call_id)
    assert [(m.user, m.stream_user_id, m.state) for m in call.members] == [
        (ana.id, "t0huddle-u0ana", MemberState.CALLER),
        (ben.id, "t0huddle-u0ben", MemberState.RINGING),
    ]


async def test_bots_and_deactivated_people_are_named_and_skipped(
    scene: Scene, ana: Person, ben: Person, general: Channel
) -> None:
    robot, gone = scene.slack.person("robot", is_bot=True), scene.slack.person("gone", deleted=True)
    hidden = scene.slack.person("hidden", foreign_team="T0OTHER")
    call_id = await scene.asks(ana, [robot, ben, gone, hidden, "USLACKBOT"], at=general)
    await scene.works()
    assert await rung(scene, call_id) == [ben.id]
    await ana.sees("Skipped @robot and @Slackbot: bots.")
    await ana.sees("Skipped @gone: deactivated.")
    await ana.sees("Skipped @hidden: Slack does not show them to me.")


async def test_guests_and_strangers_whom_slack_lets_the_bot_message_are_rung(
    scene: Scene, ana: Person, general: Channel
) -> None:
    guest = scene.slack.person("guest", is_restricted=True)
    ext = scene.slack.person("ext", foreign_team="T0OTHER")
    scene.slack.channel("shared", ana, ext, bot_in=True)
    call_id = await scene.rings(ana, guest, ext, at=general)
    assert await rung(scene, call_id) == [guest.id, ext.id]
    assert len(scene.in_dm(ext)) == 1


async def test_a_group_is_rung_by_its_members_without_the_caller(
    scene: Scene, ana: Person, ben: Person, general: Channel
) -> None:
    cy = scene.slack.person("cy")
    one, two = scene.slack.usergroup("one", ana, ben), scene.slack.usergroup("two", ben, cy)
    call_id = await scene.asks(ana, [cy], at=general, groups=[one.id, two.id])
    await scene.works()
    assert await rung(scene, call_id) == [cy.id, ben.id]
    ana.sees_not("Skipped")


async def test_a_group_that_is_gone_is_refused(scene: Scene, ana: Person, ben: Person, general: Channel) -> None:
    group = scene.slack.usergroup("one", ben)
    group.disable()
    call_id = await scene.asks(ana, at=general, groups=[group.id])
    await scene.works()
    assert "That group is not there any more" in await refused(scene, call_id)
    assert scene.in_dm(ben) == []


async def test_nobody_left_is_refused_with_the_reasons(scene: Scene, ana: Person, general: Channel) -> None:
    alone = await scene.asks(ana, [ana], at=general)
    robots = await scene.asks(ana, [scene.slack.person("robot", is_bot=True)], at=general)
    await scene.works()
    assert await refused(scene, alone) == "There is nobody to ring but you. Name somebody else."
    assert await refused(scene, robots) == "There is nobody to ring.\nSkipped <@U0ROBOT>: a bot."
    await ana.sees("Skipped @robot: a bot.")
    assert general.messages == []


async def test_more_than_99_are_refused_with_the_count(scene: Scene, ana: Person, general: Channel) -> None:
    crowd = [scene.slack.person(f"p{n}") for n in range(100)]
    group = scene.slack.usergroup("crowd", *crowd)
    call_id = await scene.asks(ana, at=general, groups=[group.id])
    await scene.works(patience=200)
    assert await refused(scene, call_id) == "That is 100 people, and 99 is the most that one call can ring."


async def test_the_command_is_answered_where_it_was_typed(scene: Scene, ana: Person, general: Channel) -> None:
    scene.slack.install(request_url=None, commands=["/ring"], bot_events=[])
    delivery = await ana.types("/ring", at=general)
    assert delivery
    await scene.asks(ana, [ana], at=general, response_url=delivery.payload["response_url"])
    await scene.works()
    await ana.sees("There is nobody to ring but you", at=general)
    assert scene.in_dm(ana) == []


async def test_slack_out_of_order_is_waited_for(scene: Scene, ana: Person, ben: Person, general: Channel) -> None:
    scene.breaks("users.info", Kind.ERROR_503, times=3)
    scene.breaks("users.info", Kind.TOO_MANY, seconds=3)
    call_id = await scene.rings(ana, ben, at=general)
    assert await scene.status(call_id) is CallStatus.RINGING
    assert len(scene.faults.struck) == 4


async def test_what_slack_refuses_to_say_is_told(scene: Scene, ana: Person, ben: Person, general: Channel) -> None:
    scene.slack.scopes = scene.slack.scopes - {"users:read"}
    call_id = await scene.asks(ana, [ben], at=general, when="in 2 hours")
    await scene.works()
    assert "Slack does not tell me who they are (missing_scope)" in await refused(scene, call_id)
    assert await scene.dead() == []


async def test_prepared_twice_is_prepared_once(scene: Scene, ana: Person, ben: Person, general: Channel) -> None:
    call_id = await scene.asks(ana, [ben], at=general)
    prepare = await scene.works_until(lambda work: isinstance(work, Prepare))
    await scene.handlers[Prepare](prepare)
    await scene.does(prepare)
    await scene.works()
    assert len(scene.in_dm(ben)) == 1
    await scene.ringer.cancel(call_id, Press(TEAM, ana.id))
    await scene.does(prepare)
    assert (await scene.call(call_id)).end_reason is EndReason.CANCELLED


# --- when


async def test_a_time_is_read_in_the_callers_zone_from_when_it_was_typed(
    scene: Scene, ana: Person, ben: Person, general: Channel
) -> None:
    call_id = await scene.asks(ana, [ben], at=general, when="in 10 minutes")
    typed = (await scene.call(call_id)).created_at
    scene.turns(minutes=3)
    await scene.works()
    call = await scene.call(call_id)
    assert call.status is CallStatus.SCHEDULED
    assert call.starts_at
    assert abs(call.starts_at - typed - timedelta(minutes=10)) < timedelta(seconds=2)


@pytest.mark.parametrize(
    ("when", "why"),
    [
        pytest.param("2020-01-01 10:00", "which has passed", id="past"),
        pytest.param("yesterday 10:00", "which has passed", id="yesterday"),
        pytest.param("at 3", "may be 03:00 or 15:00. Try `", id="unclear, with something to type"),
        pytest.param("<!channel> soonish", "I cannot read “<!channel> soonish” as a time", id="no time at all"),
    ],
)
async def test_a_time_that_is_none_is_refused(
    scene: Scene, ana: Person, ben: Person, general: Channel, when: str, why: str
) -> None:
    call_id = await scene.asks(ana, [ben], at=general, when=when)
    await scene.works()
    assert why in await refused(scene, call_id)
    assert "<!channel>" not in str([message.blocks for message in scene.slack.messages()])


async def test_a_time_picked_is_when_it_starts(scene: Scene, ana: Person, ben: Person, general: Channel) -> None:
    at = (scene.clock.now() + timedelta(hours=1)).timestamp()
    call_id = await scene.asks(ana, [ben], at=general, unix=at)
    await scene.works()
    assert (await scene.call(call_id)).starts_at == datetime.fromtimestamp(at, UTC)


@pytest.mark.parametrize(
    ("ahead", "why"),
    [
        pytest.param(timedelta(hours=-1), "has passed", id="past"),
        pytest.param(timedelta(days=400), "more than a year", id="too far"),
    ],
)
async def test_a_time_picked_that_cannot_be_is_refused(
    scene: Scene, ana: Person, ben: Person, general: Channel, ahead: timedelta, why: str
) -> None:
    at = (scene.clock.now() + ahead).timestamp()
    call_id = await scene.asks(ana, [ben], at=general, unix=at)
    await scene.works()
    assert why in await refused(scene, call_id)


# --- a channel is told


async def test_a_channel_is_told_by_one_card(scene: Scene, ana: Person, ben: Person) -> None:
    robot, ext = scene.slack.person("robot", is_bot=True), scene.slack.person("ext", foreign_team="T0OTHER")
    team = scene.slack.channel("team", ana, ben, robot, ext, bot_in=True)
    call_id = await scene.asks(ana, at=scene.slack.dm(ana), notify=team)
    await scene.works()
    assert await rung(scene, call_id) == [ben.id, ext.id]
    assert len([m for m in team.messages if not m.is_reply]) == 1
    assert scene.in_dm(ben) == []
    assert "Join" in ben.buttons(at=team)
    ana.sees_not("Skipped")


@pytest.mark.parametrize("private", [False, True], ids=["public", "private"])
async def test_the_bot_must_be_in_the_channel(scene: Scene, ana: Person, ben: Person, private: bool) -> None:
    team = scene.slack.channel("team", ana, ben, private=private)
    call_id = await scene.asks(ana, at=scene.slack.dm(ana), notify=team)
    await scene.works()
    assert await refused(scene, call_id) == (
        "I am not in <#C0TEAM>. Type `/invite` <@U0RINGER> there, then the command once more."
    )
    assert team.messages == []


async def test_the_caller_must_be_in_the_channel(scene: Scene, ana: Person, ben: Person) -> None:
    team = scene.slack.channel("team", ben, bot_in=True)
    call_id = await scene.asks(ana, at=scene.slack.dm(ana), notify=team)
    await scene.works()
    assert await refused(scene, call_id) == "You are not in <#C0TEAM>. Join it, then type the command once more."


async def test_an_archived_channel_and_an_empty_one_are_refused(scene: Scene, ana: Person, ben: Person) -> None:
    old = scene.slack.channel("old", ana, ben, bot_in=True, archived=True)
    empty = scene.slack.channel("empty", ana, bot_in=True)
    first = await scene.asks(ana, at=scene.slack.dm(ana), notify=old)
    second = await scene.asks(ana, at=scene.slack.dm(ana), notify=empty)
    await scene.works()
    assert "is archived" in await refused(scene, first)
    assert await refused(scene, second) == "Nobody but you is in <#C0EMPTY>."


@pytest.mark.parametrize(
    ("many", "said"),
    [
        pytest.param(100, 100, id="counted one by one"),
        pytest.param(300, 300, id="too many to look at: by the channel's own count"),
    ],
)
async def test_a_channel_of_too_many_is_refused_with_the_count(scene: Scene, ana: Person, many: int, said: int) -> None:
    crowd = [scene.slack.person(f"p{n}") for n in range(many)]
    big = scene.slack.channel("big", ana, *crowd, bot_in=True)
    call_id = await scene.asks(ana, at=scene.slack.dm(ana), notify=big)
    await scene.works(patience=300)
    assert await refused(scene, call_id) == f"That is {said} people, and 99 is the most that one call can tell."


# --- more people, another plan, an admin's end


async def test_people_added_are_rung_and_those_who_cannot_be_are_named(
    scene: Scene, ana: Person, ben: Person, general: Channel
) -> None:
    call_id = await scene.rings(ana, ben, at=general)
    cy, robot = scene.slack.person("cy"), scene.slack.person("robot", is_bot=True)
    await scene.ringer.add_people(call_id, Press(TEAM, ana.id), (cy.id, robot.id, ben.id))
    await scene.works()
    assert await rung(scene, call_id) == [ben.id, cy.id]
    await cy.sees("is ringing you")
    await ana.sees("Skipped @robot: a bot.")


async def test_nobody_to_add_is_said_and_the_call_goes_on(
    scene: Scene, ana: Person, ben: Person, general: Channel
) -> None:
    call_id = await scene.rings(ana, ben, at=general)
    robot = scene.slack.person("robot", is_bot=True)
    await scene.owes(PreparePeople(call_id, ana.id, (robot.id,)))
    await scene.works()
    await ana.sees("There is nobody to ring.")
    assert await scene.status(call_id) is CallStatus.RINGING


async def test_people_are_added_once_though_the_process_died_before_it_had_put_that_down(
    scene: Scene, ana: Person, ben: Person, general: Channel
) -> None:
    call_id = await scene.rings(ana, ben, at=general)
    cy = scene.slack.person("cy")
    await scene.owes(PreparePeople(call_id, ana.id, (cy.id,)))
    held = await scene.store.commit(lambda tx: tx.claim(scene.clock.now(), 1, 0.0))
    (claimed,) = [one for one in held if isinstance(one.work, PreparePeople)]
    await scene.handlers[PreparePeople](claimed)
    scene.restart()
    await scene.works()
    assert await rung(scene, call_id) == [ben.id, cy.id]
    ana.sees_not("There is nobody to ring")


async def test_a_plan_is_changed_or_the_change_refused(
    scene: Scene, ana: Person, ben: Person, general: Channel
) -> None:
    cy = scene.slack.person("cy")
    call_id = await scene.asks(ana, [ben], at=general, when="in 2 hours")
    await scene.works()
    before = await scene.call(call_id)
    past = (scene.clock.now() - timedelta(hours=1)).timestamp()
    await scene.ringer.edit(call_id, Press(TEAM, ana.id), (ben.id,), "Tea", past)
    await scene.works()
    await ana.sees("That time has passed. Pick one that is still to come.")
    assert await scene.call(call_id) == before
    later = (scene.clock.now() + timedelta(hours=3)).timestamp()
    await scene.ringer.edit(call_id, Press(TEAM, ana.id), (cy.id,), "Tea", later)
    await scene.works()
    call = await scene.call(call_id)
    assert (call.topic, [m.user for m in call.callees]) == ("Tea", [cy.id])
    assert call.starts_at == datetime.fromtimestamp(later, UTC)


@pytest.mark.parametrize("is_admin", [True, False])
async def test_an_admin_may_end_for_all_and_only_they(
    scene: Scene, ana: Person, ben: Person, general: Channel, is_admin: bool
) -> None:
    dee = scene.slack.person("dee")
    call_id = await scene.rings(ana, ben, at=general)
    await scene.people.person(TEAM, dee.id)
    dee.user.is_admin = is_admin  # Made one since the bot last looked.
    await scene.ringer.end(call_id, Press(TEAM, dee.id))
    await scene.works()
    assert (await scene.call(call_id)).is_over is is_admin
    if not is_admin:
        await dee.sees("or a workspace admin can end this call for all")


async def test_a_notify_of_people_tells_them(scene: Scene, ana: Person, ben: Person, general: Channel) -> None:
    call_id = await scene.asks(ana, [ben], at=general, kind=CallKind.NOTIFY)
    await scene.works()
    assert await scene.status(call_id) is CallStatus.NOTIFIED
    await ben.sees("Join")
