"""Webhooks over a real road: signed, gzipped, tried again, and wrong on purpose."""

import json
from datetime import timedelta
from typing import Any

import httpx
import pytest

from bot.sandbox.clock import SandboxClock
from bot.sandbox.coordinator import Coordinator
from bot.sandbox.faults import Fault, Faults, Kind, Road

from .conftest import CALL, CID, Api, Receiver, ringing


async def test_large_bodies_are_gzipped_and_signed_before_that(
    coordinator: Coordinator, server: Api, receiver: Receiver
) -> None:
    await server.ok("POST", CALL, ringing("ben"))
    await coordinator.settled()
    created = receiver.hooks[0]
    assert created.headers["Content-Encoding"] == "gzip"
    assert created.raw[:2] == b"\x1f\x8b"
    assert len(created.body) > len(created.raw)
    receiver.all_fit()


async def test_small_bodies_and_those_of_an_app_that_does_not_compress_stay_plain(
    coordinator: Coordinator, server: Api, receiver: Receiver
) -> None:
    [small] = await coordinator.send({"type": "x", "pad": "." * 200})
    [large] = await coordinator.send({"type": "x", "pad": "." * 300})
    assert (small.compress, large.compress) == (False, True)
    await server.ok("PATCH", "/app", {"enable_hook_payload_compression": False})
    await coordinator.send({"type": "x", "pad": "." * 300})
    assert ["Content-Encoding" in one.headers for one in receiver.hooks] == [False, True, False]


async def test_a_hook_gets_the_types_it_names(coordinator: Coordinator, server: Api, receiver: Receiver) -> None:
    coordinator.app.event_hooks.clear()
    coordinator.hook(receiver.url, ["call.ring"])
    await server.ok("POST", CALL, ringing("ben"))
    await coordinator.settled()
    assert receiver.types() == ["call.ring"]
    coordinator.app.event_hooks[0]["enabled"] = False
    await server.ok("POST", f"{CALL}/ring", {})
    await coordinator.settled()
    assert receiver.types() == ["call.ring"]


@pytest.mark.parametrize(
    ("answers", "outcome", "attempts"),
    [
        pytest.param([200], "delivered", 1, id="taken"),
        pytest.param([204], "delivered", 1, id="any 2xx will do"),
        pytest.param([503, 200], "delivered", 2, id="a 5xx is tried again"),
        pytest.param([408, 429, 200], "delivered", 3, id="so are 408 and 429"),
        pytest.param([500, 500, 500, 200], "failed", 3, id="three times at most"),
        pytest.param([401, 200], "refused", 1, id="other statuses are final"),
    ],
)
async def test_attempts(
    coordinator: Coordinator, receiver: Receiver, answers: list[int], outcome: str, attempts: int
) -> None:
    receiver.answers = answers
    [delivery] = await coordinator.send({"type": "call.ended"})
    assert delivery.outcome == outcome
    assert [one.attempt for one in receiver.hooks] == list(range(1, attempts + 1))
    assert len({one.headers["X-WEBHOOK-ID"] for one in receiver.hooks}) == 1
    assert [one.number for one in delivery.attempts] == list(range(1, attempts + 1))


async def test_a_receiver_that_is_away_is_tried_twice(coordinator: Coordinator, server: Api) -> None:
    coordinator.hook("http://127.0.0.1:1/nobody")
    [delivery] = await coordinator.send({"type": "call.ended"})
    assert [one.outcome for one in delivery.attempts] == ["network error", "network error"]
    assert delivery.outcome == "failed"


async def test_a_receiver_that_is_slow_is_tried_three_times(coordinator: Coordinator, receiver: Receiver) -> None:
    coordinator.behaviour.attempt_seconds = 0.05
    receiver.hold.clear()
    [delivery] = await coordinator.send({"type": "call.ended"})
    receiver.hold.set()
    assert [one.outcome for one in delivery.attempts] == ["timeout"] * 3
    assert delivery.outcome == "failed"


async def test_a_slow_answer_does_not_hold_up_the_rest(
    coordinator: Coordinator, server: Api, receiver: Receiver
) -> None:
    receiver.hold.clear()
    await server.ok("POST", CALL, ringing("ben"))
    await receiver.has(2)
    receiver.hold.set()
    await coordinator.settled()
    assert set(receiver.types()) == {"call.created", "call.ring"}


def strike(faults: Faults, kind: Kind, match: str = "", seconds: float = 0.0) -> None:
    faults.add(Fault(Road.STREAM_WEBHOOK, kind, match, seconds=seconds))


async def test_a_lost_delivery_is_never_made(
    coordinator: Coordinator, server: Api, faults: Faults, receiver: Receiver
) -> None:
    strike(faults, Kind.LOSE, "call.created")
    await server.ok("POST", CALL, ringing("ben"))
    await coordinator.settled()
    assert receiver.types() == ["call.ring"]
    assert [one.outcome for one in coordinator.webhooks] == ["lost", "delivered"]


async def test_a_duplicate_has_the_same_id(
    coordinator: Coordinator, server: Api, faults: Faults, receiver: Receiver
) -> None:
    strike(faults, Kind.DUPLICATE, "call.ring")
    await server.ok("POST", CALL, ringing("ben"))
    await coordinator.settled()
    assert receiver.types() == ["call.created", "call.ring", "call.ring"]
    assert receiver.hooks[1].headers["X-WEBHOOK-ID"] == receiver.hooks[2].headers["X-WEBHOOK-ID"]


