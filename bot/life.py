"""The bot while it runs: it starts and stops, ticks, reconciles and forgets, and says whether it is well."""

from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from bot.clock import Clockwork, SystemClock
from bot.intake import Intake
from bot.join import JoinLinks
from bot.ledger import Clock, Tx, patience
from bot.metrics import Metrics
from bot.relay import Asking
from bot.ringer import Ringer
from bot.settings import Settings
from bot.store import Store, StoreError
from bot.stream import StreamClient
from bot.web import Web
from bot.worker import Worker

KEPT = timedelta(days=30)
"""How long what has ended is kept."""
CLOCK_STOPPED = 15.0
"""Seconds without a tick, or a try at one, after which this process is not well."""
SCRAPE = 3.0
"""Seconds the ledger may take to say what is owed."""
READY = 2.0
"""Seconds it may take to say that it can be used."""


@dataclass
class App:
    """The running bot."""

    settings: Settings
    clock: Clock
    store: Store
    ringer: Ringer
    worker: Worker
    intake: Intake
    stream: StreamClient
    metrics: Metrics
    join_links: JoinLinks
    asking: Asking = field(init=False)
    clockwork: Clockwork = field(init=False)
    web: Web = field(init=False)

    def __post_init__(self) -> None:
        self.asking = Asking(self.stream, self.ringer)
        self.clockwork = Clockwork(self.clock, tick=self.tick, reconcile=self.reconcile, prune=self.prune)
        self.metrics.since_tick = lambda: self.clockwork.seconds_since_tick

    def start(self, web: Web) -> None:
        self.web = web
        self.worker.start()
        self.intake.start()
        self.clockwork.start()

    async def stop(self) -> None:
        """Nothing new is begun; what is in hand is finished, or given back."""
        await self.clockwork.stop()
        await self.intake.stop()
        await self.worker.stop()

    @property
    def url(self) -> str:
        return self.web.url

    @property
    def idle(self) -> bool:
        """Nothing is being done this moment; more may become due."""
        return self.worker.idle and self.intake.idle

    async def tick(self) -> datetime | None:
        """Do what is due by now; returns when something is due next."""
        self.intake.nudge()
        asked = await self.asking.late_answers()
        while (ticked := await self.ringer.tick(asked)) or ticked.unasked:
            if ticked.unasked:
                asked = await self.asking.late_answers()
        self.worker.nudge()
        return await self.store.look(lambda tx: tx.next_work_at())

    async def set_clock(self) -> None:
        """Replicas that share a database share its clock too; one that tests turn is left alone."""
        if isinstance(self.clock, SystemClock):
            self.clock.set_by(await self.store.look(lambda tx: tx.real_now()))

    async def reconcile(self) -> None:
        """Set the clock, and ask Stream about open calls: at first about all, then about those it has told nothing of
        for a minute."""
        await self.set_clock()
        await self.asking.silent_calls()

    async def prune(self) -> None:
        before = self.clock.now() - KEPT

        def prune(tx: Tx) -> bool:
            return tx.prune(before)

        while await self.store.commit(prune):
            continue  # Others have had their turns between.
        await self.join_links.forget()

    async def ready(self) -> str:
        """What keeps this process from working: the database, or its migrations."""
        try:
            with patience(READY):
                behind = await self.store.behind()
        except StoreError as error:
            return str(error)
        return "the database is not migrated" if behind else ""

    async def healthy(self) -> str:
        """What is wrong with this process itself; nothing if it is alive. That its database is away is not: all
        replicas would be started anew for it, and none be better for that."""
        since = self.clockwork.seconds_since_try
        return f"the clock has not ticked for {since:.0f} s" if since > CLOCK_STOPPED else ""

    async def page(self) -> bytes:
        """For Prometheus. What cannot be read from the ledger is left out."""
        queue = None
        with suppress(StoreError), patience(SCRAPE):
            queue = await self.store.look(lambda tx: tx.queue(self.clock.now()))
        return self.metrics.page(queue)
