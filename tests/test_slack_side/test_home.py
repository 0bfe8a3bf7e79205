"""Home shows one's calls, and nobody's token."""

from bot.ringer.press import Press
from bot.sandbox.faults import Kind
from bot.sandbox.workspace import Channel, Person
from bot.work import PublishHome
from tests.test_slack_side.scene import LINK, TEAM, Scene


async def test_home_shows_the_calls_of_its_person(scene: Scene, ana: Person, ben: Person, general: Channel) -> None:
    await scene.rings(ana, ben, at=general)
    await scene.owes(PublishHome(TEAM, ben.id))
    await scene.works()
    home = await ben.opens_home()
    assert home
    assert "Incoming" in ben.reads(home)
    assert ben.buttons(home) == ["Accept", "Decline"]
    assert LINK not in str(home.body)


async def test_home_of_the_last_week_is_published_though_slack_was_out_of_order(
    scene: Scene, ana: Person, ben: Person, general: Channel
) -> None:
    call_id = await scene.rings(ana, ben, at=general)
    await scene.ringer.cancel(call_id, Press(TEAM, ana.id))
    scene.breaks("views.publish", Kind.DROP_AFTER, times=2)
    await scene.owes(PublishHome(TEAM, ben.id))
    await scene.works()
    home = await ben.opens_home()
    assert home
    assert "cancelled" in ben.reads(home)
    scene.turns(days=8)
    await scene.owes(PublishHome(TEAM, ben.id))
    await scene.works()
    home = await ben.opens_home()
    assert home
    assert "cancelled" not in ben.reads(home)
