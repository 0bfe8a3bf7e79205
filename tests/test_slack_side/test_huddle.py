"""Where a call's people meet in a huddle."""

import asyncio

from bot.sandbox.faults import Kind
from bot.sandbox.workspace import Channel, Person
from bot.slack.huddle import Huddles
from tests.test_slack_side.scene import TEAM, Scene
from tests.test_store.examples import a_call


async def test_whoever_is_decided_on_does_not_wait_for_those_who_are_not(
    scene: Scene, ana: Person, ben: Person, general: Channel
) -> None:
    huddles = Huddles(scene.api, scene.people, scene.store, scene.clock)
    known, other = (a_call(name, team=TEAM, channel=general.id, caller=ana.id) for name in ("known", "other"))
    decided = await huddles.channel(known)
    scene.breaks("conversations.members", Kind.DELAY, seconds=60)
    deciding = asyncio.create_task(huddles.channel(other))
    await scene.struck()
    async with asyncio.timeout(2):
        assert await huddles.channel(known) == decided
    assert not deciding.done()
    deciding.cancel()
    await asyncio.gather(deciding, return_exceptions=True)
