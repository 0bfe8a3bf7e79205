"""Processes of one's own: started, heard until they say that they are ready, ended by their id."""

import asyncio
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

READY_WITHIN = 60.0


@asynccontextmanager
async def process(module: str, *arguments: str, env: Mapping[str, str] | None = None) -> AsyncIterator[Process]:
    """`python -m module …`, ended when this is left."""
    started = await asyncio.create_subprocess_exec(
        sys.executable, "-m", module, *arguments, stdin=PIPE, stdout=PIPE, stderr=DEVNULL, env=env
    )
    try:
        yield started
    finally:
        if started.returncode is None:
            started.terminate()
        await started.wait()


async def line(started: Process, *, within: float = READY_WITHIN) -> str:
    """The next line it says."""
    assert started.stdout is not None
    async with asyncio.timeout(within):
        said = await started.stdout.readline()
    assert said, "it ended before it was ready"
    return said.decode().strip()


@asynccontextmanager
async def server(name: str, database_url: str = "") -> AsyncIterator[int]:
    """One of `tests.bench.serving`; its port."""
    async with process("tests.bench.serving", name, database_url) as started:
        yield int(await line(started))
