"""Webhooks: what is Stream's is read whole, what is not is refused, and nothing else ever comes out."""

import gzip
import hashlib
import hmac
import json
import zlib
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.stream import events
from bot.stream.events import CallEvent, Malformed, TooLarge, Unknown, delivery_key, inflate, parse, verify

patient = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])  # the machine may be busy
CID = "default:esJPeexho8md"
WHEN = "2023-11-14T14:49:14.142187951Z"
AT = datetime(2023, 11, 14, 14, 49, 14, 142187, UTC)
NANOSECONDS = 1699973354142187951


def user(id: str) -> dict[str, Any]:
    """UserResponse, with all it requires."""
    return {
        "id": id,
        "banned": False,
        "blocked_user_ids": [],
        "created_at": WHEN,
        "custom": {},
        "invisible": False,
        "language": "",
        "online": False,
        "role": "user",
        "shadow_banned": False,
        "teams": [],
        "updated_at": WHEN,
    }


def member(id: str) -> dict[str, Any]:
    return {"user_id": id, "user": user(id), "custom": {}, "created_at": WHEN, "updated_at": WHEN}


ANA, BEN, CY = "T1-UANA", "T1-UBEN", "T1-UCY"
SESSION = {
    "id": "s1",
    "accepted_by": {BEN: WHEN},
    "rejected_by": {CY: WHEN},
    "missed_by": {},
    "participants": [],
    "participants_count_by_role": {},
    "anonymous_participant_count": 0,
    "started_at": None,
    "ended_at": WHEN,
}
CALL = {
    "cid": CID,
    "id": "esJPeexho8md",
    "type": "default",
    "backstage": False,
    "blocked_user_ids": [],
    "captioning": False,
    "created_at": WHEN,
    "created_by": user(ANA),
    "current_session_id": "s1",
    "custom": {"topic": "Lunch"},
    "egress": {"broadcasting": False, "rtmps": []},
    "ended_at": WHEN,
    "ingress": {},
    "recording": False,
    "session": SESSION,
    "settings": {"ring": {"auto_cancel_timeout_ms": 15000}},
    "transcribing": False,
    "translating": False,
    "updated_at": WHEN,
}
PARTICIPANT = {"joined_at": WHEN, "role": "user", "user": user(BEN), "user_session_id": "us1"}

# type → (what stands in it beside type, call_cid and created_at; the class; what must come out)
EVENTS: dict[str, tuple[dict[str, Any], type[CallEvent], dict[str, Any]]] = {
    "call.deleted": ({"call": CALL}, events.Deleted, {}),
    "call.accepted": ({"call": CALL, "user": user(BEN)}, events.Accepted, {"user_id": BEN}),
    "call.rejected": (
        {"call": CALL, "user": user(CY), "reason": "in a meeting"},
        events.Rejected,
        {"user_id": CY, "reason": "in a meeting"},
    ),
    "call.missed": (
        {
            "call": CALL,
            "members": [member(BEN), member(CY)],
            "notify_user": True,
            "session_id": "s1",
            "user": user(ANA),
        },
        events.Missed,
        {"user_ids": (BEN, CY), "session_id": "s1"},
    ),
    "call.session_ended": ({"call": CALL, "session_id": "s1"}, events.SessionEnded, {"session_id": "s1"}),
    "call.session_participant_joined": (
        {"participant": PARTICIPANT, "session_id": "s1"},
        events.ParticipantJoined,
        {"user_id": BEN, "session_id": "s1", "user_session_id": "us1", "joined_at": AT, "call": None},
    ),
    "call.session_participant_left": (
        {"participant": PARTICIPANT, "session_id": "s1", "duration_seconds": 42, "reason": "kicked"},
        events.ParticipantLeft,
        {
            "user_id": BEN,
            "session_id": "s1",
            "user_session_id": "us1",
            "reason": "kicked",
        },
    ),
    "call.ended": (
        {"call": CALL, "members": [member(BEN)], "reason": "ended", "user": user(ANA)},
        events.Ended,
        {"user_id": ANA, "reason": "ended"},
    ),
}


def body(kind: str, **fields: Any) -> bytes:
    return json.dumps({"type": kind, "call_cid": CID, "created_at": WHEN, **fields}).encode()


@pytest.mark.parametrize("kind", EVENTS)
def test_each_event_is_read(kind: str) -> None:
    fields, expected_class, expected = EVENTS[kind]
    event = parse(body(kind, **fields))
    assert type(event) is expected_class
    assert (event.type, event.cid, event.at) == (kind, CID, AT)
    assert {name: getattr(event, name) for name in expected} == expected


@pytest.mark.parametrize("kind", [kind for kind, (fields, _, _) in EVENTS.items() if "call" in fields])
def test_the_state_of_the_call_comes_along(kind: str) -> None:
    event = parse(body(kind, **EVENTS[kind][0]))
    assert isinstance(event, CallEvent)
    assert event.call is not None
    assert event.call.session is not None
    assert (event.call.session.accepted_by, event.call.session.rejected_by) == ({BEN: AT}, {CY: AT})
    assert (event.call.session.ended_at, event.call.ended_at) == (AT, AT)


