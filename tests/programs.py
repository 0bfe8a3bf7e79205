"""Starts `ringer` as a user does, in a process of its own, with an environment of its own."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from bot.sandbox.world import BOT_EVENTS, World

WITHIN = 30.0
"""Seconds in which a program says what it is waited for, on a busy machine."""


@dataclass(frozen=True)
class Ended:
    """How a program ended, and what it said."""

    code: int
    out: str
    err: str


@dataclass
class Program:
    process: asyncio.subprocess.Process

    async def says(self, words: str) -> str:
        """Wait for a line of its output with these words."""
        assert self.process.stdout
        async with asyncio.timeout(WITHIN):
            while line := (await self.process.stdout.readline()).decode():
                if words in line:
                    return line.strip()
        assert self.process.stderr
        raise AssertionError(f"it ended without {words!r}: {(await self.process.stderr.read()).decode()}")

    async def stops(self, by: signal.Signals) -> Ended:
        self.process.send_signal(by)
        return await self.ends()

    async def ends(self) -> Ended:
        async with asyncio.timeout(WITHIN):
            out, err = await self.process.communicate()
        assert self.process.returncode is not None
        return Ended(self.process.returncode, out.decode(), err.decode())


@asynccontextmanager
async def ringer(folder: Path, *words: str, **env: str) -> AsyncIterator[Program]:
    """`ringer` with these arguments, in this folder, with these settings and no others. It never outlives this."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "bot",
        *words,
        cwd=folder,
        env=_environment(env),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        yield Program(process)
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


async def run(folder: Path, *words: str, **env: str) -> Ended:
    async with ringer(folder, *words, **env) as program:
        return await program.ends()


def _environment(settings: Mapping[str, str]) -> dict[str, str]:
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "TMPDIR") if name in os.environ}
    return {**kept, "PYTHONUNBUFFERED": "1", **settings}


# --- between stand-ins


def settings_of(around: World, database_url: str) -> dict[str, str]:
    """What an operator would put into the environment."""
    its = around.settings
    app_token = {"SLACK_APP_TOKEN": its.slack_app_token.get_secret_value()} if its.slack_app_token else {}
    assert its.slack_signing_secret
    return {
        **app_token,
        "SLACK_BOT_TOKEN": its.slack_bot_token.get_secret_value(),
        "SLACK_SIGNING_SECRET": its.slack_signing_secret.get_secret_value(),
        "SLACK_API_URL": its.slack_api_url,
        "STREAM_API_KEY": its.stream_api_key,
        "STREAM_API_SECRET": its.stream_api_secret.get_secret_value(),
        "STREAM_BASE_URL": its.stream_base_url,
        "DATABASE_URL": database_url,
        "JOIN_URL_TEMPLATE": "http://127.0.0.1/room?id={id}&user_id={user_id}&token={token}",
        "PORT": "0",
    }


async def connected(around: World, program: Program) -> str:
    """It listens, and both stand-ins send there; its address."""
    url = (await program.says("The bot is listening on")).rpartition(" ")[2]
    assert url.startswith("http://127.0.0.1:")
    settings = around.settings
    around.workspace.install(
        request_url=None if settings.socket_mode else f"{url}/slack/events",
        commands=(settings.ring_command, settings.notify_command),
        bot_events=BOT_EVENTS,
    )
    around.coordinator.app.event_hooks.clear()
    around.coordinator.hook(f"{url}/stream/events")
    return url
