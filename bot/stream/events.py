"""From the bytes of one webhook to what it says: pure, and the order in which they come means nothing.

Stream delivers at least once and in any order. So every event keeps the `call` it carries, whose session says
who has accepted, rejected and missed so far: states are merged, never replayed.
https://getstream.io/video/docs/api/webhooks/overview/
"""

import hashlib
import hmac
import zlib
from typing import Annotated, Any

from pydantic import AliasPath, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError
from pydantic_core import from_json

from .models import Call, MaybeId, Text, Timestamp

ONE_MIB = 1 << 20
GZIP = b"\x1f\x8b"
WEBHOOK_ID = "x-webhook-id"
LONGEST_ID = 200


class Malformed(Exception):
    """These bytes are not an event of Stream's."""


class TooLarge(Exception):
    """The body, inflated, is larger than an event can be."""


def inflate(body: bytes, content_encoding: str | None = None, limit: int = ONE_MIB) -> bytes:
    """The body as it was signed, refused beyond `limit` bytes without inflating the rest.

    Its first bytes decide, not the header: a proxy on the way may have inflated the body and left the header.
    """
    if not body.startswith(GZIP):
        if (content_encoding or "").strip().lower() not in ("", "identity", "gzip"):
            raise Malformed("Stream compresses with gzip alone")
        if len(body) > limit:
            raise TooLarge
        return body
    stream = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16)
    try:
        plain = stream.decompress(body, limit + 1)
    except zlib.error:
        raise Malformed("broken gzip") from None
    if len(plain) > limit:
        raise TooLarge
    if not stream.eof or stream.unused_data:
        raise Malformed("gzip that is cut off, or followed by something")
    return plain


def verify(body: bytes, signature: str | None, secret: str) -> bool:
    """Whether `signature` (X-SIGNATURE) is Stream's under this inflated body."""
    expected = hmac.digest(secret.encode(), body, "sha256").hex()
    return hmac.compare_digest(expected.encode(), (signature or "").encode(errors="replace"))


def delivery_key(named: str, body: bytes) -> str:
    """What all deliveries of one event have in common: X-WEBHOOK-ID, else the hash of the inflated body."""
    named = named.strip()
    return named if named.isascii() and 0 < len(named) <= LONGEST_ID else hashlib.sha256(body).hexdigest()


def read(body: bytes) -> dict[str, Any]:
    """An inflated body as JSON. Raises Malformed where it is no event of any type."""
    try:
        raw = from_json(body, allow_inf_nan=False, cache_strings="keys")  # Few values are seen twice.
    except ValueError:
        raise Malformed("not JSON") from None
    if not isinstance(raw, dict) or not isinstance(kind := raw.get("type"), str) or not kind:
        raise Malformed("an event is an object with a type")
    return raw


def parse(body: bytes) -> "Event":
    """What an inflated body says. Raises Malformed, and nothing else; a type that is not known is Unknown."""
    raw = read(body)
    if (kind := raw["type"]) not in _KNOWN:
        cid = raw.get("call_cid")
        return Unknown(type=kind, cid=cid if isinstance(cid, str) else None)
    try:
        return _KNOWN[kind].model_validate(raw)
    except ValidationError as error:
        wrong = error.errors(include_input=False, include_url=False, include_context=False)[0]
        raise Malformed(f"{kind}: {'.'.join(map(str, wrong['loc']))}: {wrong['msg']}") from None


def _ids(value: object) -> object:
    """Members come as objects, of which we keep the ids."""
    if not isinstance(value, list | tuple):
        return () if value is None else value
    return tuple(member.get("user_id") if isinstance(member, dict) else member for member in value)


Ids = Annotated[tuple[str, ...], BeforeValidator(_ids)]


def _of(*path: str) -> Any:
    return Field(validation_alias=AliasPath(path[0], *path[1:]))


def _maybe_of(*path: str) -> Any:
    return Field(default=None, validation_alias=AliasPath(path[0], *path[1:]))


class Event(BaseModel):
    """Something that happened at Stream."""

    model_config = ConfigDict(
        frozen=True, extra="ignore", validate_by_name=True, validate_by_alias=True, hide_input_in_errors=True
    )
    type: str


class Unknown(Event):
    """An event that means nothing to us, whatever else is in it: new types may appear at any time."""

    cid: str | None = None


class CallEvent(Event):
    """Something that happened to one call, and that call as it then was (some events come without it)."""

    cid: str = Field(validation_alias="call_cid")
    at: Timestamp = Field(validation_alias="created_at")
    call: Call | None = None


class Deleted(CallEvent):
    type: str = "call.deleted"


class Accepted(CallEvent):
    type: str = "call.accepted"
    user_id: str = _of("user", "id")


class Rejected(CallEvent):
    """Said by the call's creator it means that the ring is cancelled. `reason` may be any text."""

    type: str = "call.rejected"
    user_id: str = _of("user", "id")
    reason: MaybeId = None


class Missed(CallEvent):
    """These people did not answer in time. The caller may be among them."""

    type: str = "call.missed"
    user_ids: Ids = Field(validation_alias="members")
    session_id: MaybeId = None


class SessionEnded(CallEvent):
    """The last person left, some time ago."""

    type: str = "call.session_ended"
    session_id: str


class ParticipantEvent(CallEvent):
    """One connection of a user to the session."""

    user_id: str = _of("participant", "user", "id")
    session_id: str
    user_session_id: Text = _of("participant", "user_session_id")
    joined_at: Timestamp | None = _maybe_of("participant", "joined_at")


class ParticipantJoined(ParticipantEvent):
    type: str = "call.session_participant_joined"


class ParticipantLeft(ParticipantEvent):
    type: str = "call.session_participant_left"
    reason: MaybeId = None


class Ended(CallEvent):
    """Over for everyone. Nobody is named where a server or a time-out did it."""

    type: str = "call.ended"
    user_id: MaybeId = _maybe_of("user", "id")
    reason: MaybeId = None


_KNOWN: dict[str, type[CallEvent]] = {
    event.model_fields["type"].default: event
    for event in (
        Deleted,
        Accepted,
        Rejected,
        Missed,
        SessionEnded,
        ParticipantJoined,
        ParticipantLeft,
        Ended,
    )
}
