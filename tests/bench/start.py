"""How long it takes to start: `ringer --help` by the clock, `ringer serve` by the processor time until it is ready."""

import asyncio
import os
import sys
import time
from asyncio.subprocess import DEVNULL
from pathlib import Path

from bot.sandbox.world import World, world
from tests.bench.measuring import median
from tests.bench.processes import line, process
from tests.bench.table import Row


async def start(folder: Path, *, quick: bool) -> list[Row]:
    rounds = 3 if quick else 7
    helps = median([await _help() for _ in range(rounds)])
    bare = median([await _help("-c", "pass") for _ in range(rounds)])
    async with world(start_bot=False) as sandbox:
        env = environment(sandbox, f"sqlite:///{folder / 'start.db'}")
        first, *again = [await _ready(env) for _ in range(rounds + 1)]
    cpu = median(again)
    return [
        Row("`ringer --help`", "≤ 0.3 s", f"{helps:.2f} s (Python alone {bare:.2f} s)", helps <= 0.3),
        Row(
            "`ringer serve` until ready, CPU", "≤ 3 s", f"{cpu:.2f} s (first, with migrations {first:.2f} s)", cpu <= 3
        ),
    ]


async def _help(*arguments: str) -> float:
    began = time.perf_counter()
    run = await asyncio.create_subprocess_exec(
        sys.executable, *(arguments or ("-m", "bot", "--help")), stdout=DEVNULL, stderr=DEVNULL
    )
    assert await run.wait() == 0
    return time.perf_counter() - began


async def _ready(env: dict[str, str]) -> float:
    async with process("bot", "serve", env=env) as started:
        assert "listening" in await line(started)
        return processor_seconds(started.pid)


def processor_seconds(pid: int) -> float:
    """Of all its threads. https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html"""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def environment(sandbox: World, database_url: str, **more: str) -> dict[str, str]:
    """For a bot in a process of its own, between the stand-ins of this one."""
    settings = sandbox.settings
    ours = {
        "SLACK_BOT_TOKEN": sandbox.workspace.bot_token,
        "SLACK_SIGNING_SECRET": sandbox.workspace.signing_secret,
        "SLACK_API_URL": sandbox.workspace.api_url,
        "STREAM_API_KEY": settings.stream_api_key,
        "STREAM_API_SECRET": settings.stream_api_secret.get_secret_value(),
        "STREAM_BASE_URL": sandbox.coordinator.url,
        "JOIN_URL_TEMPLATE": settings.join_url_template,
        "DATABASE_URL": database_url,
        "PORT": "0",
        "PUBLIC_URL": "http://127.0.0.1:9",
        "RINGS_PER_MINUTE": "0",
        "RINGS_PER_MINUTE_WORKSPACE": "0",
    }
    return {**os.environ, **ours, **more}
