"""What whoever runs the bot can see of it: Prometheus metrics, and what `/healthz` says of Slack and Stream.

What happened is counted once it is durable; what is owed is read from the ledger at each scrape, so every replica on
one database reports the same of it.
"""

import math
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum

import structlog
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, Metric, ProcessCollector, generate_latest

from bot.call.values import Call, CallKind, EndReason, Member, MemberState
from bot.ledger import Queue
from bot.slack.refusals import OF_A_RIGHT, OF_THE_BOT, OPENS_A_SOCKET
from bot.work import KINDS

log = structlog.get_logger()

DOWN_AFTER = 3
"""Requests in a row without an answer: then a service is called down."""
ANSWERED = (MemberState.ACCEPTED, MemberState.REJECTED)

_UNAUTHORIZED = OF_THE_BOT | OF_A_RIGHT
_AS_THEY_ARE = frozenset({"ok", "unavailable", "cancelled", "rate_limited", "refused", "unauthorized"})
_SAYS_NOTHING = frozenset({"unavailable", "cancelled", "rate_limited", "ratelimited"})
_WITHOUT_TOKEN = frozenset({"response_url"})
_TOO_MUCH = frozenset({"ratelimited", "message_limit_exceeded"})

REQUEST = (0.025, 0.05, 0.1, 0.25, 0.5, 1, 2, 3, 4.5, 6)
WORK = (0.025, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
ANSWER = (1, 2, 5, 10, 15, 20, 30, 45, 60, 90, 120, 180)
LAG = (0.05, 0.1, 0.25, 0.5, 1, 2, 5, 15, 60, 300, 3600)
"""Upper ends of histograms' buckets, in seconds."""


class Service(StrEnum):
    SLACK = "slack"
    STREAM = "stream"


@dataclass
class Reached:
    """How it stands between us and a service, by the requests made anyway: nothing is asked for its own sake."""

    succeeded_at: datetime | None = None
    failed_at: datetime | None = None
    failures: int = 0
    """In a row, up to now."""
    refused: set[str] = field(default_factory=set)
    """The settings of ours that it does not take, up to now."""

    @property
    def is_down(self) -> bool:
        return self.failures >= DOWN_AFTER

    def note(self, answered: bool, now: datetime) -> None:
        if answered:
            self.succeeded_at, self.failures = now, 0
        else:
            self.failed_at, self.failures = now, self.failures + 1

    def note_refusal(self, settings: Collection[str], refused: bool) -> bool:
        """Whether this is news."""
        before = set(self.refused)
        if refused:
            self.refused.update(settings)
        else:
            self.refused.difference_update(settings)
        return self.refused != before

    def told(self) -> dict[str, object]:
        return {
            "down": self.is_down,
            "failures_in_a_row": self.failures,
            "refuses": sorted(self.refused),
            "last_success": _iso(self.succeeded_at),
            "last_failure": _iso(self.failed_at),
        }


class Metrics:
    """One bot's metrics, in a registry of their own."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.since_tick: Callable[[], float] = lambda: 0.0
        """Seconds since the clock ticked last."""
        self.services = {service: Reached() for service in Service}
        self._happened()
        self._asked()
        self._owed()
        self._clock()
        ProcessCollector(registry=self.registry)

    # --- what there is

    def _happened(self) -> None:
        registry = self.registry
        self.commands = Counter(
            "ringer_commands", "Calls asked for, by what came of it.", ["kind", "how"], registry=registry
        )
        self.rung = Counter("ringer_rings", "Calls that Stream rang or told people of.", ["kind"], registry=registry)
        self.ended = Counter("ringer_calls_ended", "Calls that are over.", ["kind", "reason"], registry=registry)
        for kind in CallKind:
            self.rung.labels(kind.value)
            for reason in EndReason:
                self.ended.labels(kind.value, reason.value)
        self.answers = Histogram(
            "ringer_answer_seconds",
            "From the ring to an answer.",
            ["answer"],
            buckets=ANSWER,
            registry=registry,
        )
        self.missed = Counter("ringer_missed", "People who did not answer in time.", registry=registry)

    def _asked(self) -> None:
        registry = self.registry
        self.requests = Histogram(
            "ringer_request_seconds",
            "Requests to Slack (by method) and Stream (by operation).",
            ["service", "operation", "outcome"],
            buckets=REQUEST,
            registry=registry,
        )
        self.too_many = Counter(
            "ringer_rate_limited", "Answers that it was too much (429).", ["service", "operation"], registry=registry
        )
        self.unauthorized = Counter(
            "ringer_unauthorized",
            "Requests refused for the bot's own token, key or scope.",
            ["service"],
            registry=registry,
        )
        for service in Service:  # From 0 on, as all that alerts at once: nobody sees a series increase to its first 1.
            self.unauthorized.labels(service.value)
        self.down = Gauge(
            "ringer_service_down",
            f"1: no answer {DOWN_AFTER} times in a row, and none since.",
            ["service"],
            registry=registry,
        )
        self.failures = Gauge(
            "ringer_service_failures", "Requests without an answer, in a row.", ["service"], registry=registry
        )
        self.success = Gauge(
            "ringer_service_last_success_timestamp_seconds",
            "When the service answered last; 0: not yet.",
            ["service"],
            registry=registry,
        )

    def _owed(self) -> None:
        registry = self.registry
        self.depth = Gauge(
            "ringer_queue_depth", "Work owed: ready, held or waiting.", ["kind", "state"], registry=registry
        )
        self.age = Gauge(
            "ringer_queue_age_seconds", "How long the oldest work of a kind is owed.", ["kind"], registry=registry
        )
        self.dead = Gauge("ringer_dead_rows", "Work that was given up.", ["kind"], registry=registry)
        self.inbox = Gauge("ringer_inbox_depth", "Stream's events, kept and not applied.", registry=registry)
        self.inbox_age = Gauge(
            "ringer_inbox_age_seconds", "How long the oldest of them has been here.", registry=registry
        )
        self.ledger_up = Gauge("ringer_ledger_up", "1: the database answered this scrape.", registry=registry)
        self.work = Histogram(
            "ringer_work_seconds",
            "Pieces of work done: done, retry, wait (a rate limit's), dead.",
            ["kind", "outcome"],
            buckets=WORK,
            registry=registry,
        )
        self.retries = Counter("ringer_retries", "Work put back after a failure.", ["kind"], registry=registry)
        for kind in KINDS:
            self.retries.labels(kind)

    def _clock(self) -> None:
        registry = self.registry
        self.lag = Histogram(
            "ringer_clock_lag_seconds",
            "How late what was due for a call was done.",
            buckets=LAG,
            registry=registry,
        )
        self.overdue = Gauge(
            "ringer_clock_overdue_seconds", "How long the most overdue call waits for the clock.", registry=registry
        )
        ticked = Gauge("ringer_clock_since_tick_seconds", "Since the clock last did what was due.", registry=registry)
        ticked.set_function(lambda: self.since_tick())

    # --- what is seen

    def commanded(self, kind: str, how: str) -> None:
        self.commands.labels(kind, how).inc()

    def saved(self, before: Call, call: Call) -> None:
        """A call was changed, durably."""
        if before.rung_at is None and call.rung_at is not None:
            self.rung.labels(call.kind.value).inc()
        if call.end_reason is not None and before.end_reason is None:
            self.ended.labels(call.kind.value, call.end_reason.value).inc()
        for was in before.members:
            member = call.member(was.user)
            if member is not None and was.state is MemberState.RINGING and was.state is not member.state:
                self._answered(call, was, member)

    def _answered(self, call: Call, was: Member, member: Member) -> None:
        if call.was_rung_to_its_end(member):  # Nobody had the time to answer.
            return
        if member.state is MemberState.MISSED:
            self.missed.inc()
        elif member.state in ANSWERED and member.answered_at and was.deadline:
            rung_at = was.deadline - call.ring_timeout
            self.answers.labels(member.state.value).observe(max(0.0, (member.answered_at - rung_at).total_seconds()))

    def asked_slack(self, method: str, outcome: str, seconds: float) -> None:
        """`outcome` is an error's code, where Slack refused it."""
        self._request(Service.SLACK, method, _outcome(outcome), seconds)
        token = "SLACK_APP_TOKEN" if method == OPENS_A_SOCKET else "SLACK_BOT_TOKEN"
        if method not in _WITHOUT_TOKEN:
            self._taken(Service.SLACK, (token,), "unauthorized" if outcome in OF_THE_BOT else outcome)

    def asked_stream(self, operation: str, outcome: str, seconds: float) -> None:
        self._request(Service.STREAM, operation, _outcome(outcome), seconds)
        self._taken(Service.STREAM, ("STREAM_API_KEY", "STREAM_API_SECRET"), outcome)

    def _request(self, service: Service, operation: str, outcome: str, seconds: float) -> None:
        self.requests.labels(service.value, operation, outcome).observe(seconds)
        if outcome == "rate_limited":
            self.too_many.labels(service.value, operation).inc()
        if outcome == "unauthorized":
            self.unauthorized.labels(service.value).inc()
        if outcome != "cancelled":
            self.services[service].note(outcome != "unavailable", datetime.now(UTC))

    def _taken(self, service: Service, settings: Collection[str], outcome: str) -> None:
        if outcome in _SAYS_NOTHING:
            return
        refused = outcome == "unauthorized"
        if self.services[service].note_refusal(settings, refused):
            names = " or ".join(settings)
            if refused:
                log.error(f"{service.title()} refuses {names}: see `ringer doctor`", action="bot_refused")
            else:
                log.info(f"{service.title()} takes {names} again", action="bot_taken")

    def worked(self, kind: str, outcome: str, seconds: float) -> None:
        self.work.labels(kind, outcome).observe(seconds)
        if outcome == "retry":
            self.retries.labels(kind).inc()

    def ticked(self, late: float) -> None:
        """What was due for a call has been done, this many seconds late."""
        self.lag.observe(max(0.0, late))

    # --- what is told

    def page(self, queue: Queue | None) -> bytes:
        """What Prometheus reads. `queue`: None where the ledger does not answer; the rest is told all the same."""
        self._services()
        self.ledger_up.set(queue is not None)
        for gauge in (self.depth, self.age, self.dead):
            gauge.clear()
        for single in (self.inbox, self.inbox_age, self.overdue):  # What was read before may be so no more.
            single.set(math.nan)
        if queue is not None:
            self._queue(queue)
        return generate_latest(_Plain(self.registry))

    def _services(self) -> None:
        for service, reached in self.services.items():
            self.down.labels(service.value).set(reached.is_down)
            self.failures.labels(service.value).set(reached.failures)
            self.success.labels(service.value).set(reached.succeeded_at.timestamp() if reached.succeeded_at else 0)

    def _queue(self, queue: Queue) -> None:
        for kind in {*KINDS, *queue.depth_by_kind, *queue.dead}:
            depth = queue.depth_by_kind.get(kind, {})
            for state in ("ready", "held", "waiting"):
                self.depth.labels(kind, state).set(depth.get(state, 0))
            self.age.labels(kind).set(queue.ages.get(kind, 0.0))
            self.dead.labels(kind).set(queue.dead.get(kind, 0))
        self.inbox.set(queue.unapplied)
        self.inbox_age.set(queue.unapplied_age)
        self.overdue.set(queue.overdue)

    def told(self) -> dict[str, object]:
        """For `/healthz` and `/readyz`: what is known of the clock and of who is reached."""
        services: dict[str, object] = {service.value: reached.told() for service, reached in self.services.items()}
        return {"seconds_since_tick": round(self.since_tick(), 3), **services}


class _Plain(CollectorRegistry):
    """The same without the moments at which each series began, which nobody asks for and which double the page."""

    def __init__(self, registry: CollectorRegistry) -> None:
        super().__init__()
        self._all = registry

    def collect(self) -> Iterator[Metric]:
        for metric in self._all.collect():
            metric.samples = [sample for sample in metric.samples if not sample.name.endswith("_created")]
            yield metric


def _outcome(outcome: str) -> str:
    """An error's code as one of a few words, so that the series stay few."""
    if outcome in _AS_THEY_ARE:
        return outcome
    if outcome in _TOO_MUCH:
        return "rate_limited"
    return "unauthorized" if outcome in _UNAUTHORIZED else "refused"


def _iso(at: datetime | None) -> str | None:
    return at.isoformat(timespec="milliseconds") if at else None