@pytest.mark.parametrize("kind", EVENTS)
def test_nanoseconds_mean_the_same(kind: str) -> None:
    fields = json.loads(json.dumps(EVENTS[kind][0]).replace(f'"{WHEN}"', str(NANOSECONDS)))
    assert parse(body(kind, **{**fields, "created_at": NANOSECONDS})) == parse(body(kind, **EVENTS[kind][0]))


@pytest.mark.parametrize("kind", EVENTS)
def test_fields_that_are_new_do_no_harm(kind: str) -> None:
    assert parse(body(kind, **EVENTS[kind][0], brand_new={"deep": [1]})) == parse(body(kind, **EVENTS[kind][0]))


def test_every_known_event_is_tried_here() -> None:
    assert set(EVENTS) == set(events._KNOWN)


@pytest.mark.parametrize("ender", [{}, {"user": None}, {"user": {"id": ""}}])
def test_a_call_that_nobody_ended(ender: dict[str, Any]) -> None:
    event = parse(body("call.ended", call={**CALL, "session": None}, members=None, reason="", **ender))
    assert isinstance(event, events.Ended)
    assert (event.user_id, event.reason) == (None, None)


def test_members_may_come_as_ids_or_whole() -> None:
    event = parse(body("call.missed", call=CALL, members=[BEN, member(CY)]))
    assert isinstance(event, events.Missed)
    assert event.user_ids == (BEN, CY)


def test_an_event_can_be_written_by_name() -> None:
    written = events.Rejected(cid=CID, at=AT, user_id=BEN, reason="busy")
    assert parse(body("call.rejected", user=user(BEN), reason="busy")) == written


@pytest.mark.parametrize(
    "raw",
    [
        {"type": "call.recording_ready", "call_cid": CID, "created_at": WHEN, "egress_id": "e"},
        {"type": "call.session_participant_count_updated", "call_cid": CID, "session_id": "s1"},
        {"type": "user.updated", "created_at": WHEN, "user": user(ANA), "custom": {}},
        {"type": "export.users.success", "created_at": WHEN, "url": "https://x"},
        {"type": "call.not_yet_invented", "call_cid": ["no", "text"]},
        {"type": "custom", "call_cid": CID, "custom": {"members": 1}, "user": "ana"},
        {"type": "call.ring", "call_cid": CID, "call": "c1", "members": [1], "video": {}},
        {"type": "call.updated", "call_cid": CID, "call": {"session": []}},
    ],
    ids=lambda raw: str(raw["type"]),
)
def test_what_means_nothing_to_us_passes_whatever_is_in_it(raw: dict[str, Any]) -> None:
    event = parse(json.dumps(raw).encode())
    assert isinstance(event, Unknown)
    cid = raw.get("call_cid")
    assert (event.type, event.cid) == (raw["type"], cid if isinstance(cid, str) else None)


MALFORMED = {
    "empty": b"",
    "not JSON": b"<html>",
    "cut off": body("call.accepted", user=user(BEN))[:-1],
    "two at once": body("call.deleted") * 2,
    "not UTF-8": b'{"type": "\xff"}',
    "half a character": b'{"type": "\\ud800"}',
    "too deep": b"[" * 100_000,
    "a number out of JSON": b'{"type": "x", "n": NaN}',
    "a list": b"[]",
    "null": b"null",
    "no type": b"{}",
    "an empty type": b'{"type": ""}',
    "a type that is a list": b'{"type": []}',
    "no user": body("call.accepted", call=CALL),
    "a null user": body("call.accepted", call=CALL, user=None),
    "a user that is text": body("call.accepted", call=CALL, user="ana"),
    "a user without an id": body("call.rejected", call=CALL, user={"id": None}),
    "no cid": body("call.ended", call_cid=None),
    "no time": body("call.ended", created_at=None),
    "a time that is none": body("call.ended", created_at="soon"),
    "a time beyond the calendar": body("call.ended", created_at=10**40),
    "a call that is text": body("call.deleted", call="c1"),
    "a session that is a list": body("call.deleted", call={**CALL, "session": []}),
    "answers that are a list": body("call.deleted", call={**CALL, "session": {"accepted_by": [BEN]}}),
    "members that are numbers": body("call.missed", call=CALL, user=user(ANA), members=[1]),
    "members without ids": body("call.missed", call=CALL, user=user(ANA), members=[{}]),
    "no session": body("call.session_ended", call=CALL),
}


@pytest.mark.parametrize("raw", MALFORMED.values(), ids=MALFORMED.keys())
def test_what_is_not_streams_is_malformed(raw: bytes) -> None:
    with pytest.raises(Malformed):
        parse(raw)


def test_malformed_says_where_but_not_what() -> None:
    with pytest.raises(Malformed, match=r"call\.accepted: user\.id") as caught:
        parse(body("call.accepted", user={"id": 7, "name": "a private name"}))
    assert "private" not in str(caught.value)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)
FIELDS = st.sampled_from(["call", "user", "members", "session_id", "participant", "reason", "call_cid", "created_at"])


