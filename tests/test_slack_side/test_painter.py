"""Messages are posted once each, where the bot can post, and stay true."""

import pytest

from bot.call.values import CallKind, Rejection
from bot.messages import MessageKind
from bot.ringer.press import Press
from bot.sandbox.faults import Kind
from bot.sandbox.workspace import Channel, Person
from bot.work import Claimed, Paint, TellThread
from tests.test_slack_side.scene import LINK, TEAM, Scene


async def test_a_ring_is_a_card_in_the_channel_and_a_message_to_each(scene: Scene, ana: Person, ben: Person) -> None:
    cy = scene.slack.person("cy")
    general = scene.slack.channel("general", ana, ben, cy, bot_in=True)
    call_id = await scene.rings(ana, ben, cy, at=general)
    assert len([m for m in general.messages if not m.is_reply]) == 1
    assert [len(scene.in_dm(person)) for person in (ana, ben, cy)] == [1, 1, 1]
    await ben.sees("is ringing you")
    assert ben.buttons(on="is ringing you", at=scene.slack.dm(ben)) == ["Accept", "Decline"]
    card = await scene.message(call_id, MessageKind.CARD)
    assert (card.channel, card.ts) == (general.id, general.messages[0].ts)
    assert not scene.slack.warnings


async def test_a_public_channel_is_joined_before_the_first_post(scene: Scene, ana: Person, ben: Person) -> None:
    general = scene.slack.channel("general", ana, ben)
    await scene.rings(ana, ben, at=general)
    assert scene.slack.state.bot.id in general.members
    assert len([m for m in general.messages if not m.is_reply]) == 1


@pytest.mark.parametrize("kind", [Kind.DROP_AFTER, Kind.DROP_BEFORE, Kind.ERROR_503, Kind.GARBAGE])
async def test_a_message_is_posted_once_though_the_answer_was_lost(
    scene: Scene, ana: Person, ben: Person, general: Channel, kind: Kind
) -> None:
    scene.breaks("chat.postMessage", kind, times=3)
    call_id = await scene.rings(ana, ben, at=general)
    assert len(scene.faults.struck) == 3
    assert [len(scene.in_dm(ana)), len(scene.in_dm(ben))] == [1, 1]
    assert len([m for m in general.messages if not m.is_reply]) == 1
    incoming = await scene.message(call_id, MessageKind.INCOMING, ben)
    assert incoming.ts == scene.in_dm(ben)[0].ts


async def test_what_a_dead_process_posted_is_found_and_made_true(
    scene: Scene, ana: Person, ben: Person, general: Channel
) -> None:
    call_id = await scene.asks(ana, [ben], at=general)
    await scene.lays_down(await scene.works_until(lambda work: isinstance(work, Paint)))
    incoming = await scene.message(call_id, MessageKind.INCOMING, ben)
    paint = await scene.works_until(lambda work: isinstance(work, Paint) and work.message_id == incoming.id)
    scene.breaks("chat.postMessage", Kind.DROP_AFTER)
    await scene.does(paint)
    await scene.ringer.reject(call_id, Press(TEAM, ben.id), Rejection())
    scene.restart()
    await scene.works()
    assert len(scene.in_dm(ben)) == 1
    await ben.sees("You declined", at=scene.slack.dm(ben))
    assert (await scene.message(call_id, MessageKind.INCOMING, ben)).ts == scene.in_dm(ben)[0].ts


async def test_a_message_is_drawn_anew_when_the_call_goes_on(
    scene: Scene, ana: Person, ben: Person, general: Channel
) -> None:
    call_id = await scene.rings(ana, ben, at=general)
    await scene.ringer.cancel(call_id, Press(TEAM, ana.id))
    await scene.works()
    await ben.sees("cancelled", at=scene.slack.dm(ben))
    assert ben.buttons(on="cancelled", at=scene.slack.dm(ben)) == ["Call back"]
    assert len(scene.in_dm(ben)) == 1
    await ana.sees("cancelled", at=general)


async def test_the_same_picture_is_not_painted_twice(scene: Scene, ana: Person, ben: Person, general: Channel) -> None:
    call_id = await scene.rings(ana, ben, at=general)
    incoming = await scene.message(call_id, MessageKind.INCOMING, ben)
    await scene.owes(Paint(incoming.id, call_id))
    await scene.works()
    assert scene.asked_slack("chat.update") == []
    scene.restart()
    await scene.owes(Paint(incoming.id, call_id))
    await scene.works()
    assert len(scene.asked_slack("chat.update")) == 1


