"""Stream Video's documented HTTP API, as far as ringing needs it: a method per operation, in its own words.

https://getstream.io/video/docs/api/
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, Self

import httpx

from .errors import StreamRefused
from .http import Http, Observe, path_to
from .models import (
    A,
    Answer,
    App,
    AppAnswer,
    CallRequest,
    CallState,
    CallType,
    MemberRequest,
    Page,
    Rung,
    User,
    given,
    iso,
)
from .tokens import server_token, user_token

BASE_URL = "https://video.stream-io-api.com"
USERS_AT_ONCE = 100
RUNG_AT_ONCE = 25  # what RingCall takes in one request
WRONG_INPUT = 4  # Stream's code: https://getstream.io/chat/docs/api_errors_response


class StreamClient:
    """Stream, as this app may use it. Methods raise StreamRefused or StreamUnavailable; none asks twice."""

    def __init__(
        self,
        *,
        api_key: str,
        api_secret: str,
        base_url: str = BASE_URL,
        timeout: float = 6.0,
        http: httpx.AsyncClient | None = None,
        observe: Observe | None = None,
    ) -> None:
        self._secret = api_secret
        self._http = Http(api_key=api_key, base_url=base_url, timeout=timeout, http=http, observe=observe)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        await self._http.aclose()

    # With the server's own token

    async def upsert_users(self, users: Sequence[User]) -> None:
        """Make these users exist, as they are given here: a call may only name users that do."""
        for start in range(0, len(users), USERS_AT_ONCE):
            batch = {user.id: user.body() for user in users[start : start + USERS_AT_ONCE]}
            await self._post("UpdateUsers", "/users", Answer, {"users": batch})

    async def get_or_create_call(
        self,
        type: str,
        id: str,
        *,
        data: CallRequest,
        ring: bool = False,
        notify: bool = False,
        video: bool | None = None,
        members_limit: int = 100,
    ) -> CallState:
        """The call of this id, created if it is new. `ring` and `notify` act in either case, each time."""
        body = given(
            data=data.body(),
            ring=ring or None,
            notify=notify or None,
            video=video,
            members_limit=members_limit,
        )
        return await self._post("GetOrCreateCall", _call(type, id), CallState, body)

    async def get_call(
        self,
        type: str,
        id: str,
        *,
        ring: bool = False,
        notify: bool = False,
        video: bool | None = None,
        members_limit: int = 100,
    ) -> CallState:
        """The call as it is; with `ring` or `notify` its members are told once more."""
        query = {
            name: str(value).lower()
            for name, value in given(
                members_limit=members_limit, ring=ring or None, notify=notify or None, video=video
            ).items()
        }
        return await self._http.ask("GetCall", "GET", _call(type, id), CallState, token=self._server(), query=query)

    async def update_call(
        self,
        type: str,
        id: str,
        *,
        starts_at: datetime | None = None,
        custom: Mapping[str, Any] | None = None,
    ) -> CallState:
        """Change what is given; what is None stays as it was."""
        body = given(starts_at=iso(starts_at) if starts_at else None, custom=custom)
        return await self._http.ask("UpdateCall", "PATCH", _call(type, id), CallState, token=self._server(), body=body)

    async def ring_call(
        self, type: str, id: str, *, members_ids: Sequence[str], video: bool | None = None
    ) -> list[str]:
        """Ring these members, 25 at most; returns those it did ring: nobody who is already in the call."""
        if len(members_ids) > RUNG_AT_ONCE:
            raise ValueError(f"Stream rings {RUNG_AT_ONCE} members at a time, not {len(members_ids)}")
        if not members_ids:
            return []  # an empty list would mean: everyone who is absent
        body = given(members_ids=list(members_ids), video=video)
        try:
            return list((await self._post("RingCall", _call(type, id, "ring"), Rung, body)).members_ids)
        except StreamRefused as refused:
            if refused.code == WRONG_INPUT and "no users to ring" in refused.message:
                return []
            raise

    async def update_call_members(
        self,
        type: str,
        id: str,
        *,
        update_members: Sequence[MemberRequest] = (),
        remove_members: Sequence[str] = (),
    ) -> None:
        """Add or change members, and remove others."""
        if not update_members and not remove_members:
            return
        body = given(
            update_members=[member.body() for member in update_members] or None,
            remove_members=list(remove_members) or None,
        )
        await self._post("UpdateCallMembers", _call(type, id, "members"), Answer, body)

    async def end_call(self, type: str, id: str) -> None:
        """End it for everyone, for good."""
        await self._post("EndCall", _call(type, id, "mark_ended"), Answer)

    async def kick_user(self, type: str, id: str, *, user_id: str) -> None:
        """Disconnect all of a user's sessions in this call. They may come back."""
        body = {"user_id": user_id, "block": False}
        await self._post("KickUser", _call(type, id, "kick"), Answer, body)

    async def query_calls(
        self,
        filter_conditions: Mapping[str, Any],
        *,
        limit: int = 100,
        next: str | None = None,
    ) -> Page:
        """One page of the calls that fit the filter. Times in it are written as Stream reads them."""
        body = given(filter_conditions=filter_conditions, limit=limit, next=next)
        return await self._post("QueryCalls", "/video/calls", Page, body)

    async def get_app(self) -> App:
        """The app's settings."""
        return (await self._http.ask("GetApp", "GET", "/app", AppAnswer, token=self._server())).app

    async def get_call_type(self, name: str) -> CallType:
        """A call type, as it is set up."""
        path = "/video/calltypes" + path_to(name)
        return await self._http.ask("GetCallType", "GET", path, CallType, token=self._server())

    # As a person: Stream offers these to nobody else

    async def accept_call(self, type: str, id: str, *, user_id: str) -> None:
        """Say for this user that they take the call. It does not join them to it."""
        await self._as_person("AcceptCall", user_id, _call(type, id, "accept"))

    async def reject_call(self, type: str, id: str, *, user_id: str, reason: str | None) -> None:
        """Say for this user that they do not take the call; said by its creator, it cancels the ring."""
        await self._as_person("RejectCall", user_id, _call(type, id, "reject"), given(reason=reason))

    async def _post(self, operation: str, path: str, answer: type[A], body: Mapping[str, Any] | None = None) -> A:
        return await self._http.ask(operation, "POST", path, answer, token=self._server(), body=body)

    async def _as_person(self, operation: str, user_id: str, path: str, body: Mapping[str, Any] | None = None) -> None:
        token = user_token(self._secret, user_id, datetime.now(UTC))
        await self._http.ask(operation, "POST", path, Answer, token=token, body=body, as_person=True)

    def _server(self) -> str:
        return server_token(self._secret, datetime.now(UTC))


def _call(type: str, id: str, *verb: str) -> str:
    return "/video/call" + path_to(type, id, *verb)
