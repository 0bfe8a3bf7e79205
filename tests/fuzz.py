"""Real deliveries of Slack and Stream, spoilt in every way and signed all the same, thrown at the real door.

`uv run python -m tests.fuzz` throws 100,000, half of them at each of two bots; `--inputs`, `--seed` and `--bots` say
otherwise. Nothing may end in a 500.
"""

import argparse
import asyncio
import copy
import gzip
import hashlib
import hmac
import io
import json
import logging
import multiprocessing
import random
import sys
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

import aiohttp
import structlog
from structlog.testing import capture_logs

from bot.sandbox.world import World, world

AT_ONCE = 16
JSON, FORM = "application/json", "application/x-www-form-urlencoded"
BOTTOMLESS = "bottomless"
"""Stands for lists in lists in lists."""
FAILURES = ("a listener failed", "a webhook could not be applied", "a batch of webhooks failed")
"""Begin what is logged where an input broke us and a person (or a table) was told so instead of a 500."""

WORDS = [
    "",
    " ",
    "\x00",
    "\ud800",
    "\udfff\ud800",
    "\u202eleft\u2066",
    "e\u0301" * 50,
    "👨‍👩‍👧‍👦" * 30,
    "İıſK",
    "٣٤٥",
    "x" * 3001,
    "ш" * 40_000,
    "<@U0BEN>",
    "<@U0BEN|ben>" * 300,
    "<!subteam^S1|@all>",
    "<!here> <!channel>",
    "<#C1|support>",
    "<https://x.test|y>",
    "&lt;@U0BEN&gt;",
    '"unclosed',
    "“Prod is down”",
    "tomorrow 9:30",
    "in 99999999999999 minutes",
    "9999-12-31T23:59:59Z",
    "0001-01-01T00:00:00+14:00",
    "1e999",
    "-1",
    "{}",
    "[]",
    "null",
    "%00%ff",
    "../../etc/passwd",
    "' OR 1=1 --",
]
ODD: list[Any] = [
    None,
    True,
    False,
    0,
    -1,
    2**31,
    2**63,
    2**64,
    10**400,
    1.5,
    -0.0,
    1e308,
    [],
    {},
    [[]],
    [None],
    {"": ""},
]


@dataclass(frozen=True)
class Sent:
    """One delivery as it was, before anything is done to it."""

    path: str
    kind: str
    """`form`, `payload` (JSON in a form), `json`."""
    content: Any


@dataclass(frozen=True)
class Input:
    path: str
    body: bytes
    headers: dict[str, str]


@dataclass
class Survived:
    inputs: int = 0
    statuses: Counter[str] = field(default_factory=Counter)
    failures: list[str] = field(default_factory=list)
    seconds: float = 0.0

    def told(self) -> str:
        rows = [f"{self.inputs} inputs in {self.seconds:.0f} s"]
        rows += [f"{status:28} {count}" for status, count in sorted(self.statuses.items())]
        return "\n".join([*rows, f"{len(self.failures)} failures", *self.failures[:20]])


# --- what is real


async def recorded(stage: World) -> list[Sent]:
    """Everything that Slack and Stream send in a few lively minutes."""
    stream: list[Sent] = []

    def delivered(kind: str, what: Any) -> None:
        if kind == "webhook":
            stream.append(Sent("/stream/events", "json", json.loads(what.body)))

    stop = stage.coordinator.watch(delivered)
    ana, ben, cy = (stage.workspace.person(name) for name in ("ana", "ben", "cy"))
    stage.workspace.channel("support", ana, ben, cy)
    await ana.opens_home()
    await ana.types('/ring @ben @cy "Prod is down"', at="#support")
    await stage.settled()
    await ben.presses("Accept")
    await cy.chooses("Busy", of="Decline with…")
    await stage.joins(ana, ben)
    await ana.types("/ring list")
    await ana.types("/ring cancel", at="#support")
    await ana.presses("End for all", at="#support")
    await stage.settled()
    await cy.types("/ring @ben tomorrow 9:30", at="#support")
    await stage.settled()
    await ben.presses("Can't make it")
    await ben.types('/notify #support "the plan"', at="#support")
    await stage.settled()
    await ana.types("/ring", at="#support")
    await ana.picks("Who", [ben, cy])
    await ana.submits()
    await stage.settled()
    slack = [_of_slack(each.what, each.payload) for each in stage.workspace.deliveries]
    stop()
    assert slack and stream
    return slack + stream


def _of_slack(what: str, payload: Any) -> Sent:
    kind = {"slash_commands": "form", "interactive": "payload", "events_api": "json"}[what]
    return Sent("/slack/events", kind, payload)


# --- what is done to it