async def test_a_late_duplicate_comes_when_the_clock_says(
    clock: SandboxClock, coordinator: Coordinator, server: Api, faults: Faults, receiver: Receiver
) -> None:
    strike(faults, Kind.LATE_DUPLICATE, "call.created", seconds=3600)
    await server.ok("POST", CALL, ringing("ben"))
    await coordinator.settled()
    assert receiver.types() == ["call.created", "call.ring"]
    clock.turn(timedelta(hours=1))
    await coordinator.settled()
    assert receiver.types().count("call.created") == 2


async def test_a_reordered_delivery_comes_after_the_next(
    coordinator: Coordinator, server: Api, faults: Faults, receiver: Receiver
) -> None:
    strike(faults, Kind.REORDER, "call.created")
    await server.ok("POST", CALL, ringing("ben"))
    await coordinator.settled()
    assert receiver.types() == ["call.ring", "call.created"]


async def test_a_delayed_delivery_comes_after_those_that_are_not(
    coordinator: Coordinator, server: Api, faults: Faults, receiver: Receiver
) -> None:
    strike(faults, Kind.DELAY, "call.created", seconds=0.2)
    await server.ok("POST", CALL, ringing("ben"))
    await coordinator.settled()
    assert receiver.types() == ["call.ring", "call.created"]


@pytest.mark.parametrize(
    ("kind", "attempts"),
    [(Kind.DROP_BEFORE, [2]), (Kind.DROP_AFTER, [1, 2]), (Kind.ERROR_500, [1, 2])],
    ids=["never arrived", "arrived, answer lost", "arrived, refused on the way back"],
)
async def test_a_dropped_delivery_is_tried_again(
    coordinator: Coordinator, server: Api, faults: Faults, receiver: Receiver, kind: Kind, attempts: list[int]
) -> None:
    strike(faults, kind, "call.ring")
    await server.ok("POST", CALL, ringing("ben"))
    await coordinator.settled()
    assert [one.attempt for one in receiver.hooks if one.event["type"] == "call.ring"] == attempts


async def test_garbage_is_signed_and_no_json(
    coordinator: Coordinator, server: Api, faults: Faults, receiver: Receiver
) -> None:
    strike(faults, Kind.GARBAGE, "call.created")
    await server.ok("POST", CALL, ringing("ben"))
    await coordinator.settled()
    with pytest.raises(ValueError, match="Expecting value"):
        json.loads(receiver.hooks[0].body)


async def test_anything_can_be_sent(coordinator: Coordinator, receiver: Receiver) -> None:
    await coordinator.send({"type": "call.of_the_future", "created_at": "2020-01-01T00:00:00Z"})
    await coordinator.send({"type": "x"}, signature="0" * 64, webhook_id="w1", attempt=3, headers={"X-Extra": "1"})
    await coordinator.send({}, body=b"not json", compress=True)
    first, second, third = receiver.hooks
    assert first.event["type"] == "call.of_the_future"
    assert (second.headers["X-SIGNATURE"], second.headers["X-WEBHOOK-ID"]) == ("0" * 64, "w1")
    assert (second.attempt, second.headers["X-Extra"]) == (3, "1")
    assert (third.body, third.headers["Content-Encoding"]) == (b"not json", "gzip")


async def test_a_watcher_hears_of_everything(coordinator: Coordinator, server: Api, receiver: Receiver) -> None:
    heard: list[str] = []
    stop = coordinator.watch(lambda kind, payload: heard.append(kind))
    await server.ok("POST", CALL, {"data": {"created_by_id": "ana"}})
    await coordinator.settled()
    assert sorted(heard) == ["event", "request", "webhook"]
    stop()
    await server.ok("GET", CALL)
    assert len(heard) == 3


async def test_faults_on_the_api(coordinator: Coordinator, server: Api, faults: Faults) -> None:
    await server.ok("POST", CALL, ringing("ben"))

    async def ends(kind: Kind) -> Any:
        faults.add(Fault(Road.STREAM_API, kind, "POST /api/v2/video/call/default/c1/mark_ended", seconds=2))
        return await server.ask("POST", f"{CALL}/mark_ended")

    for kind, status, code in ((Kind.TOO_MANY, 429, 9), (Kind.ERROR_500, 500, -1)):
        answer = await ends(kind)
        assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert (await ends(Kind.ERROR_503)).headers["Content-Type"].startswith("text/html")
    garbage = await ends(Kind.GARBAGE)
    assert garbage.status_code == 200
    with pytest.raises(ValueError, match="Unterminated"):
        garbage.json()
    assert coordinator.call(CID).ended_at is None


async def test_a_dropped_connection_before_and_after_the_work(
    coordinator: Coordinator, server: Api, faults: Faults
) -> None:
    await server.ok("POST", CALL, ringing("ben"))
    for kind, done in ((Kind.DROP_BEFORE, False), (Kind.DROP_AFTER, True)):
        faults.add(Fault(Road.STREAM_API, kind))
        with pytest.raises(httpx.RemoteProtocolError):
            await server.ask("POST", f"{CALL}/mark_ended")
        assert (coordinator.call(CID).ended_at is not None) is done
        assert coordinator.requests[-1].status is None
