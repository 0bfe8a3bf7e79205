"""What comes in: commands and webhooks, made durable and answered, beside servers that keep nothing."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from bot.store import migrate
from tests.bench.client import send
from tests.bench.measuring import median, ms, percentile
from tests.bench.processes import server
from tests.bench.requests import commands, webhooks
from tests.bench.table import Row

WIDE = 32
"""Connections at once."""


@dataclass(frozen=True)
class Ports:
    ours: int
    bolt: int
    bare: int


async def receiving(folder: Path, *, quick: bool) -> list[Row]:
    rounds, alone, many = (3, 100, 1000) if quick else (7, 300, 3000)
    async with _servers(folder) as ports:
        return [
            *await _one_connection(ports, rounds, alone),
            await _many_connections(ports, rounds, many),
            await _webhooks(ports, rounds, many),
        ]


@asynccontextmanager
async def _servers(folder: Path) -> AsyncIterator[Ports]:
    database = f"sqlite:///{folder / 'receiving.db'}"
    migrate(database)
    async with server("doors", database) as ours, server("bolt") as bolt, server("bare") as bare:
        for port in (ours, bolt):
            await send(port, commands(50), 1)
        yield Ports(ours, bolt, bare)


async def _one_connection(ports: Ports, rounds: int, count: int) -> list[Row]:
    ours, bolts = [], []
    for _ in range(rounds):
        ours.append(percentile((await send(ports.ours, commands(count), 1)).each, 0.5))
        bolts.append(percentile((await send(ports.bolt, commands(max(30, count // 5)), 1)).each, 0.5))
    p50, share = median(ours), median(o / b for o, b in zip(ours, bolts, strict=True))
    work = "`/ring` durable and acked, SQLite, 1 connection, p50"
    return [
        Row(work, "≤ 1.2 ms", ms(p50), p50 <= 0.0012),
        Row(
            "the same beside a default Bolt app that only acks",
            "≤ 0.10 ×",
            f"{share:.3f} ×",
            share <= 0.10,
            share > 0.6,
        ),
    ]


async def _many_connections(ports: Ports, rounds: int, count: int) -> Row:
    rates, shares = [], []
    for _ in range(rounds):
        rate = (await send(ports.ours, commands(count), WIDE)).rate
        rates.append(rate)
        shares.append(rate / (await send(ports.bolt, commands(count), WIDE)).rate)
    share = median(shares)
    work = f"`/ring` durable and acked, {WIDE} connections, beside the default Bolt app, which keeps nothing"
    return Row(work, "≥ 1.0 ×", f"{share:.2f} × ({median(rates):.0f}/s)", share >= 1.0, share < 0.15)


async def _webhooks(ports: Ports, rounds: int, count: int) -> Row:
    rates, shares = [], []
    for _ in range(rounds):
        rate = (await send(ports.ours, webhooks(count), WIDE)).rate
        rates.append(rate)
        shares.append(rate / (await send(ports.bare, webhooks(count), WIDE)).rate)
    share = median(shares)
    work = f"Stream's webhook kept and acknowledged, {WIDE} connections, beside a bare handler that only verifies"
    return Row(work, "≥ 0.5 ×", f"{share:.2f} × ({median(rates):.0f}/s)", share >= 0.5, share < 0.2)
