"""What goes wrong on the road to Stream is told apart: refused for good, or unavailable and did it perhaps happen?"""

import asyncio
import gzip
import json
import socket
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import ExitStack, asynccontextmanager, contextmanager
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.stream import CallRequest, StreamClient, StreamError, StreamRefused, StreamUnauthorized, StreamUnavailable
from bot.stream.errors import retry_after

patient = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])  # the machine may be busy
SECRET = "a-secret-of-the-length-that-stream-gives-to-each-of-its-apps"
NOON = datetime(2026, 11, 1, 12, 0, tzinfo=UTC)
STATE = {"call": {"cid": "default:c1", "id": "c1", "type": "default"}, "members": []}

Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


def answer(status: str, body: object, *headers: str) -> bytes:
    """An answer as it stands on the wire."""
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    head = [f"HTTP/1.1 {status}", f"Content-Length: {len(raw)}", *headers]
    return "\r\n".join(head).encode() + b"\r\n\r\n" + raw


def api_error(status: int, code: int, message: str) -> dict[str, object]:
    more_info = "https://getstream.io/chat/docs/api_errors_response"
    return {
        "StatusCode": status,
        "code": code,
        "message": message,
        "duration": "0.00ms",
        "more_info": more_info,
        "details": [],
    }


def says(raw: bytes) -> Serve:
    """Hear one request, say this, and hang up."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(raw)
        await writer.drain()

    return serve


async def says_nothing(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.read()


async def drips(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Never silent for long, never done."""
    await reader.readuntil(b"\r\n\r\n")
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n")
    while not reader.at_eof():
        writer.write(b" ")
        await writer.drain()
        try:
            async with asyncio.timeout(0.02):
                await reader.read()
        except TimeoutError:
            continue


