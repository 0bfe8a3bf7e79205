"""Ringing: accepted, rejected, missed, cancelled, ended; and the session it goes on in."""

from datetime import timedelta
from typing import Any

import pytest

from bot.sandbox.clock import SandboxClock
from bot.sandbox.coordinator import ClientRefused, Coordinator, Session
from bot.sandbox.coordinator.state import Ring

from .conftest import CALL, CID, Api, People, Receiver, ringing


def session_of(coordinator: Coordinator) -> Session:
    session = coordinator.call(CID).session
    assert session is not None
    return session


async def test_a_ring_reaches_everyone_but_the_caller(
    coordinator: Coordinator, server: Api, receiver: Receiver
) -> None:
    await server.ok("POST", CALL, {**ringing("ben", "cy"), "video": True})
    await coordinator.settled()
    receiver.all_fit()
    assert receiver.types() == ["call.created", "call.ring"]
    created, ring = (one.event for one in receiver.hooks)
    assert [one["user_id"] for one in created["members"]] == ["ana", "ben", "cy"]
    assert [one["user_id"] for one in ring["members"]] == ["ben", "cy"]
    assert ring["user"]["id"] == "ana"
    assert ring["video"] is True
    assert ring["session_id"] == ring["call"]["current_session_id"] == session_of(coordinator).id
    assert ring["call"]["session"]["started_at"] is None
    assert coordinator.call(CID).ringing == {"ben", "cy"}


async def test_a_call_that_rings_is_created_with_its_session_or_as_captured_without(
    coordinator: Coordinator, server: Api, receiver: Receiver
) -> None:
    await server.ok("POST", CALL, ringing("ben"))
    await coordinator.settled()
    created = receiver.last("call.created")["call"]
    assert created["session"]["id"] == created["current_session_id"] == receiver.last("call.ring")["session_id"]
    await server.ok("POST", "/video/call/default/quiet", {"data": {"created_by_id": "ana"}})
    coordinator.behaviour.created_with_session = False
    await server.ok("POST", "/video/call/default/captured", ringing("ben"))
    await coordinator.settled()
    later = [one.event["call"] for one in receiver.hooks if one.event["type"] == "call.created"][1:]
    assert [(one["session"], one["current_session_id"]) for one in later] == [(None, "")] * 2


async def test_accept_is_noted_and_starts_nothing(coordinator: Coordinator, server: Api, receiver: Receiver) -> None:
    await server.ok("POST", CALL, ringing("ben", "cy"))
    await coordinator.client_of("ben").accepts(CID)
    await coordinator.settled()
    session = session_of(coordinator)
    assert set(session.accepted_by) == {"ben"}
    assert session.started_at is None
    assert coordinator.call(CID).ringing == {"cy"}
    assert receiver.last("call.accepted")["user"]["id"] == "ben"
    assert "ben" in receiver.last("call.accepted")["call"]["session"]["accepted_by"]


async def test_that_all_reject_ends_nothing(coordinator: Coordinator, server: Api, receiver: Receiver) -> None:
    await server.ok("POST", CALL, ringing("ben", "cy"))
    await coordinator.client_of("ben").rejects(CID, "busy")
    await coordinator.settled()
    assert coordinator.call(CID).ringing == {"cy"}
    assert "call.missed" not in receiver.types()
    await coordinator.client_of("cy").rejects(CID)
    await coordinator.settled()
    receiver.all_fit()
    call = coordinator.call(CID)
    assert set(session_of(coordinator).rejected_by) == {"ben", "cy"}
    assert call.reject_reasons == {"ben": "busy", "cy": None}
    assert call.ended_at is None
    assert call.ongoing
    rejected = [one.event for one in receiver.hooks if one.event["type"] == "call.rejected"]
    assert [one.get("reason") for one in rejected] == ["busy", None]
    assert "call.ended" not in receiver.types()


async def test_an_idle_ring_is_let_go_after_ten_minutes(
    clock: SandboxClock, coordinator: Coordinator, server: Api
) -> None:
    await server.ok("POST", CALL, ringing("ben"))
    clock.turn(timedelta(minutes=9, seconds=50))
    await coordinator.settled()
    assert coordinator.call(CID).ongoing
    clock.turn(timedelta(seconds=11))
    await coordinator.settled()
    assert not coordinator.call(CID).ongoing
    assert coordinator.call(CID).ended_at is None


