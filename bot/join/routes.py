"""The addresses of the join page. A GET shows and changes nothing; what counts are the page's own POSTs.

GET  /join/{token}                     the page, or why this link opens nothing (any more)
POST /join/{token}                     accept, if they are being rung, and exchange the link for a cookie
POST /join/{token}/again               send its owner a new one in Slack
GET  /join/call/{id}/{seat}            the page, for the browser with the cookie
POST /join/call/{id}/{seat}            who they are and how Stream is reached
POST /join/call/{id}/{seat}/token      a fresh token for Stream
POST /join/call/{id}/{seat}/accept     they take this call, which rings them once more
POST /join/call/{id}/{seat}/other      {"call_id"}: they take another call; its address
POST /join/call/{id}/{seat}/again      send its owner a new link in Slack
GET  /join/page/{file}                 what the page is made of
"""

import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import structlog
from aiohttp import web

from bot.call.values import CallKind, CallStatus, EndReason, MemberState
from bot.join.html import Html, files, origin
from bot.join.links import COOKIE_LIVES, Entered, JoinLinks, Problem, Seat
from bot.ledger import Ledger, patience
from bot.stream.client import BASE_URL
from bot.stream.tokens import user_token

log = structlog.get_logger()

TOKEN_LIVES = timedelta(minutes=10)
"""The browser asks for another before; a token that leaks is soon worth nothing."""
TOKEN = r"{token:[A-Za-z0-9_-]{43}}"
PLACE = r"/join/call/{id:[A-Za-z0-9_-]{1,64}}/{seat:[0-9a-f]{12}}"
STATUS = {
    Problem.UNKNOWN: 404,
    Problem.USED: 410,
    Problem.EXPIRED: 410,
    Problem.OVER: 410,
    Problem.NOT_YOURS: 403,
    Problem.NOT_YET: 503,
}
SECONDS_TO_ANSWER = 5.0
"""How long a browser waits for the ledger, before its person is asked to try again."""
COOKIES_AT_MOST = 40
"""One for each call of half a day. With three times as many a browser's request would be too large to be read."""