async def test_what_nobody_knows_to_be_painted_is_painted_again(
    scene: Scene, ana: Person, ben: Person, general: Channel
) -> None:
    call_id = await scene.rings(ana, ben, at=general)
    scene.breaks("chat.update", Kind.DROP_BEFORE, times=2)
    await scene.ringer.cancel(call_id, Press(TEAM, ana.id))
    await scene.works()
    assert len(scene.faults.struck) == 2
    await ben.sees("cancelled", at=scene.slack.dm(ben))
    await ana.sees("cancelled", at=general)


# --- through response_url


async def _pressed(scene: Scene, call_id: str, ben: Person) -> Press:
    """What the app is told when ben presses Decline."""
    incoming = await scene.message(call_id, MessageKind.INCOMING, ben)
    press = await ben.presses("Decline", on="is ringing you", at=scene.slack.dm(ben))
    assert press.delivery
    return Press(TEAM, ben.id, press.delivery.payload["response_url"], incoming.id, incoming.channel, incoming.ts)


async def test_the_pressers_message_is_drawn_through_its_response_url(
    scene: Scene, ana: Person, ben: Person, general: Channel
) -> None:
    call_id = await scene.rings(ana, ben, at=general)
    press = await _pressed(scene, call_id, ben)
    await scene.ringer.reject(call_id, press, Rejection())
    await scene.works()
    await ben.sees("You declined", at=scene.slack.dm(ben))
    updated = {call.args["ts"] for call in scene.asked_slack("chat.update")}
    assert press.ts not in updated
    assert [call.args["replace_original"] for call in scene.asked_slack("response_url")] == [True]


async def test_a_response_url_that_slack_refuses_is_no_obstacle(
    scene: Scene, ana: Person, ben: Person, general: Channel
) -> None:
    call_id = await scene.rings(ana, ben, at=general)
    press = await _pressed(scene, call_id, ben)
    unknown = Press(TEAM, ben.id, press.response_url + "x", press.message_id, press.channel, press.ts)
    await scene.ringer.reject(call_id, unknown, Rejection())
    await scene.works()
    await ben.sees("You declined", at=scene.slack.dm(ben))
    assert press.ts in {call.args["ts"] for call in scene.asked_slack("chat.update")}


# --- where the bot cannot post


async def test_in_a_private_channel_without_the_bot_the_card_goes_to_a_group_dm(
    scene: Scene, ana: Person, ben: Person
) -> None:
    cy = scene.slack.person("cy")
    secret = scene.slack.channel("secret", ana, private=True)
    call_id = await scene.rings(ana, ben, cy, at=secret)
    card = await scene.message(call_id, MessageKind.CARD)
    assert set(scene.slack.state.conversations[card.channel].members) == {ana.id, ben.id, cy.id, "U0RINGER"}
    assert secret.messages == []
    await ana.sees("in a group message with everyone you are ringing", at=scene.slack.dm(ana))
    assert [reply.text for reply in scene.slack.messages(card.channel) if reply.is_reply]


async def test_where_the_group_dm_takes_no_post_either_the_card_goes_to_its_caller(
    scene: Scene, ana: Person, ben: Person
) -> None:
    cy = scene.slack.person("cy")
    secret = scene.slack.channel("secret", ana, private=True)
    before = await scene.rings(ana, ben, cy, at=secret)
    group = (await scene.message(before, MessageKind.CARD)).channel
    scene.slack.state.conversations[group].archived = True
    call_id = await scene.rings(ana, ben, cy, at=secret)
    card = await scene.message(call_id, MessageKind.CARD)
    assert card.channel == scene.slack.dm(ana).id
    await ana.sees("the call's card is here, in your direct messages", at=scene.slack.dm(ana))


