"""The thread tells everything once, in order, and what waits goes out together."""

import pytest

from bot.call.values import Event, Rejection, TimelineEntry
from bot.ledger import Tx
from bot.messages import MessageKind
from bot.ringer.press import Press
from bot.sandbox.faults import Kind
from bot.sandbox.workspace import Channel, Person
from bot.work import TellThread
from tests.test_slack_side.scene import TEAM, Scene


def told(channel: Channel) -> list[str]:
    return [line for message in channel.messages if message.is_reply for line in message.text.split("\n")]


async def happens(scene: Scene, call_id: str, *texts: str) -> None:
    """Things with these words happen in the call."""
    entries = [TimelineEntry(Event.SKIPPED, scene.clock.now(), text=text) for text in texts]

    def note(tx: Tx) -> None:
        tx.note(call_id, entries)
        tx.owe(TellThread(call_id))

    await scene.store.commit(note)


async def test_lines_that_wait_go_out_together_and_in_order(
    scene: Scene, ana: Person, ben: Person, general: Channel
) -> None:
    cy = scene.slack.person("cy")
    call_id = await scene.rings(ana, ben, cy, at=general)
    assert len([m for m in general.messages if m.is_reply]) == 1
    await scene.ringer.reject(call_id, Press(TEAM, ben.id), Rejection())
    await scene.ringer.reject(call_id, Press(TEAM, cy.id), Rejection())
    await scene.works()
    replies = [m for m in general.messages if m.is_reply]
    assert len(replies) == 2
    assert [line.split("> ")[-1] for line in told(general)[1:3]] == ["declined.", "declined."]
    assert "Everybody declined" in told(general)[3]
    assert replies[1].metadata == {
        "event_type": "huddle_ringer_lines",
        "event_payload": {"call_id": call_id, "from": 2, "to": 4},
    }


@pytest.mark.parametrize("kind", [Kind.DROP_AFTER, Kind.DROP_BEFORE, Kind.ERROR_500])
async def test_no_line_is_doubled_or_lost_though_answers_are(
    scene: Scene, ana: Person, ben: Person, general: Channel, kind: Kind
) -> None:
    call_id = await scene.rings(ana, ben, at=general)
    before = len(told(general))
    scene.breaks("chat.postMessage", kind, times=2)
    await happens(scene, call_id, "one", "two")
    await scene.works()
    await happens(scene, call_id, "three")
    await scene.works()
    assert [line[-5:].split()[-1] for line in told(general)[before:]] == ["one", "two", "three"]
    assert len(scene.faults.struck) == 2


async def test_what_happens_after_a_lost_answer_is_told_once_too(
    scene: Scene, ana: Person, ben: Person, general: Channel
) -> None:
    call_id = await scene.rings(ana, ben, at=general)
    before = len(told(general))
    await happens(scene, call_id, "one")
    tell = await scene.works_until(lambda work: isinstance(work, TellThread))
    scene.breaks("chat.postMessage", Kind.DROP_AFTER)
    await scene.does(tell)
    await happens(scene, call_id, "two")
    scene.restart()
    await scene.works()
    assert [line.split()[-1] for line in told(general)[before:]] == ["one", "two"]


async def test_more_than_a_section_holds_goes_out_in_several_posts(
    scene: Scene, ana: Person, ben: Person, general: Channel
) -> None:
    call_id = await scene.rings(ana, ben, at=general)
    before = len([m for m in general.messages if m.is_reply])
    await happens(scene, call_id, *(f"{n:03} {'x' * 990}" for n in range(7)))
    await scene.works()
    replies = [m for m in general.messages if m.is_reply][before:]
    assert len(replies) == 4
    assert [line.split()[1] for line in told(general)[-7:]] == [f"{n:03}" for n in range(7)]
    assert all(len(m.blocks[0]["text"]["text"]) <= 3000 for m in replies)


async def test_a_thread_whose_card_was_deleted_tells_nothing_more(
    scene: Scene, ana: Person, ben: Person, general: Channel
) -> None:
    call_id = await scene.rings(ana, ben, at=general)
    for message in general.messages:
        scene.slack.delete(message)
    await happens(scene, call_id, "one")
    await scene.works()
    card = await scene.message(call_id, MessageKind.CARD)
    assert card.told == 2
    assert await scene.dead() == []


async def test_a_bot_put_out_of_a_public_channel_comes_back_to_tell(
    scene: Scene, ana: Person, ben: Person, general: Channel
) -> None:
    call_id = await scene.rings(ana, ben, at=general)
    general.remove_bot()
    await happens(scene, call_id, "one")
    await scene.works()
    assert told(general)[-1].endswith("one")