@asynccontextmanager
async def served(serve: Serve, limit: float = 6.0) -> AsyncIterator[StreamClient]:
    """A client whose Stream is this."""

    async def once(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await serve(reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(once, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with (
        server,
        StreamClient(api_key="key1", api_secret=SECRET, base_url=f"http://127.0.0.1:{port}", timeout=limit) as client,
    ):
        yield client


@contextmanager
def full_socket() -> Iterator[str]:
    """An address where a connection is neither taken nor refused: its queue is full, so the system drops the knock."""
    with ExitStack() as opened:
        server = opened.enter_context(socket.socket())
        server.bind(("127.0.0.1", 0))
        server.listen(0)
        for _ in range(8):
            knock = opened.enter_context(socket.socket())
            knock.setblocking(False)
            knock.connect_ex(server.getsockname())
        yield f"http://127.0.0.1:{server.getsockname()[1]}"


async def failure(serve: Serve, limit: float = 6.0) -> StreamError:
    async with served(serve, limit) as client:
        with pytest.raises(StreamError) as caught:
            await client.get_or_create_call("default", "c1", data=CallRequest("T1-UANA"))
    return caught.value


REFUSALS = {
    "400 input": ("400 Bad Request", api_error(400, 4, "no such setting"), 400, 4, "no such setting"),
    "401 key": ("401 Unauthorized", api_error(401, 2, "api_key not found"), 401, 2, "api_key not found"),
    "401 iat": ("401 Unauthorized", api_error(401, 42, "used before issue"), 401, 42, "used before issue"),
    "403 not allowed": ("403 Forbidden", api_error(403, 17, "not allowed"), 403, 17, "not allowed"),
    "404 no call": ("404 Not Found", api_error(404, 16, "Can't find call"), 404, 16, "Can't find call"),
    "404 of a proxy": ("404 Not Found", b"<html>", 404, 0, "Not Found that is no API error"),
    "413 too large": ("413 Too Large", api_error(413, 22, "too large"), 413, 22, "too large"),
    "400 of another shape": ("400 Bad Request", {"error": 1}, 400, 0, "Bad Request that is no API error"),
}


@pytest.mark.parametrize("case", REFUSALS.values(), ids=REFUSALS.keys())
async def test_a_refusal_says_why(case: tuple[str, object, int, int, str]) -> None:
    line, body, status, code, message = case
    error = await failure(says(answer(line, body)))
    assert isinstance(error, StreamRefused)
    assert (error.status, error.code, error.message) == (status, code, message)


OF_THE_APP = {
    "another key": (401, 2, False, True),
    "another secret": (401, 43, False, True),
    "another secret, as a person": (401, 43, True, True),
    "a clock that is wrong": (401, 42, True, True),
    "the server's token": (401, 5, False, True),
    "tokens of one person": (401, 5, True, False),
    "what one person may not": (403, 17, True, False),
    "what the key may not": (403, 17, False, False),
    "the app is suspended": (403, 99, False, True),
}


@pytest.mark.parametrize("case", OF_THE_APP.values(), ids=OF_THE_APP.keys())
async def test_whom_a_refusal_is_of(case: tuple[int, int, bool, bool]) -> None:
    status, code, as_person, of_the_app = case
    async with served(says(answer(f"{status} No", api_error(status, code, "no")))) as client:
        with pytest.raises(StreamRefused) as caught:
            if as_person:
                await client.accept_call("default", "c1", user_id="t1-uben")
            else:
                await client.end_call("default", "c1")
    assert isinstance(caught.value, StreamUnauthorized) == of_the_app


HTML = b"<html><h1>Bad gateway</h1></html>"
UNAVAILABLE = {
    "408": (answer("408 Timeout", api_error(408, 23, "slow")), True, None),
    "429 with nothing more": (answer("429 Slow", api_error(429, 9, "slow down")), False, None),
    "429 with Retry-After": (answer("429 Slow", api_error(429, 9, "slow"), "Retry-After: 7"), False, 7.0),
    "429 of a proxy": (answer("429 Slow", HTML, "Retry-After: 3"), False, 3.0),
    "500": (answer("500 Oops", api_error(500, -1, "internal")), True, None),
    "502 in html": (answer("502 Bad Gateway", HTML), True, None),
    "503 with Retry-After": (answer("503 Later", b"", "Retry-After: 2.5"), True, 2.5),
    "a redirect": (answer("302 Found", b"", "Location: http://127.0.0.1:9/"), True, None),
    "200 in html": (answer("200 OK", HTML), True, None),
    "200 and empty": (answer("200 OK", b""), True, None),
    "200 and a list": (answer("200 OK", []), True, None),
    "200 without the call": (answer("200 OK", {"members": []}), True, None),
    "200 with a call that is none": (answer("200 OK", {"call": {"cid": 1}}), True, None),
    "200 and broken gzip": (answer("200 OK", b"\x1f\x8bnope", "Content-Encoding: gzip"), True, None),
    "an answer cut off": (answer("200 OK", STATE)[:-3], True, None),
    "hung up at once": (b"", True, None),
    "no HTTP at all": (b"SSH-2.0-OpenSSH_9.6\r\n\r\n", True, None),
    "a header out of all bounds": (answer("200 OK", STATE, "X: " + "y" * 100_000), True, None),
}


@pytest.mark.parametrize("case", UNAVAILABLE.values(), ids=UNAVAILABLE.keys())
async def test_unavailable_says_whether_it_may_have_happened(
    case: tuple[bytes, bool, float | None],
) -> None:
    raw, outcome_unknown, wait = case
    error = await failure(says(raw))
    assert isinstance(error, StreamUnavailable)
    assert (error.outcome_unknown, error.retry_after) == (outcome_unknown, wait)
    assert SECRET not in str(error)


@pytest.mark.parametrize("serve", [says_nothing, drips], ids=["silent", "dripping"])
async def test_the_whole_request_has_one_limit(serve: Serve) -> None:
    started = time.monotonic()
    error = await failure(serve, limit=0.3)
    assert 0.25 < time.monotonic() - started < 5
    assert isinstance(error, StreamUnavailable)
    assert error.outcome_unknown


async def test_nobody_listening_means_nothing_happened() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound, so that nobody else takes it, but not listening
        url = f"http://127.0.0.1:{taken.getsockname()[1]}"
        async with StreamClient(api_key="key1", api_secret=SECRET, base_url=url) as client:
            with pytest.raises(StreamUnavailable) as caught:
                await client.end_call("default", "c1")
    assert not caught.value.outcome_unknown


@pytest.mark.parametrize("lent", [False, True], ids=["own client", "lent client"])
async def test_a_connection_that_never_came_means_nothing_happened(lent: bool) -> None:
    http = httpx.AsyncClient(trust_env=False, timeout=httpx.Timeout(2, connect=0.2)) if lent else None
    with full_socket() as url:
        async with StreamClient(
            api_key="key1", api_secret=SECRET, base_url=url, timeout=1 if not lent else 2, http=http
        ) as client:
            with pytest.raises(StreamUnavailable) as caught:
                await client.end_call("default", "c1")
    assert not caught.value.outcome_unknown
    if http:
        await http.aclose()


async def test_an_answer_may_be_compressed() -> None:
    raw = answer("201 Created", gzip.compress(json.dumps(STATE).encode()), "Content-Encoding: gzip")
    async with served(says(raw)) as client:
        state = await client.get_or_create_call("default", "c1", data=CallRequest("T1-UANA"))
    assert state.call.cid == "default:c1"


async def test_one_that_hung_up_does_not_spoil_the_next() -> None:
    answers = iter([b"", answer("200 OK", STATE)])

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await says(next(answers))(reader, writer)

    async with served(serve) as client:
        with pytest.raises(StreamUnavailable):
            await client.end_call("default", "c1")
        assert (await client.get_call("default", "c1")).call.id == "c1"


async def test_many_side_by_side() -> None:
    async with served(says(answer("200 OK", STATE))) as client:
        states = await asyncio.gather(*(client.get_call("default", f"c{n}") for n in range(50)))
    assert len(states) == 50


async def test_one_who_is_cancelled_stays_cancelled() -> None:
    seen: list[str] = []
    heard = asyncio.Event()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        heard.set()
        await reader.read()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    async with (
        server,
        StreamClient(
            api_key="key1",
            api_secret=SECRET,
            base_url=url,
            observe=lambda operation, outcome, seconds: seen.append(outcome),
        ) as client,
    ):
        asking = asyncio.create_task(client.end_call("default", "c1"))
        async with asyncio.timeout(5):
            await heard.wait()
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking
    assert seen == ["cancelled"]


def unix(seconds_from_noon: int) -> str:
    return str(int((NOON + timedelta(seconds=seconds_from_noon)).timestamp()))


WAITS: dict[str, tuple[dict[str, str], float | None]] = {
    "nothing said": ({}, None),
    "seconds": ({"Retry-After": "7"}, 7),
    "a date": ({"Retry-After": "Sun, 01 Nov 2026 12:00:09 GMT"}, 9),
    "a date that has passed": ({"Retry-After": "Sun, 01 Nov 2026 11:00:00 GMT"}, 0),
    "an hour at most": ({"Retry-After": "999999999"}, 3600),
    "Stream's reset": ({"X-RateLimit-Reset": unix(20)}, 20),
    "the later of two resets": ({"X-RateLimit-Reset": f"{unix(2)}, {unix(30)}"}, 30),
    "a reset that has passed": ({"X-RateLimit-Reset": unix(-5)}, 0),
    "a reset beyond Stream's window of a minute": ({"X-RateLimit-Reset": unix(4000)}, 60),
    "Retry-After goes first": ({"Retry-After": "1", "X-RateLimit-Reset": unix(20)}, 1),
    "nonsense, then a reset": ({"Retry-After": "soon", "X-RateLimit-Reset": unix(20)}, 20),
    "nonsense": ({"Retry-After": "-1", "X-RateLimit-Reset": "soon"}, None),
}


@pytest.mark.parametrize("case", WAITS.values(), ids=WAITS.keys())
def test_how_long_to_wait(case: tuple[dict[str, str], float | None]) -> None:
    headers, wait = case
    assert retry_after(httpx.Headers(headers), NOON) == wait


@patient
@given(st.text(st.characters(codec="latin-1")), st.text(st.characters(codec="latin-1")))
def test_no_header_can_break_the_wait(after: str, reset: str) -> None:
    headers = httpx.Headers(
        [(b"Retry-After", after.encode("latin-1")), (b"X-RateLimit-Reset", reset.encode("latin-1"))]
    )
    wait = retry_after(headers, NOON)
    assert wait is None or 0 <= wait <= 3600