async def test_with_too_many_people_for_a_group_dm_the_card_goes_to_its_caller(scene: Scene) -> None:
    ana = scene.slack.person("ana")
    others = [scene.slack.person(name) for name in ("ben", "cy", "dee", "eve", "fay", "gus", "hal", "ida")]
    secret = scene.slack.channel("secret", ana, private=True)
    call_id = await scene.rings(ana, *others, at=secret)
    card = await scene.message(call_id, MessageKind.CARD)
    assert card.channel == scene.slack.dm(ana).id
    await ana.sees("the call's card is here, in your direct messages", at=scene.slack.dm(ana))


async def test_with_a_stranger_there_is_no_group_dm(scene: Scene) -> None:
    ana, ext = scene.slack.person("ana"), scene.slack.person("ext", foreign_team="T0OTHER")
    scene.slack.channel("shared", ana, ext, bot_in=True)
    secret = scene.slack.channel("secret", ana, private=True)
    call_id = await scene.rings(ana, ext, scene.slack.person("ben"), at=secret)
    card = await scene.message(call_id, MessageKind.CARD)
    assert card.channel == scene.slack.dm(ana).id


async def test_in_the_bots_own_dm_the_card_stays_there(scene: Scene, ana: Person, ben: Person) -> None:
    call_id = await scene.rings(ana, ben, at=scene.slack.dm(ana))
    assert (await scene.message(call_id, MessageKind.CARD)).channel == scene.slack.dm(ana).id
    ana.sees_not("I cannot post")


async def test_a_card_whose_place_was_lost_is_found_where_it_went(scene: Scene, ana: Person, ben: Person) -> None:
    secret = scene.slack.channel("secret", ana, private=True)
    call_id = await scene.asks(ana, [ben], at=secret)
    card = await scene.works_until(lambda work: isinstance(work, Paint) and work.priority == 3)
    # The first post is refused (the bot is not in the channel), the second one's answer is lost.
    await _does_losing(scene, card, "chat.postMessage", nth=2)
    scene.restart()
    await scene.works()
    place = await scene.message(call_id, MessageKind.CARD)
    posted = [m for m in scene.slack.messages(place.channel) if not m.is_reply]
    assert [m.ts for m in posted] == [place.ts]
    assert len([text for text in ana.notifications if "I cannot post" in text]) == 1


async def _does_losing(scene: Scene, claimed: Claimed, method: str, *, nth: int) -> None:
    """Lose the answer to the nth call of this method."""

    def count(kind: str, payload: dict[str, object]) -> None:
        if kind == "call" and len(scene.asked_slack(method)) - before == nth - 1 and not scene.faults.planned:
            scene.breaks(method, Kind.DROP_AFTER)

    before = len(scene.asked_slack(method))
    scene.faults.clear()
    stop = scene.slack.watch(count)
    await scene.does(claimed)
    stop()
    assert scene.faults.struck


async def test_a_press_that_comes_before_the_answer_tells_the_place_and_the_thread_begins(
    scene: Scene, ana: Person, ben: Person, general: Channel
) -> None:
    call_id = await scene.asks(ana, [ben], at=general)
    card = await scene.works_until(lambda work: isinstance(work, Paint) and work.priority == 3)
    scene.breaks("chat.postMessage", Kind.DROP_AFTER)
    await scene.does(card)
    await scene.does(await scene.works_until(lambda work: isinstance(work, TellThread)))  # Too early.
    posted = general.messages[0]
    message_id = (await scene.message(call_id, MessageKind.CARD)).id
    press = Press(TEAM, ben.id, message_id=message_id, channel=general.id, ts=posted.ts)
    await scene.ringer.leave(call_id, press)
    scene.restart()
    await scene.works()
    assert (await scene.message(call_id, MessageKind.CARD)).ts == posted.ts
    assert [m.ts for m in general.messages if not m.is_reply] == [posted.ts]
    assert [m for m in general.messages if m.is_reply]


async def test_a_thread_that_came_before_its_card_is_told_after_it(
    scene: Scene, ana: Person, ben: Person, general: Channel
) -> None:
    call_id = await scene.asks(ana, [ben], at=general)
    card = await scene.works_until(lambda work: isinstance(work, Paint) and work.priority == 3)
    await scene.does(await scene.works_until(lambda work: isinstance(work, TellThread)))
    assert general.messages == []
    await scene.does(card)
    await scene.works()
    assert [m.is_reply for m in general.messages] == [False, True]
    assert (await scene.message(call_id, MessageKind.CARD)).told == 1