def read_or_refuse(raw: bytes) -> None:
    try:
        event = parse(raw)
    except Malformed:
        return
    assert event.type


@patient
@given(st.binary())
def test_no_bytes_raise_anything_but_malformed(raw: bytes) -> None:
    read_or_refuse(raw)


@patient
@given(st.sampled_from(sorted(EVENTS)), st.dictionaries(FIELDS, JSON))
def test_no_field_raises_anything_but_malformed(kind: str, wrong: dict[str, Any]) -> None:
    read_or_refuse(body(kind, **{**EVENTS[kind][0], **wrong}))


@patient
@given(st.sampled_from(sorted(EVENTS)), st.sampled_from(["call", "session", "participant", "user"]), FIELDS, JSON)
def test_no_depth_raises_anything_but_malformed(kind: str, where: str, name: str, wrong: Any) -> None:
    inside: dict[str, Any] = {name: wrong, "session": {"accepted_by": wrong, "participants": wrong}}
    read_or_refuse(body(kind, **{**EVENTS[kind][0], where: inside}))


# The body as it comes over the wire

PLAIN = body("call.accepted", call=CALL, user=user(BEN))
PACKED = gzip.compress(PLAIN)


@pytest.mark.parametrize("encoding", [None, "", "gzip", "identity", "GZIP "])
@pytest.mark.parametrize("wire", [PLAIN, PACKED], ids=["plain", "packed"])
def test_a_body_is_inflated_by_what_it_is(wire: bytes, encoding: str | None) -> None:
    assert inflate(wire, encoding) == PLAIN


@pytest.mark.parametrize(
    ("wire", "encoding"),
    [
        (PACKED[:-1], "gzip"),
        (PACKED[:20], "gzip"),
        (PACKED + b"more", "gzip"),
        (PACKED[:10] + b"\0" * 40, "gzip"),
        (PACKED[:-8] + b"\0" * 8, "gzip"),
        (b"\x1f\x8b", None),
        (PLAIN, "br"),
        (zlib.compress(PLAIN), "deflate"),
    ],
    ids=["cut", "cut short", "followed", "broken", "wrong sum", "magic alone", "br", "deflate"],
)
def test_what_cannot_be_inflated_is_malformed(wire: bytes, encoding: str | None) -> None:
    with pytest.raises(Malformed):
        inflate(wire, encoding)


@patient
@given(st.binary(max_size=200))
def test_inflating_raises_nothing_else(tail: bytes) -> None:
    try:
        inflate(PACKED[:12] + tail, "gzip")
    except Malformed:
        return


@pytest.mark.parametrize("size", [1 << 20, (1 << 20) + 1])
def test_the_limit_is_a_mebibyte_packed_or_not(size: int) -> None:
    for wire in (b"a" * size, gzip.compress(b"a" * size)):
        if size > 1 << 20:
            with pytest.raises(TooLarge):
                inflate(wire)
        else:
            assert inflate(wire) == b"a" * size


def test_a_bomb_is_refused_before_it_is_inflated() -> None:
    """The rest of this one is not even gzip, which only one who inflates it whole would notice."""
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    bomb = packer.compress(b"\0" * (1 << 25)) + packer.flush(zlib.Z_SYNC_FLUSH) + b"\xff" * 1000
    assert len(bomb) < 1 << 16
    with pytest.raises(Malformed):
        inflate(bomb, limit=1 << 26)
    with pytest.raises(TooLarge):
        inflate(bomb)


SECRET = "a-secret-of-the-length-that-stream-gives-to-each-of-its-apps"
SIGNED = hmac.new(SECRET.encode(), PLAIN, hashlib.sha256).hexdigest()


def test_streams_signature_is_known() -> None:
    assert verify(PLAIN, SIGNED, SECRET)
    assert verify(inflate(PACKED, "gzip"), SIGNED, SECRET)


def test_a_signature_as_documented() -> None:
    """HMAC-SHA256 by its published test vector: https://www.rfc-editor.org/rfc/rfc4231#section-4.3"""
    vector = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
    assert verify(b"what do ya want for nothing?", vector, "Jefe")


@pytest.mark.parametrize(
    "signature",
    [None, "", "0" * 64, SIGNED[:-1], SIGNED + "0", SIGNED.upper(), f" {SIGNED}", "ü", "\udc80", "\ud800"],
)
def test_any_other_signature_is_not(signature: str | None) -> None:
    assert not verify(PLAIN, signature, SECRET)


def test_another_body_or_secret_does_not_fit() -> None:
    assert not verify(PLAIN + b" ", SIGNED, SECRET)
    assert not verify(PLAIN, SIGNED, SECRET[:-1])


def test_a_delivery_is_known_by_its_id() -> None:
    assert delivery_key(" w1", PLAIN) == "w1"


@pytest.mark.parametrize("named", ["", " ", "w" * 201, "ü", "\udc80"])
def test_else_by_its_body(named: str) -> None:
    assert delivery_key(named, PLAIN) == hashlib.sha256(PLAIN).hexdigest()
    assert delivery_key(named, PLAIN) != delivery_key(named, PLAIN + b" ")