class Spoiler:
    """Makes inputs of what was recorded; the same again from the same seed."""

    def __init__(self, real: list[Sent], stage: World, seed: int) -> None:
        self.real = [[sent for sent in real if sent.kind == kind] for kind in ("form", "payload", "json")]
        self.random = random.Random(seed)
        self.signing_secret = stage.workspace.signing_secret
        self.api_key = stage.coordinator.app.api_key
        self.api_secret = stage.coordinator.app.api_secret

    def __iter__(self) -> Iterator[Input]:
        while True:
            sent = self.random.choice(self.random.choice(self.real))
            content = copy.deepcopy(sent.content)
            for _ in range(self.random.choice((0, 1, 1, 1, 2, 3, 8))):
                content = self._spoilt(content)
            if sent.kind == "form" and isinstance(content, dict) and self.random.random() < 0.5:
                content["text"] = self._typed()
            yield self._input(sent, content)

    def _spoilt(self, content: Any) -> Any:
        """One place in it is another."""
        places = list(_places(content))
        if not places:
            return self._odd()
        holder, key = self.random.choice(places)
        how = self.random.randrange(5)
        if how == 0:
            del holder[key]
        elif how == 1:
            other, at = self.random.choice(places)
            holder[key] = copy.deepcopy(other[at]) if not _holds(other[at], holder) else None
        elif how == 2 and isinstance(holder[key], str):
            holder[key] = self._around(holder[key])
        else:
            holder[key] = self._odd()
        return content

    def _odd(self) -> Any:
        roll = self.random.random()
        if roll < 0.5:
            return self.random.choice(WORDS)
        if roll < 0.55:
            return BOTTOMLESS
        return copy.deepcopy(self.random.choice(ODD))

    def _around(self, text: str) -> str:
        at = self.random.randint(0, len(text))
        return text[:at] + self.random.choice(WORDS) + text[at + self.random.randint(0, 2) :]

    def _typed(self) -> str:
        """A command's text: any number of mentions, topics of any length, times, and all that Unicode holds."""
        parts = []
        for _ in range(self.random.choice((1, 2, 3, 5, 40))):
            mentions = self.random.choice((1, 1, 2, 5, 101, 400))
            parts.append(
                self.random.choice(
                    [
                        " ".join(f"<@U{self.random.randrange(10**6)}|p>" for _ in range(mentions)),
                        f'"{self.random.choice(WORDS) * self.random.randrange(1, 4)}"',
                        self.random.choice(WORDS),
                        self.random.choice(
                            ("help", "list", "cancel", "audio", "at 15:00", "in 5 minutes", "2026-02-30")
                        ),
                        "".join(chr(self.random.randrange(0x11000)) for _ in range(self.random.randrange(30))),
                    ]
                )
            )
        return " ".join(parts)

    # --- on its way

    def _input(self, sent: Sent, content: Any) -> Input:
        body = _written(sent.kind, content)
        if self.random.random() < 0.1:
            body = self._torn(body)
        return Input(sent.path, *(self._slack(sent, body) if sent.path.startswith("/slack") else self._stream(body)))

    def _torn(self, body: bytes) -> bytes:
        at = self.random.randint(0, len(body))
        how = self.random.randrange(3)
        if how == 0:
            return body[:at]
        more = self.random.randbytes(self.random.choice((1, 4, 200)))
        return body[:at] + more + body[at + (len(more) if how == 1 else 0) :]

    def _slack(self, sent: Sent, body: bytes) -> tuple[bytes, dict[str, str]]:
        stamp = str(int(time.time()))
        digest = hmac.new(self.signing_secret.encode(), b"v0:" + stamp.encode() + b":" + body, hashlib.sha256)
        headers = {
            "X-Slack-Request-Timestamp": stamp,
            "X-Slack-Signature": f"v0={digest.hexdigest()}",
            "Content-Type": JSON if sent.kind == "json" else FORM,
        }
        return body, headers | self._odd_headers(
            ("X-Slack-Retry-Num", "X-Slack-Request-Timestamp", "X-Slack-Signature")
        )

    def _stream(self, body: bytes) -> tuple[bytes, dict[str, str]]:
        headers = {
            "X-API-KEY": self.api_key,
            "X-SIGNATURE": hmac.new(self.api_secret.encode(), body, hashlib.sha256).hexdigest(),
            "Content-Type": JSON,
        }
        if self.random.random() < 0.3:
            headers["Content-Encoding"], body = "gzip", gzip.compress(body, 1)
        return body, headers | self._odd_headers(("X-WEBHOOK-ID", "X-SIGNATURE", "Content-Encoding"))

    def _odd_headers(self, names: tuple[str, ...]) -> dict[str, str]:
        if self.random.random() > 0.05:
            return {}
        printable = [word for word in WORDS if word.isprintable() and word.strip() and len(word) < 4000]
        sendable = [word for word in printable if not any("\ud800" <= letter <= "\udfff" for letter in word)]
        name = self.random.choice(
            (*names, "Content-Type", "X-Forwarded-For", "Accept-Language", "X-Slack-Retry-Reason")
        )
        return {name: self.random.choice(sendable)}