async def test_a_picture_that_comes_back_covers_one_that_nobody_heard_of(
    scene: Scene, ana: Person, ben: Person, general: Channel
) -> None:
    call_id = await scene.asks(ana, [ben], at=general, when="in 2 hours")
    await scene.works()
    await scene.ringer.cant_make_it(call_id, Press(TEAM, ben.id))
    invite = await scene.message(call_id, MessageKind.INVITE, ben)
    paint = await scene.works_until(lambda work: isinstance(work, Paint) and work.message_id == invite.id)
    scene.breaks("chat.update", Kind.DROP_AFTER)
    await scene.does(paint)
    await ben.sees("I can make it", at=scene.slack.dm(ben))
    await scene.ringer.can_make_it(call_id, Press(TEAM, ben.id))
    await scene.works()
    assert ben.buttons(scene.in_dm(ben)[0]) == ["Can't make it"]


async def test_a_restricted_or_archived_channel_is_no_obstacle(scene: Scene, ana: Person, ben: Person) -> None:
    old = scene.slack.channel("old", ana, ben, archived=True)
    call_id = await scene.rings(ana, ben, at=old)
    card = await scene.message(call_id, MessageKind.CARD)
    assert card.ts and card.channel != old.id


# --- what is gone


async def test_a_deleted_message_is_left_gone(scene: Scene, ana: Person, ben: Person, general: Channel) -> None:
    call_id = await scene.rings(ana, ben, at=general)
    scene.slack.delete(scene.in_dm(ben)[0])
    await scene.ringer.cancel(call_id, Press(TEAM, ana.id))
    await scene.works()
    assert (await scene.message(call_id, MessageKind.INCOMING, ben)).gone
    assert scene.in_dm(ben) == []
    assert await scene.dead() == []


async def test_a_channel_archived_meanwhile_ends_its_card_and_its_thread(
    scene: Scene, ana: Person, ben: Person, general: Channel
) -> None:
    call_id = await scene.rings(ana, ben, at=general)
    general.archive()
    await scene.ringer.cancel(call_id, Press(TEAM, ana.id))
    await scene.works()
    card = await scene.message(call_id, MessageKind.CARD)
    assert card.gone
    assert card.told == len(await scene.store.look(lambda tx: tx.timeline(call_id)))
    await ben.sees("cancelled", at=scene.slack.dm(ben))
    assert await scene.dead() == []


async def test_what_came_too_late_is_not_posted_but_a_missed_ring_is(
    scene: Scene, ana: Person, ben: Person, general: Channel
) -> None:
    call_id = await scene.asks(ana, [ben], at=general)
    await scene.lays_down(await scene.works_until(lambda work: isinstance(work, Paint)))
    scene.turns(seconds=61)
    await scene.ringer.tick()
    await scene.works()
    await ben.sees("Call back", at=scene.slack.dm(ben))
    assert len(scene.in_dm(ben)) == 1
    assert scene.in_dm(ana) == []
    assert (await scene.message(call_id, MessageKind.OUTGOING, ana)).gone
    await ana.sees("Nobody answered", at=general)


async def test_links_stand_only_where_one_person_sees_them(
    scene: Scene, ana: Person, ben: Person, general: Channel
) -> None:
    await scene.rings(ana, ben, at=general)
    assert f"{LINK}-{ben.id}" in str(scene.in_dm(ben)[0].blocks)
    assert LINK not in str(general.messages)
    assert LINK not in str([message.metadata for message in scene.slack.messages()])


async def test_a_notify_of_people_and_a_plan_have_their_messages(
    scene: Scene, ana: Person, ben: Person, general: Channel
) -> None:
    await scene.asks(ana, [ben], at=general, kind=CallKind.NOTIFY)
    await scene.works()
    assert ben.buttons(at=scene.slack.dm(ben)) == ["Join"]
    call_id = await scene.asks(ana, [ben], at=general, when="in 2 hours")
    await scene.works()
    assert await scene.message(call_id, MessageKind.INVITE, ben)
    await ben.sees("Can't make it", at=scene.slack.dm(ben))


async def test_paint_of_what_is_not_there_is_nothing(scene: Scene) -> None:
    await scene.owes(Paint("nothing", "nobody"), TellThread("nobody"))
    await scene.works()
    assert scene.slack.calls == []
