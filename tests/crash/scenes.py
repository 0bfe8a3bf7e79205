"""The scenes that are played again and again, with a death at another point each time."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from bot.sandbox.workspace import Person
from tests.crash.theatre import Cast, Theatre

IN_SUPPORT = "#support"
RING = 180
"""Seconds that a ring lasts here: longer than any death takes, however slow the machine. It ends where a scene says."""


@dataclass(frozen=True)
class Scene:
    play: Callable[[Theatre, Cast], Awaitable[None]]
    commands: int = 1

    @property
    def name(self) -> str:
        return self.play.__name__.replace("_", " ")


async def ring_decline_accept_join_leave_end(place: Theatre, cast: Cast) -> None:
    ana, ben, cy = cast.ana, cast.ben, cast.cy
    await place.types(ana, '/ring @ben @cy "Prod is down"')
    await place.settled()
    await place.presses(ben, "Decline", "is ringing you")
    await place.settled()
    await place.presses(cy, "Accept", "is ringing you")
    await place.settled()
    await _join(place, cy, ana)
    await _leave(place, cy, ana)
    await place.after(minutes=2)


async def nobody_answers(place: Theatre, cast: Cast) -> None:
    await place.types(cast.ana, "/ring @ben @cy")
    await place.after(seconds=RING + 1)
    await place.after(minutes=2)


async def the_caller_cancels(place: Theatre, cast: Cast) -> None:
    await place.types(cast.ana, "/ring @ben @cy")
    await place.settled()
    await place.presses(cast.ben, "Decline", "is ringing you")
    await place.settled()
    await place.presses(cast.ana, "Cancel", "is ringing", at=IN_SUPPORT)
    await place.after(minutes=2)


async def a_planned_call_rings(place: Theatre, cast: Cast) -> None:
    ana, ben = cast.ana, cast.ben
    await place.types(ana, '/ring @ben @cy "Retro" in 30 minutes')
    await place.after(minutes=20, seconds=1)
    await place.after(minutes=10)
    await place.presses(ben, "Accept", "is ringing you")
    await place.after(seconds=RING + 1)
    await _join(place, ben, ana)
    await place.presses(ana, "End for all", "is on", at=IN_SUPPORT)
    await place.after(minutes=2)


async def notify_and_notify_again(place: Theatre, cast: Cast) -> None:
    cast.support.add_bot()
    await place.types(cast.ana, '/notify #support "All hands"')
    await place.after(minutes=2)
    await place.presses(cast.ana, "Notify again", "is telling #support about a call", at=IN_SUPPORT)
    await place.settled()
    await _join(place, cast.ben, cast.ana)
    await _leave(place, cast.ben, cast.ana)
    await place.after(minutes=2)


async def people_are_added(place: Theatre, cast: Cast) -> None:
    ana, ben, cy = cast.ana, cast.ben, cast.cy
    await place.types(ana, "/ring @ben")
    await place.settled()
    await place.presses(ben, "Accept", "is ringing you")
    await place.settled()
    await _join(place, ben, ana)
    await _opens_add_people(place, ana)
    await ana.picks("Who else", [cy, cast.dee])
    await _submits(place, ana, taken=lambda: any("is ringing you" in cy.reads(shown) for shown in cy.messages()))
    await place.settled()
    await place.presses(cy, "Accept", "is ringing you")
    await place.settled()
    await place.presses(cast.dee, "Decline", "is ringing you")
    await place.settled()
    await _join(place, cy)
    await place.presses(ana, "End for all", "is on", at=IN_SUPPORT)
    await place.after(minutes=2)


SCENES = [
    Scene(play)
    for play in (
        ring_decline_accept_join_leave_end,
        nobody_answers,
        the_caller_cancels,
        a_planned_call_rings,
        notify_and_notify_again,
        people_are_added,
    )
]


async def _join(place: Theatre, *people: Person) -> None:
    """They come in; what Stream told nobody of meanwhile is asked for within two minutes."""
    world = place.world
    for person in people:
        await world.coordinator.joins(world.cids[-1], world.stream_id(person))
    await place.after(minutes=2)


async def _leave(place: Theatre, *people: Person) -> None:
    world = place.world
    await place.after(minutes=10)
    for person in people:
        await world.coordinator.leaves(world.cids[-1], world.stream_id(person))
    await place.after(minutes=2)


async def _opens_add_people(place: Theatre, person: Person) -> None:
    for _ in range(3):
        await place.presses(person, "Add people", "is on", at=IN_SUPPORT)
        if person.modal is not None:
            return
        await place.up()
    raise AssertionError("no form is opened")


async def _submits(place: Theatre, person: Person, taken: Callable[[], bool]) -> None:
    """Hands a form in; if the app did not answer, once more, unless it can be seen that it was `taken`."""
    for _ in range(3):
        assert await person.submits() == {}
        if place.world.workspace.deliveries[-1].ok:
            return
        await place.up()
        await place.settled()
        if taken():
            await person.closes()
            return
    raise AssertionError("the form is not taken")