def _places(content: Any, depth: int = 0) -> Iterator[tuple[Any, Any]]:
    """Everything in it, by what holds it and where."""
    if isinstance(content, dict | list) and depth < 100:
        for key in content if isinstance(content, dict) else range(len(content)):
            yield content, key
            yield from _places(content[key], depth + 1)


def _holds(value: Any, holder: Any) -> bool:
    return value is holder or any(inner[key] is holder for inner, key in _places(value))


def _written(kind: str, content: Any) -> bytes:
    if kind == "form":
        fields = content if isinstance(content, dict) else {"payload": content}
        return urlencode({str(name): str(value) for name, value in fields.items()}, errors="surrogatepass").encode()
    written = _json(content)
    return urlencode({"payload": written}).encode() if kind == "payload" else written.encode()


def _json(content: Any) -> str:
    try:
        return json.dumps(content).replace(f'"{BOTTOMLESS}"', "[" * 3000 + "]" * 3000)
    except (RecursionError, ValueError):
        return "[" * 3000


# --- the door


async def fuzz(inputs: int, seed: int = 1, *, seconds: float = float("inf")) -> Survived:
    """Throw so many, or as many as there is time for."""
    with capture_logs([structlog.processors.format_exc_info]) as logs:
        async with world(rings_per_minute=3, rings_per_minute_workspace=5) as stage:
            real = await recorded(stage)
            survived = await _thrown(stage, Spoiler(real, stage, seed), inputs, seconds, logs)
    return survived


async def _thrown(stage: World, spoiler: Spoiler, inputs: int, seconds: float, logs: list[Any]) -> Survived:
    assert stage.app is not None
    survived, began, each = Survived(), time.monotonic(), iter(spoiler)
    async with aiohttp.ClientSession(stage.app.url, connector=aiohttp.TCPConnector(limit=AT_ONCE)) as session:
        while survived.inputs < inputs and time.monotonic() - began < seconds:
            some = [next(each) for _ in range(min(10 * AT_ONCE, inputs - survived.inputs))]
            statuses = await asyncio.gather(*(_throw(session, one) for one in some))
            for one, status in zip(some, statuses, strict=True):
                survived.statuses[f"{one.path} {status}"] += 1
                if status >= 500:
                    survived.failures.append(f"{status} for {one.body[:300]!r} {one.headers}")
            survived.inputs += len(some)
            survived.failures += _failures(logs)
    while await stage.app.ringer.apply_kept():
        pass
    survived.failures += _failures(logs)
    survived.seconds = time.monotonic() - began
    return survived


def _failures(logs: list[Any]) -> list[str]:
    found = [f"logged: {entry}" for entry in logs if str(entry["event"]).startswith(FAILURES)]
    logs.clear()
    return found


async def _throw(session: aiohttp.ClientSession, one: Input) -> int:
    try:
        async with session.post(one.path, data=io.BytesIO(one.body), headers=one.headers) as answer:
            await answer.read()
            return answer.status
    except aiohttp.ClientConnectionError:
        return 0  # Refused without an answer: aiohttp's own guard against what is no HTTP.


def main() -> int:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--inputs", type=int, default=100_000)
    asked.add_argument("--seed", type=int, default=1)
    asked.add_argument("--bots", type=int, default=2, help="processes, each with a bot and its share of the inputs")
    args = asked.parse_args()
    survived = _side_by_side(args.inputs, args.seed, args.bots)
    sys.stdout.write(survived.told() + "\n")
    return 1 if survived.failures or survived.inputs < args.inputs else 0


def _side_by_side(inputs: int, seed: int, bots: int) -> Survived:
    shares = [inputs // bots + (n < inputs % bots) for n in range(bots)]
    began = time.monotonic()
    with ProcessPoolExecutor(bots, mp_context=multiprocessing.get_context("spawn")) as pool:
        all_of_them = list(pool.map(_alone, shares, range(seed, seed + bots)))
    return Survived(
        sum(one.inputs for one in all_of_them),
        sum((one.statuses for one in all_of_them), Counter()),
        [failure for one in all_of_them for failure in one.failures],
        time.monotonic() - began,
    )


def _alone(inputs: int, seed: int) -> Survived:
    logging.getLogger("apscheduler").setLevel(logging.ERROR)  # A tick under such fire may take more than its second.
    return asyncio.run(fuzz(inputs, seed))


if __name__ == "__main__":
    raise SystemExit(main())
