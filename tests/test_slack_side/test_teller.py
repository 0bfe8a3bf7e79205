"""A note reaches the one person it is for: where they are, else in their direct messages."""

import pytest

from bot.sandbox.faults import Kind
from bot.sandbox.workspace import Channel, Person
from bot.slack.blocks import Note
from bot.work import Tell
from tests.test_slack_side.scene import LINK, TEAM, Scene


async def response_url(scene: Scene, ana: Person, general: Channel) -> str:
    scene.slack.install(request_url=None, commands=["/ring"], bot_events=[])
    delivery = await ana.types("/ring", at=general)
    assert delivery
    return str(delivery.payload["response_url"])


def refusal(ana: Person, **where: str) -> Tell:
    return Tell("1", Note.REFUSED, TEAM, ana.id, text="It cannot be.", **where)


async def test_through_the_response_url_for_them_alone(scene: Scene, ana: Person, general: Channel) -> None:
    await scene.owes(refusal(ana, response_url=await response_url(scene, ana, general)))
    await scene.works()
    await ana.sees("It cannot be.", at=general)
    assert [m.ephemeral_to for m in scene.slack.messages(general) if m.text == "It cannot be."] == [ana.id]
    assert scene.in_dm(ana) == []


async def test_a_response_url_that_is_used_up_or_too_old_leads_to_their_dm(
    scene: Scene, ana: Person, general: Channel
) -> None:
    url = await response_url(scene, ana, general)
    scene.turns(minutes=31)
    await scene.owes(refusal(ana, response_url=url))
    await scene.works()
    assert [m.text for m in scene.in_dm(ana)] == ["It cannot be."]


@pytest.mark.parametrize("kind", [Kind.DROP_BEFORE, Kind.ERROR_503, Kind.TOO_MANY])
async def test_a_response_url_that_is_out_of_order_is_tried_again(
    scene: Scene, ana: Person, general: Channel, kind: Kind
) -> None:
    url = await response_url(scene, ana, general)
    scene.breaks("response_url", kind, seconds=2)
    await scene.owes(refusal(ana, response_url=url))
    await scene.works()
    await ana.sees("It cannot be.", at=general)
    assert scene.in_dm(ana) == []


async def test_without_one_in_the_channel_else_by_direct_message(scene: Scene, ana: Person, general: Channel) -> None:
    await scene.owes(refusal(ana, channel=general.id))
    await scene.works()
    await ana.sees("It cannot be.", at=general)
    other = scene.slack.channel("other", bot_in=True)
    await scene.owes(refusal(ana, channel=other.id))
    await scene.works()
    assert [m.text for m in scene.in_dm(ana)] == ["It cannot be."]


async def test_a_note_by_direct_message_comes_once_though_the_answer_was_lost(
    scene: Scene, ana: Person, ben: Person, general: Channel
) -> None:
    call_id = await scene.rings(ana, ben, at=general)
    before = len(scene.in_dm(ana))
    scene.breaks("chat.postMessage", Kind.DROP_AFTER, times=1)
    await scene.owes(Tell("1", Note.JOIN, TEAM, ana.id, call_id))
    await scene.works()
    assert len(scene.in_dm(ana)) == before + 1
    assert scene.faults.struck


async def test_a_way_in_is_for_members_while_the_call_lives(
    scene: Scene, ana: Person, ben: Person, general: Channel
) -> None:
    call_id = await scene.rings(ana, ben, at=general)
    eve = scene.slack.person("eve")
    await scene.owes(
        Tell("1", Note.JOIN, TEAM, ana.id, call_id),
        Tell("2", Note.JOIN, TEAM, eve.id, call_id),
    )
    await scene.works()
    assert f"{LINK}-{ana.id}" in str(scene.in_dm(ana)[-1].blocks)
    assert LINK not in str([m.blocks for m in scene.in_dm(eve)])


async def test_nobody_to_tell_is_no_failure(scene: Scene) -> None:
    robot = scene.slack.person("robot", is_bot=True)
    await scene.owes(refusal(robot))
    await scene.works()
    assert await scene.dead() == []


async def test_every_note_is_a_message_slack_takes(scene: Scene, ana: Person, ben: Person, general: Channel) -> None:
    call_id = await scene.rings(ana, ben, at=general)
    await scene.owes(*(Tell(str(n), each, TEAM, ana.id, call_id, "<!channel> & so") for n, each in enumerate(Note)))
    await scene.works(patience=300)
    assert await scene.dead() == []
    assert scene.slack.warnings == []
    assert "<!channel>" not in str([m.blocks for m in scene.in_dm(ana)] + [m.text for m in scene.in_dm(ana)])
