"""Answers are read with the few fields that are used, whatever else Stream leaves out, nulls or adds."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from bot.stream import CallRequest, CallState
from bot.stream.models import Call, Timestamp, iso

patient = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])  # the machine may be busy
TIMESTAMP: TypeAdapter[datetime] = TypeAdapter(Timestamp)
MOMENT = datetime(2024, 8, 22, 11, 34, 15, 766084, UTC)
TIMES = {
    "nanoseconds": ("1724326455766084000", MOMENT),
    "nanoseconds as a float": ("1.724326455766084e18", MOMENT),
    "nine digits and Z": ('"2024-08-22T11:34:15.766084951Z"', MOMENT),
    "six digits and Z": ('"2024-08-22T11:34:15.766084Z"', MOMENT),
    "three digits": ('"2024-08-22T11:34:15.766Z"', MOMENT.replace(microsecond=766000)),
    "no fraction": ('"2024-08-22T11:34:15Z"', MOMENT.replace(microsecond=0)),
    "another zone": ('"2024-08-22T13:34:15.766084+02:00"', MOMENT),
    "the epoch": ("0", datetime(1970, 1, 1, tzinfo=UTC)),
}


@pytest.mark.parametrize("case", TIMES.values(), ids=TIMES.keys())
def test_a_time_is_read_in_either_form(case: tuple[str, datetime]) -> None:
    wire, expected = case
    read = TIMESTAMP.validate_json(wire)
    assert (read, read.utcoffset()) == (expected, timedelta())


@pytest.mark.parametrize(
    "wire",
    [
        '""',
        '"soon"',
        '"2024-08-22T11:34:15"',
        '"2024-08-22"',
        '"0001-01-01T00:00:00+14:00"',
        "true",
        "[]",
        "NaN",
        "1e300",
        "9" * 40,
    ],
)
def test_what_is_no_time_is_refused(wire: str) -> None:
    with pytest.raises(ValidationError):
        TIMESTAMP.validate_json(wire)


@patient
@given(st.datetimes(timezones=st.sampled_from([UTC, timezone(timedelta(hours=-9, minutes=30))])))
def test_a_time_we_write_is_the_time_we_read(when: datetime) -> None:
    try:
        written = iso(when)
    except OverflowError:
        return  # at the two ends of the calendar
    assert written.endswith("Z")
    assert TIMESTAMP.validate_json(f'"{written}"') == when


USER = {
    "id": "T1-UANA",
    "banned": False,
    "blocked_user_ids": [],
    "created_at": 1724326455766084000,
    "custom": {"slack_user_id": "UANA"},
    "language": "",
    "name": "Ana",
    "online": True,
    "role": "user",
    "teams": ["T1"],
}
FULL_CALL: dict[str, Any] = {
    "backstage": False,
    "blocked_user_ids": [],
    "captioning": False,
    "cid": "default:c1",
    "created_at": 1724326455766084000,
    "created_by": USER,
    "current_session_id": "s1",
    "custom": {"topic": "Lunch"},
    "egress": {"broadcasting": False, "hls": None, "rtmps": []},
    "ended_at": 1724326457711000000,
    "id": "c1",
    "ingress": {"rtmp": {"address": "rtmp://x"}},
    "recording": False,
    "session": {
        "accepted_by": {"T1-UBEN": 1724326455766084000},
        "anonymous_participant_count": 0,
        "ended_at": None,
        "id": "s1",
        "missed_by": {"T1-UDEE": 1724326455766084000},
        "participants": [{"joined_at": 1724326455766084000, "role": "user", "user": USER, "user_session_id": "us1"}],
        "participants_count_by_role": {"user": 1},
        "rejected_by": {"T1-UCY": "2024-08-22T11:34:15.766084Z"},
        "started_at": None,
    },
    "settings": {"ring": {"auto_cancel_timeout_ms": 15000}},
    "starts_at": None,
    "team": "T1",
    "thumbnails": None,
    "transcribing": False,
    "type": "default",
    "updated_at": 1724326455766084000,
}


def test_a_whole_call() -> None:
    call = Call.model_validate(FULL_CALL)
    assert (call.cid, call.type, call.id, call.team) == ("default:c1", "default", "c1", "T1")
    assert (call.starts_at, call.ended_at) == (None, datetime(2024, 8, 22, 11, 34, 17, 711000, UTC))
    assert call.session is not None
    assert call.session.accepted_by == {"T1-UBEN": MOMENT}
    assert call.session.rejected_by == {"T1-UCY": MOMENT}
    assert call.session.missed_by == {"T1-UDEE": MOMENT}
    (ana,) = call.session.participants
    assert (ana.user.id, ana.user.name, ana.user.custom) == ("T1-UANA", "Ana", {"slack_user_id": "UANA"})
    assert (ana.user_session_id, ana.joined_at) == ("us1", MOMENT)


BARE = {"cid": "default:c1", "id": "c1", "type": "default"}


def test_a_field_that_is_null_is_like_one_that_is_absent() -> None:
    nulls = {name: None for name in Call.model_fields if name not in BARE}
    assert Call.model_validate({**BARE, **nulls}) == Call.model_validate(BARE)
    session = {"accepted_by": None, "rejected_by": None, "missed_by": None, "participants": None, "id": None}
    assert Call.model_validate({**BARE, "session": session}) == Call.model_validate({**BARE, "session": {}})
    state = {"call": BARE, "members": None}
    assert CallState.model_validate(state) == CallState.model_validate({"call": BARE})


def test_a_call_without_a_team_has_an_empty_one() -> None:
    assert Call.model_validate({**BARE, "team": ""}).team is None


@pytest.mark.parametrize("missing", ["cid", "id", "type"])
def test_what_names_a_call_must_be_there(missing: str) -> None:
    with pytest.raises(ValidationError, match=missing):
        Call.model_validate({**FULL_CALL, missing: None})


def test_an_error_keeps_what_it_read_to_itself() -> None:
    with pytest.raises(ValidationError) as caught:
        Call.model_validate({**FULL_CALL, "session": {"participants": [{"user": {"name": "a private name"}}]}})
    assert "a private name" not in str(caught.value)


def test_values_are_frozen() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        Call.model_validate(BARE).team = "T2"
    with pytest.raises(AttributeError):
        CallRequest("T1-UANA").team = "T2"  # type: ignore[misc]