async def test_those_who_do_not_answer_in_time_missed_it(
    clock: SandboxClock, coordinator: Coordinator, server: Api, receiver: Receiver
) -> None:
    times = {"auto_cancel_timeout_ms": 60_000, "incoming_call_timeout_ms": 60_000, "missed_call_timeout_ms": 20_000}
    await server.ok("POST", CALL, ringing("ben", "cy", "dee", settings_override={"ring": times}))
    await coordinator.client_of("ben").accepts(CID)
    clock.turn(timedelta(seconds=12))
    await coordinator.settled()
    assert "call.missed" not in receiver.types()
    clock.turn(timedelta(seconds=9))
    await coordinator.settled()
    receiver.all_fit()
    missed = receiver.last("call.missed")
    assert sorted(one["user_id"] for one in missed["members"]) == ["cy", "dee"]
    assert missed["user"]["id"] == "ana"
    assert missed["notify_user"] is True
    assert set(session_of(coordinator).missed_by) == {"cy", "dee"}
    assert coordinator.call(CID).ringing == set()


async def test_what_is_missed_is_the_ring_of_whoever_rang(
    clock: SandboxClock, coordinator: Coordinator, server: Api, receiver: Receiver
) -> None:
    await server.ok("POST", CALL, {**ringing("ben", "cy"), "ring": False})
    await coordinator.client_of("ben").rings(CID, ["cy"])
    clock.turn(timedelta(seconds=16))
    await coordinator.settled()
    receiver.all_fit()
    assert receiver.last("call.ring")["user"]["id"] == receiver.last("call.missed")["user"]["id"] == "ben"


async def test_who_is_no_member_any_more_misses_nothing(
    clock: SandboxClock, coordinator: Coordinator, server: Api, receiver: Receiver
) -> None:
    await server.ok("POST", CALL, ringing("ben", "cy"))
    await server.ok("POST", "/video/call/default/c2", ringing("ben"))
    await server.ok("POST", f"{CALL}/members", {"remove_members": ["ben"]})
    await server.ok("POST", "/video/call/default/c2/members", {"remove_members": ["ben"]})
    assert coordinator.call(CID).ringing == {"cy"}
    clock.turn(timedelta(seconds=16))
    await coordinator.settled()
    missed = [one.event for one in receiver.hooks if one.event["type"] == "call.missed"]
    assert [[member["user_id"] for member in one["members"]] for one in missed] == [["cy"]]
    assert set(session_of(coordinator).missed_by) == {"cy"}


async def test_a_cancel_makes_the_others_miss_it_at_once(
    coordinator: Coordinator, server: Api, receiver: Receiver
) -> None:
    await server.ok("POST", CALL, ringing("ben", "cy"))
    await coordinator.client_of("cy").rejects(CID, "decline")
    await coordinator.client_of("ana").rejects(CID, "cancel")
    assert coordinator.call(CID).ringing == set()
    await coordinator.settled()
    assert receiver.types()[-2:] == ["call.rejected", "call.missed"]
    assert [one["user_id"] for one in receiver.last("call.missed")["members"]] == ["ben"]
    assert set(session_of(coordinator).rejected_by) == {"ana", "cy"}


async def test_missed_after_a_cancel_comes_even_when_the_call_was_ended_meanwhile(
    coordinator: Coordinator, server: Api, receiver: Receiver
) -> None:
    await server.ok("POST", CALL, ringing("ben"))
    await coordinator.client_of("ana").rejects(CID, "cancel")
    await server.ok("POST", f"{CALL}/mark_ended")
    await coordinator.settled()
    assert receiver.types()[-3:] == ["call.rejected", "call.ended", "call.missed"]


async def test_the_timer_says_nothing_of_an_ended_call(
    clock: SandboxClock, coordinator: Coordinator, server: Api, receiver: Receiver
) -> None:
    await server.ok("POST", CALL, ringing("ben"))
    await server.ok("POST", f"{CALL}/mark_ended")
    clock.turn(timedelta(minutes=5))
    await coordinator.settled()
    assert "call.missed" not in receiver.types()


async def test_ended_by_the_server_names_nobody_and_by_a_person_names_them(
    coordinator: Coordinator, server: Api, receiver: Receiver
) -> None:
    await server.ok("POST", CALL, ringing("ben"))
    await server.ok("POST", f"{CALL}/mark_ended")
    await server.ok("POST", f"{CALL}/mark_ended")
    await coordinator.settled()
    assert receiver.types().count("call.ended") == 1
    assert "user" not in receiver.last("call.ended")
    await server.ok("POST", "/video/call/default/c2", ringing("ben"))
    await coordinator.client_of("ben").ends("default:c2")
    await coordinator.settled()
    assert receiver.last("call.ended")["user"]["id"] == "ben"