_OVER = {
    EndReason.ENDED: "It was ended for all.",
    EndReason.LEFT: "Everybody has left.",
    EndReason.CANCELLED: "It was cancelled.",
    EndReason.REJECTED: "Everybody declined.",
    EndReason.MISSED: "Nobody answered in time.",
    EndReason.NOT_JOINED: "Nobody joined.",
    EndReason.NOT_RUNG: "Nobody was rung.",
    EndReason.REFUSED: "It could not be made.",
}

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass
class JoinPage:
    """The built-in place to join calls, as the web server mounts it."""

    links: JoinLinks
    ledger: Ledger
    api_key: str
    api_secret: str
    stream_base_url: str
    sdk_url: str
    public_url: str
    """Empty: whatever address the browser came by."""
    _below: str = field(init=False)
    _origin: str = field(init=False)
    _html: Html = field(init=False)
    _files: dict[str, tuple[str, str]] = field(init=False)

    def __post_init__(self) -> None:
        self._below = urlsplit(self.public_url).path
        self._origin = origin(self.public_url) if self.public_url else ""
        self._html = Html(sdk_url=self.sdk_url, stream_base_url=self.stream_base_url, below=self._below)
        self._files = files()

    def routes(self) -> list[web.RouteDef]:
        gets: dict[str, Handler] = {
            "/join/page/{file}": self._file,
            f"/join/{TOKEN}": self._show_link,
            PLACE: self._show_place,
        }
        posts: dict[str, Handler] = {
            f"/join/{TOKEN}": self._enter,
            f"/join/{TOKEN}/again": self._again_by_link,
            PLACE: self._session,
            f"{PLACE}/token": self._fresh_token,
            f"{PLACE}/accept": self._accept,
            f"{PLACE}/other": self._other,
            f"{PLACE}/again": self._again_by_place,
        }
        return [
            *(web.get(path, self._guarded(show)) for path, show in gets.items()),
            *(web.post(path, self._guarded(act, own_page=True)) for path, act in posts.items()),
            web.get("/join/{unknown:.*}", self._guarded(self._nowhere)),
        ]

    def _guarded(self, handle: Handler, *, own_page: bool = False) -> Handler:
        """With our headers, also where it fails; `own_page`: only for what our own page asks."""

        async def guarded(request: web.Request) -> web.StreamResponse:
            if own_page and not self._is_our_page(request):
                answer: web.StreamResponse = _json({"problem": "not_our_page"}, 403)
            else:
                answer = await _well(handle, request)
            for name, value in self._html.headers.items():
                answer.headers.setdefault(name, value)
            return answer

        return guarded

    def _is_our_page(self, request: web.Request) -> bool:
        """Browsers say where a POST comes from: another site's is not ours, nor is one that does not say."""
        ours = self._origin or f"{request.scheme}://{request.host}"
        site = request.headers.get("Sec-Fetch-Site", "same-origin")
        return site == "same-origin" and request.headers.get("Origin") == ours

    # --- what is shown

    async def _file(self, request: web.Request) -> web.StreamResponse:
        found = self._files.get(request.match_info["file"])
        if found is None:
            return web.Response(status=404, text="not found")
        text, kind = found
        return web.Response(text=text, content_type=kind, charset="utf-8", headers={"Cache-Control": "no-cache"})

    async def _show_link(self, request: web.Request) -> web.StreamResponse:
        token = request.match_info["token"]
        found = await self.links.look(token)
        if found.problem in (None, Problem.NOT_YET):
            return _page(self._html.join)
        return await self._refused(request, found.problem, found.seat, again=f"{self._below}/join/{token}/again")

    async def _show_place(self, request: web.Request) -> web.StreamResponse:
        if await self._sitting(request):
            return _page(self._html.join)
        owner = await self.links.owner(request.match_info["id"], request.match_info["seat"])
        again = f"{self._below}{request.path}/again"
        return await self._refused(request, Problem.NOT_YOURS, owner, again=again)

    async def _refused(
        self, request: web.Request, problem: Problem, owner: Seat | None, *, again: str
    ) -> web.StreamResponse:
        if owner is None:
            return _page(self._html.refused(Problem.UNKNOWN), STATUS[problem])
        if owner.call.is_over:
            return _page(self._html.refused(Problem.OVER), STATUS[problem])
        back = self._place(owner) if await self.links.seat(_cookie(request, owner.id), owner.call.id, owner.id) else ""
        return _page(self._html.refused(problem, back=back, again=again), STATUS[problem])

    async def _nowhere(self, request: web.Request) -> web.StreamResponse:
        return _page(self._html.refused(Problem.UNKNOWN), 404)

    # --- what the page asks

    async def _enter(self, request: web.Request) -> web.StreamResponse:
        entered = await self.links.enter(request.match_info["token"])
        if isinstance(entered, Problem):
            return _problem(entered)
        answer = _json(await self._told(entered.seat))
        if entered.cookie:
            self._give(answer, entered, request)
        return answer

    async def _session(self, request: web.Request) -> web.StreamResponse:
        seat = await self._sitting(request)
        return _json(await self._told(seat)) if seat else _problem(Problem.NOT_YOURS)

    async def _fresh_token(self, request: web.Request) -> web.StreamResponse:
        seat = await self._sitting(request)
        if seat is None:
            return _problem(Problem.NOT_YOURS)
        return _problem(Problem.OVER) if seat.call.is_over else _json({"token": self._token(seat)})

    async def _accept(self, request: web.Request) -> web.StreamResponse:
        seat = await self._sitting(request)
        if seat is None:
            return _problem(Problem.NOT_YOURS)
        if not seat.call.is_over:
            await self.links.comes(seat)
        return _json({})

    async def _other(self, request: web.Request) -> web.StreamResponse:
        seat = await self._sitting(request)
        if seat is None:
            return _problem(Problem.NOT_YOURS)
        entered = await self.links.another(seat, await _call_id(request))
        if entered is None:
            return _problem(Problem.UNKNOWN)
        answer = _json({"at": self._place(entered.seat)})
        self._give(answer, entered, request)
        return answer

    async def _again_by_link(self, request: web.Request) -> web.StreamResponse:
        return await self._again((await self.links.look(request.match_info["token"])).seat)

    async def _again_by_place(self, request: web.Request) -> web.StreamResponse:
        return await self._again(await self.links.owner(request.match_info["id"], request.match_info["seat"]))

    async def _again(self, seat: Seat | None) -> web.StreamResponse:
        if seat is None or seat.call.is_over:
            return _problem(Problem.UNKNOWN)
        wait = await self.links.send_anew(seat)
        return _json({"wait": round(wait)}, 429) if wait else _json({"sent": True})

    # --- who is who

    async def _sitting(self, request: web.Request) -> Seat | None:
        call_id, seat = request.match_info["id"], request.match_info["seat"]
        return await self.links.seat(_cookie(request, seat), call_id, seat)

    def _give(self, answer: web.Response, entered: Entered, request: web.Request) -> None:
        path = f"{self._below}/join"
        given = [name for name in request.cookies if name.startswith("ringer_")]  # Browsers send the oldest first.
        for name in given[: max(0, len(given) + 1 - COOKIES_AT_MOST)]:
            answer.del_cookie(name, path=path)
        answer.set_cookie(
            f"ringer_{entered.seat.id}",
            entered.cookie,
            max_age=int(COOKIE_LIVES.total_seconds()),
            path=path,
            httponly=True,
            samesite="Lax",
            secure=self.public_url.startswith("https:"),
        )

    async def _told(self, seat: Seat) -> dict[str, Any]:
        """All the page needs to know, the token among it: it is in no HTML."""
        call, user = seat.call, seat.user
        person = await self.ledger.look(lambda tx: tx.person(call.team, user))
        member = call.member(user)
        elsewhere = "" if self.stream_base_url == BASE_URL else f"{self.stream_base_url}/video"
        told: dict[str, Any] = {
            "at": self._place(seat),
            "call": {
                "type": call.type,
                "id": call.id,
                "topic": call.topic,
                "video": call.video,
                "rung": call.kind is CallKind.RING,
                "rings_me": member is not None and member.state is MemberState.RINGING,
                "rings": call.status in (CallStatus.PREPARING, CallStatus.RINGING) and not call.is_for_later,
            },
            "me": {
                "id": seat.stream_user_id,
                "name": person.name if person else user,
                "is_caller": user == call.caller,
            },
            "over": await self._how_it_ended(seat) if call.is_over else "",
            "api_key": self.api_key,
            "base_url": elsewhere,
        }
        return told if call.is_over else told | {"token": self._token(seat)}

    def _place(self, seat: Seat) -> str:
        return f"{self._below}/join/call/{seat.call.id}/{seat.id}"

    async def _how_it_ended(self, seat: Seat) -> str:
        call, by = seat.call, seat.call.ended_by
        if call.end_reason is not EndReason.ENDED or by is None:
            return _OVER[call.end_reason or EndReason.ENDED]
        ender = await self.ledger.look(lambda tx: tx.person(call.team, by))
        return (
            "You ended it for all." if by == seat.user else f"{ender.name if ender else 'Somebody'} ended it for all."
        )

    def _token(self, seat: Seat) -> str:
        return user_token(self.api_secret, seat.stream_user_id, self.links.real_now(), TOKEN_LIVES)


async def _well(handle: Handler, request: web.Request) -> web.StreamResponse:
    try:
        with patience(SECONDS_TO_ANSWER):
            return await handle(request)
    except web.HTTPException:
        raise
    except Exception:
        log.exception("the join page failed", action="join_failed")
        return _json({"problem": "trouble"}, 503)


async def _call_id(request: web.Request) -> str:
    try:
        asked = json.loads(await request.read())
    except ValueError:
        return ""
    found = asked.get("call_id") if isinstance(asked, dict) else None
    return found if isinstance(found, str) else ""


def _cookie(request: web.Request, seat: str) -> str:
    return request.cookies.get(f"ringer_{seat}", "")


def _page(html: str, status: int = 200) -> web.Response:
    return web.Response(status=status, text=html, content_type="text/html", charset="utf-8")


def _json(body: dict[str, Any], status: int = 200) -> web.Response:
    return web.json_response(body, status=status)


def _problem(problem: Problem) -> web.Response:
    return _json({"problem": problem.value}, STATUS[problem])
