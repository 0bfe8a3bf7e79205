"""Is the database there and up to date, what was given up, and what of Stream's reports could not be applied?"""

import asyncio
from collections.abc import Collection, Sequence
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy.exc import SQLAlchemyError

from bot.doctor.finding import Finding, Findings, mend
from bot.ledger import Dead, SetAside, patience
from bot.settings import Settings
from bot.store import Store, StoreError, open_store, pending
from bot.store.address import database_at, is_sqlite

DEAD_SHOWN = 50
PATIENT = 60.0
"""Seconds: a doctor looks through all that was kept."""


async def look_at_ledger(settings: Settings, *, retry_dead: bool) -> Findings:
    about = "the database"
    try:
        behind = await asyncio.to_thread(_behind, settings.database_url)
    except (StoreError, SQLAlchemyError, OSError, ValueError) as error:
        yield mend(about, f"it cannot be used ({_plainly(error)}): is it running, and is DATABASE_URL right?")
        return
    if behind:
        yield mend(about, f"not up to date ({', '.join(behind)}): run `ringer migrate`; `ringer serve` does it too")
        return
    yield Finding(about, "reachable, and up to date")
    async for finding in _work(settings.database_url, retry_dead=retry_dead):
        yield finding


def _behind(database_url: str) -> Sequence[str]:
    """The migrations it still needs. A SQLite file that is not there is not made by looking for it."""
    url = database_at(database_url)
    if is_sqlite(url) and not Path(url.database or "").exists():
        return ["the file is not there yet"]
    return pending(database_url)


def _plainly(error: Exception) -> str:
    """The driver's own words: SQLAlchemy's hold statements and values too."""
    return str(getattr(error, "orig", None) or error).strip().split("\n")[0]


async def _work(database_url: str, *, retry_dead: bool) -> Findings:
    about, store = "work given up", open_store(database_url, silent_seconds=PATIENT)
    try:
        if retry_dead:
            yield await _retry(store)
        with patience(PATIENT):
            dead, aside = await store.look(lambda tx: (tx.dead(DEAD_SHOWN), tx.set_aside()))
    except StoreError as error:
        yield mend(about, f"not checked ({_plainly(error)}): try again")
        return
    finally:
        await store.close()
    for row in dead:
        yield mend(about, _given_up(row))
    if not dead:
        yield Finding(about, "none")
    elif len(dead) == DEAD_SHOWN:
        yield mend(about, f"only the first {DEAD_SHOWN} are shown: there may be more")
    yield _of_stream(aside)


def _of_stream(aside: SetAside) -> Finding:
    about = "what Stream reported"
    if not aside.last_at:
        return Finding(about, "all of it could be applied")
    events = "1 event" if aside.count == 1 else f"{aside.count} events"
    return Finding(
        about,
        f"{events} could not be applied, the last one of {aside.last_at:%Y-%m-%d %H:%M} UTC ({aside.last_why}). "
        "Stream was asked how the calls stand instead",
    )


def _given_up(row: Dead) -> str:
    call = f" for call {row.call_id}" if row.call_id else ""
    times = "once" if row.attempts == 1 else f"{row.attempts} times"
    why = row.error.rstrip(". ") or "no reason was kept"
    return (
        f"{row.kind}{call}, tried {times} until {row.dead_at:%Y-%m-%d %H:%M} UTC: {why}. "
        "Once that is mended, `ringer doctor --retry-dead` tries it again"
    )


async def _retry(store: Store) -> Finding:
    total = 0
    while ids := [row.id for row in await store.look(lambda tx: tx.dead(DEAD_SHOWN))]:
        revived = await _revive(store, ids)
        if not revived:  # Another doctor was faster.
            break
        total += revived
    return Finding("retry", f"{total} given up, owed again now" if total else "nothing was given up")


async def _revive(store: Store, ids: Collection[int]) -> int:
    return await store.commit(lambda tx: tx.revive(ids, datetime.now(UTC)))