async def test_answers_to_an_ended_call_are_refused_or_not(coordinator: Coordinator, server: Api) -> None:
    await server.ok("POST", CALL, ringing("ben"))
    await server.ok("POST", f"{CALL}/mark_ended")
    ben = coordinator.client_of("ben")
    for answer in (ben.accepts, ben.rejects):
        with pytest.raises(ClientRefused) as refused:
            await answer(CID)
        assert (refused.value.status, refused.value.code) == (400, 4)
    coordinator.behaviour.answers_after_end = True
    await ben.rejects(CID)


async def test_accept_after_reject_stands_beside_it(coordinator: Coordinator, server: Api, receiver: Receiver) -> None:
    await server.ok("POST", CALL, ringing("ben"))
    ben = coordinator.client_of("ben")
    await ben.rejects(CID)
    await ben.accepts(CID)
    await ben.accepts(CID)
    await coordinator.settled()
    assert set(session_of(coordinator).accepted_by) == set(session_of(coordinator).rejected_by) == {"ben"}
    assert receiver.types().count("call.accepted") == 1


async def test_ring_again_rings_members_who_are_not_in(
    clock: SandboxClock, coordinator: Coordinator, server: Api, receiver: Receiver
) -> None:
    await server.ok("POST", CALL, ringing("ben", "cy"))
    clock.turn(timedelta(minutes=1))
    await coordinator.settled()
    await coordinator.joins(CID, "ben")
    rung = await server.ok("POST", f"{CALL}/ring", {"members_ids": ["ben", "cy", "dee"], "video": False})
    assert rung["members_ids"] == ["cy"]
    assert coordinator.call(CID).ringing == {"cy"}
    assert [one.user_ids for one in coordinator.call(CID).rings] == [("ben", "cy"), ("cy",)]
    assert isinstance(coordinator.call(CID).rings[0], Ring)
    assert (await server.ok("POST", f"{CALL}/ring", {}))["members_ids"] == ["cy"]
    await coordinator.client_of("cy").rejects(CID)
    assert coordinator.call(CID).ringing == set()
    await coordinator.joins(CID, "cy")
    message = await server.refused(400, 4, "POST", f"{CALL}/ring", {"members_ids": ["cy"]})
    assert message == 'RingCall failed with error: "no users to ring"'
    await server.refused(400, 4, "POST", f"{CALL}/ring", {"members_ids": ["cy"] * 26})


async def test_who_is_rung_again_can_miss_it_again(
    clock: SandboxClock, coordinator: Coordinator, server: Api, receiver: Receiver
) -> None:
    await server.ok("POST", CALL, ringing("ben"))
    await coordinator.client_of("ben").rejects(CID)
    clock.turn(timedelta(seconds=1))
    await server.ok("POST", f"{CALL}/ring", {"members_ids": ["ben"]})
    assert coordinator.call(CID).ringing == {"ben"}
    clock.turn(timedelta(seconds=16))
    await coordinator.settled()
    assert receiver.types().count("call.missed") == 1


@pytest.mark.parametrize("meanwhile", ["was in and left", "rejected"])
async def test_who_is_rung_again_can_accept_again(
    clock: SandboxClock, coordinator: Coordinator, server: Api, receiver: Receiver, meanwhile: str
) -> None:
    await server.ok("POST", CALL, ringing("ben"))
    ben = coordinator.client_of("ben")
    await ben.accepts(CID)
    await coordinator.joins(CID, "ana")
    if meanwhile == "rejected":
        await ben.rejects(CID)
    else:
        await ben.joins(CID)
        await ben.leaves(CID)
    await server.ok("POST", f"{CALL}/ring", {"members_ids": ["ben"]})
    assert coordinator.call(CID).ringing == {"ben"}
    await ben.accepts(CID)
    await ben.accepts(CID)
    assert coordinator.call(CID).ringing == set()
    clock.turn(timedelta(seconds=16))
    await coordinator.settled()
    assert receiver.types().count("call.accepted") == 2
    assert "call.missed" not in receiver.types()


async def test_video_cannot_be_rung_where_it_is_off(
    coordinator: Coordinator, server: Api, person: People, receiver: Receiver
) -> None:
    path = "/video/call/audio_room/c1"
    message = await server.refused(400, 4, "POST", path, {**ringing("ben"), "video": True})
    assert message == 'GetOrCreateCall failed with error: "Video is not enabled for this call"'
    body = {"location": "auto", "create": True, "ring": True, "video": True, "data": {"members": [{"user_id": "cy"}]}}
    await person("ben").refused(400, 4, "POST", f"{path}/join", body)
    await server.refused(404, 16, "GET", path)
    await server.ok("POST", path, ringing("ben"))
    await server.refused(400, 4, "POST", f"{path}/ring", {"video": True})
    await server.refused(400, 4, "GET", path, ring="true", video="true")
    await coordinator.settled()
    assert receiver.types() == ["call.created", "call.ring"]


async def test_get_can_ring_and_notify(coordinator: Coordinator, server: Api, receiver: Receiver) -> None:
    body = {**ringing("ben"), "ring": False}
    await server.ok("POST", CALL, {**body, "notify": True})
    await coordinator.settled()
    assert receiver.types() == ["call.created", "call.notification"]
    assert receiver.last("call.notification")["session_id"] == ""
    assert coordinator.call(CID).ringing == set()
    await server.ok("GET", CALL, ring="true", video="false")
    await server.ok("GET", CALL, notify="true")
    await coordinator.settled()
    receiver.all_fit()
    assert receiver.types()[2:] == ["call.ring", "call.notification"]
    assert coordinator.call(CID).ringing == {"ben"}
    await server.refused(400, 4, "GET", CALL, ring="yes")


async def test_the_caller_should_be_a_member(coordinator: Coordinator, server: Api) -> None:
    body = {"ring": True, "data": {"created_by_id": "ana", "members": [{"user_id": "ben"}]}}
    await server.ok("POST", CALL, body)
    assert coordinator.warnings == ["default:c1 is rung by the server and its creator ana is not a member"]


async def test_a_ring_from_the_server_may_ring_the_creator_too(coordinator: Coordinator, server: Api) -> None:
    coordinator.behaviour.creator_is_rung = True
    await server.ok("POST", CALL, ringing("ben"))
    assert coordinator.call(CID).rings[0].user_ids == ("ana", "ben")


async def test_ring_state_can_be_asked_again_and_again(coordinator: Coordinator, server: Api, person: People) -> None:
    await server.ok("POST", CALL, ringing("ben", "cy"))
    session_id = session_of(coordinator).id
    await coordinator.client_of("ben").accepts(CID)
    ben = person("ben")
    state: Any = await ben.ok("GET", f"{CALL}/ring_state", call_session_id=session_id)
    assert (list(state["accepted_by"]), state["created_by_user_id"]) == (["ben"], "ana")
    assert "call_ended_at" not in state
    await server.ok("POST", f"{CALL}/mark_ended")
    state = await ben.ok("GET", f"{CALL}/ring_state", call_session_id=session_id)
    assert state["call_ended_at"]
    await ben.refused(400, 4, "GET", f"{CALL}/ring_state")
    await ben.refused(400, 4, "GET", f"{CALL}/ring_state", call_session_id="another")


async def test_a_person_rings_with_their_own_client(coordinator: Coordinator, server: Api, receiver: Receiver) -> None:
    made = await coordinator.client_of("ben").creates(CID, ["ben", "ana"], ring=True)
    assert made["created"] is True
    assert coordinator.call(CID).created_by.id == "ben"
    assert coordinator.call(CID).ringing == {"ana"}
    await coordinator.client_of("ben").rings(CID, ["ana"])
    assert (await coordinator.client_of("ana").gets(CID))["membership"]["user_id"] == "ana"
    await coordinator.settled()
    assert receiver.last("call.ring")["user"]["id"] == "ben"


async def test_a_new_session_forgets_the_rings_of_the_last(
    clock: SandboxClock, coordinator: Coordinator, server: Api
) -> None:
    await server.ok("POST", CALL, ringing("ben", "cy"))
    clock.turn(timedelta(minutes=11))
    await coordinator.settled()
    first = session_of(coordinator).id
    await server.ok("POST", f"{CALL}/ring", {"members_ids": ["cy"]})
    assert session_of(coordinator).id != first
    assert coordinator.call(CID).ringing == {"cy"}


async def test_an_answer_before_any_ring_is_kept(clock: SandboxClock, coordinator: Coordinator, server: Api) -> None:
    await server.ok("POST", CALL, {**ringing("ben"), "ring": False})
    await coordinator.client_of("ben").rejects(CID, "in a meeting")
    assert coordinator.call(CID).reject_reasons == {"ben": "in a meeting"}
    assert coordinator.call(CID).ongoing
    clock.turn(timedelta(minutes=11))
    await coordinator.settled()
    assert not coordinator.call(CID).ongoing
