"""What whoever runs the bot sees: /metrics after real scenes, the health of both services, dashboard and alerts."""

import asyncio
import io
import json
import logging
import math
import re
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import psycopg.errors
import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from bot.call.values import Call, MemberState
from bot.clock import Clockwork
from bot.ledger import Delivery, Queue, patience
from bot.logs import set_up_logging
from bot.metrics import Metrics
from bot.sandbox.faults import Kind, Road
from bot.sandbox.workspace import Person
from bot.sandbox.world import World, world
from bot.store import Store, Tx
from bot.store import queue as asked
from bot.store.address import database_at, engine_for
from bot.store.work import NEXT_DUE
from bot.work import Paint, PublishHome, PutCall
from tests.databases import PostgresServer, SqliteFiles
from tests.forwarder import forwarder
from tests.scraped import Seen, health, scrape
from tests.test_store.examples import ANA, BEN, NOW, a_call, add, after, over

ROOT = Path(__file__).parent.parent
DASHBOARD = ROOT / "bot/dashboard/ringer.json"
WATCH_IT = (ROOT / "README.md").read_text(encoding="utf-8").partition("\n## Watch it\n")[2].partition("\n## ")[0]

People = tuple[Person, Person, Person]


@pytest.fixture
async def stage(tmp_path: Path, sqlite_files: SqliteFiles) -> AsyncIterator[tuple[World, People]]:
    async with world(database_url=sqlite_files.database(tmp_path), rings_per_minute=3) as made:
        ana, ben, cy = (made.workspace.person(name) for name in ("ana", "ben", "cy"))
        made.workspace.channel("support", ana, ben, cy)
        yield made, (ana, ben, cy)


# --- what happened


async def test_a_call_is_counted_from_its_command_to_its_end(stage: tuple[World, People]) -> None:
    world, (ana, ben, cy) = stage
    await ana.types("/ring @ben @cy", at="#support")
    await world.settled()
    world.clock.turn(timedelta(seconds=7))
    await ben.presses("Accept")
    await cy.presses("Decline")
    await world.settled()
    await world.joins(ana, ben)
    await world.leaves(ana, ben)
    await world.after(seconds=70)
    seen = await scrape(world)
    assert seen.value("ringer_commands_total", kind="ring", how="ringing") == 1
    assert seen.value("ringer_rings_total", kind="ring") == 1
    assert seen.value("ringer_answer_seconds_count", answer="accepted") == 1
    assert 7 <= seen.value("ringer_answer_seconds_sum", answer="accepted") < 20
    assert seen.value("ringer_answer_seconds_count", answer="rejected") == 1
    assert seen.value("ringer_calls_ended_total", kind="ring", reason="left") == 1
    assert seen.total("ringer_calls_ended_total") == 1
    assert seen.total("ringer_request_seconds_count", service="slack", operation="chat.postMessage", outcome="ok") >= 4
    assert seen.total("ringer_request_seconds_count", service="stream", operation="AcceptCall", outcome="ok") == 1
    assert seen.total("ringer_work_seconds_count", kind="PutCall", outcome="done") == 1
    assert seen.total("ringer_queue_depth") == 0
    assert seen.value("ringer_ledger_up") == 1
    assert not [name for name, _ in seen.samples if name.endswith("_created")]


async def test_who_answers_nothing_has_missed_it(stage: tuple[World, People]) -> None:
    world, (ana, _, _) = stage
    await ana.types("/ring @ben @cy", at="#support")
    await world.after(seconds=65)
    seen = await scrape(world)
    assert seen.value("ringer_missed_total") == 2
    assert seen.value("ringer_calls_ended_total", kind="ring", reason="missed") == 1


async def test_a_ring_that_was_taken_back_was_missed_by_nobody(stage: tuple[World, People]) -> None:
    world, (ana, _, _) = stage
    await ana.types("/ring @ben @cy", at="#support")
    await world.after(seconds=3)
    await ana.presses("Cancel", at="#support")
    await world.settled()
    seen = await scrape(world)
    assert seen.value("ringer_missed_total") == 0
    assert seen.value("ringer_calls_ended_total", kind="ring", reason="cancelled") == 1


async def test_the_clock_says_how_late_it_was(stage: tuple[World, People]) -> None:
    world, (ana, _, _) = stage
    await ana.types("/ring @ben in 5 minutes", at="#support")
    await world.after(minutes=5, seconds=20)
    seen = await scrape(world)
    assert seen.value("ringer_clock_lag_seconds_count") == 1
    assert 15 < seen.value("ringer_clock_lag_seconds_sum") < 25
    assert seen.value("ringer_clock_overdue_seconds") == 0
    assert seen.value("ringer_clock_since_tick_seconds") < 5


async def test_what_was_refused_is_counted_as_that(stage: tuple[World, People]) -> None:
    world, (ana, _, _) = stage
    for number in range(5):
        await ana.types(f'/ring @ben "{number}"', at="#support")
        await world.settled()
    await ana.types('/ring @ben "0"', at="#support")
    await ana.types('/notify @ben "and this"', at="#support")
    seen = await scrape(world)
    assert seen.value("ringer_commands_total", kind="ring", how="ringing") == 3
    assert seen.value("ringer_commands_total", kind="ring", how="rate_limited") == 2
    assert seen.value("ringer_commands_total", kind="ring", how="same_as_before") == 1
    assert seen.value("ringer_commands_total", kind="notify", how="rate_limited") == 1


# --- trouble


async def waits_for(world: World, name: str, at_least: float, **labels: str) -> Seen:
    """Scrapes until it is so."""
    for _ in range(200):
        seen = await scrape(world)
        if seen.total(name, **labels) >= at_least:
            return seen
        world.clock.turn(timedelta(seconds=1))
    raise AssertionError(f"{name} stays under {at_least}")


@pytest.mark.parametrize(
    ("road", "service", "owed", "kind"),
    [
        (Road.SLACK_API, "slack", "Paint", Kind.DROP_BEFORE),
        (Road.STREAM_API, "stream", "Accept", Kind.ERROR_503),
    ],
)
async def test_a_service_that_is_down_is_named_and_this_process_stays_well(
    stage: tuple[World, People], road: Road, service: str, owed: str, kind: Kind
) -> None:
    world, (ana, ben, _) = stage
    other = "stream" if service == "slack" else "slack"
    await ana.types("/ring @ben @cy", at="#support")
    await world.settled()
    assert (await health(world))[1][service]["down"] is False
    world.breaks(road, kind, times=None)
    await ben.presses("Accept")
    seen = await waits_for(world, "ringer_service_down", 1, service=service)
    assert seen.value("ringer_service_failures", service=service) >= 3
    assert seen.value("ringer_service_down", service=other) == 0
    seen = await waits_for(world, "ringer_retries_total", 1, kind=owed)
    assert seen.total("ringer_queue_depth", kind=owed) >= 1
    assert seen.value("ringer_queue_age_seconds", kind=owed) > 0
    for path in ("/healthz", "/readyz"):
        status, told = await health(world, path)
        assert status == 200 and told["ok"] and told[service]["down"] and not told[other]["down"]
        assert told[service]["last_success"] < told[service]["last_failure"]
    world.mends()
    while (await scrape(world)).value("ringer_service_down", service=service):
        world.clock.turn(timedelta(seconds=5))
    told = (await health(world))[1][service]
    assert not told["down"] and told["failures_in_a_row"] == 0


async def test_too_much_is_counted_by_method(stage: tuple[World, People]) -> None:
    world, (ana, _, _) = stage
    world.breaks(Road.SLACK_API, Kind.TOO_MANY, "users.info", seconds=1)
    await ana.types("/ring @ben", at="#support")
    await world.after(seconds=2)
    seen = await scrape(world)
    assert seen.value("ringer_rate_limited_total", service="slack", operation="users.info") == 1
    assert seen.total("ringer_request_seconds_count", operation="users.info", outcome="rate_limited") == 1
    assert seen.total("ringer_work_seconds_count", kind="Prepare", outcome="wait") == 1
    assert seen.value("ringer_retries_total", kind="Prepare") == 0, "a rate limit is nobody's failure"


async def test_the_first_scope_that_is_missing_is_an_increase(stage: tuple[World, People]) -> None:
    """Prometheus sees how a series grows, not what it began with."""
    world, (ana, ben, _) = stage
    world.workspace.usergroup("oncall", ben)
    world.workspace.scopes = world.workspace.scopes - {"usergroups:read"}
    assert (await scrape(world)).value("ringer_unauthorized_total", service="slack") == 0
    await ana.types("/ring @oncall", at="#support")
    await ana.sees("missing_scope", at="#support")
    seen = await scrape(world)
    assert seen.value("ringer_unauthorized_total", service="slack") == 1
    assert seen.value("ringer_unauthorized_total", service="stream") == 0


async def test_without_its_ledger_the_rest_is_told(stage: tuple[World, People]) -> None:
    world, _ = stage
    assert world.app is not None
    await world.app.store.close()
    seen = await scrape(world)
    assert seen.value("ringer_ledger_up") == 0
    assert "ringer_queue_depth" not in {name for name, _ in seen.samples}
    for unknown in ("ringer_inbox_depth", "ringer_inbox_age_seconds", "ringer_clock_overdue_seconds"):
        assert math.isnan(seen.value(unknown)), "of what was owed before nobody knows whether it still is"
    assert (await health(world))[0] == 200


async def test_while_the_database_is_away_the_process_lives_and_is_not_ready(postgres_server: PostgresServer) -> None:
    with ExitStack() as there:
        database_url = there.enter_context(postgres_server.database())
        async with world(database_url=database_url) as made:
            there.close()  # The database is gone.
            clockwork = await twenty_seconds_later(made)
            await clockwork.tick()
            status, told = await health(made)
            assert status == 200 and told["seconds_since_tick"] > 15
            status, told = await health(made, "/readyz")
            assert status == 503 and told["wrong"].startswith("The database cannot be used")
            assert (await scrape(made)).value("ringer_clock_since_tick_seconds") > 15, "nothing due is done"


async def test_while_the_database_is_silent_the_process_lives_and_is_not_ready(postgres_server: PostgresServer) -> None:
    with postgres_server.database() as database_url, patience(1.0):
        async with forwarder(database_url) as wire, world(database_url=wire.url) as made:
            await made.settled()
            wire.freeze()
            clockwork = await twenty_seconds_later(made)
            await clockwork.tick()
            status, told = await health(made)
            assert status == 200 and told["seconds_since_tick"] > 15
            status, told = await health(made, "/readyz")
            assert (status, told["wrong"]) == (503, "The database has not answered in time")
            wire.thaw()
            while (await health(made))[1]["seconds_since_tick"] > 15:
                await clockwork.tick()
            assert (await health(made, "/readyz"))[0] == 200


async def test_a_process_whose_clock_hangs_is_dead() -> None:
    async with world() as made:
        assert made.app
        async with made.app.clockwork._ticking:
            await twenty_seconds_later(made)
            status, told = await health(made)
            assert status == 503 and told["wrong"].startswith("the clock has not ticked for 2")
        await made.settled()
        assert (await health(made))[0] == 200


async def twenty_seconds_later(world: World) -> Clockwork:
    """By the machine's own clock, which no test turns; what was begun before has ended, or hangs."""
    assert world.app is not None
    clockwork = world.app.clockwork
    await asyncio.sleep(1.2)
    clockwork.machine = lambda: time.monotonic() + 20
    return clockwork


# --- counted once, and only what is durable


def changed(tx: Tx, call: Call) -> Call:
    ended = over(call)
    tx.save_all([(call, ended, None)])
    return ended


async def test_what_was_rolled_back_is_not_counted(store: Store) -> None:
    await add(store, a_call())
    metrics = Metrics()
    store.on_saved = metrics.saved

    def breaks(tx: Tx) -> None:
        changed(tx, a_call())
        raise ValueError

    with pytest.raises(ValueError):
        await store.commit(breaks)
    assert Seen(metrics.page(None).decode()).total("ringer_calls_ended_total") == 0
    await store.commit(lambda tx: changed(tx, a_call()))
    assert Seen(metrics.page(None).decode()).total("ringer_calls_ended_total") == 1


@pytest.mark.parametrize("database_url", ["postgres"], indirect=True)
async def test_what_was_run_again_is_counted_once(store: Store) -> None:
    await add(store, a_call())
    metrics, tried = Metrics(), []
    store.on_saved = metrics.saved

    def run_again(tx: Tx) -> None:
        changed(tx, a_call())
        tried.append(1)
        if len(tried) < 3:
            raise OperationalError("", {}, psycopg.errors.SerializationFailure())

    await store.commit(run_again)
    assert len(tried) == 3
    assert Seen(metrics.page(None).decode()).total("ringer_calls_ended_total") == 1


def test_an_answer_to_a_second_ring_is_timed_from_that_ring() -> None:
    metrics = Metrics()
    rung = a_call(rung_at=NOW)
    ben = next(member for member in rung.members if member.user == BEN)
    again = rung.with_member(replace(ben, deadline=after(seconds=90), rings=2))
    metrics.saved(again, again.with_member(replace(ben, state=MemberState.ACCEPTED, answered_at=after(seconds=34))))
    seen = Seen(metrics.page(None).decode())
    assert seen.value("ringer_answer_seconds_sum", answer="accepted") == 4
    assert seen.value("ringer_rings_total", kind="ring") == 0


# --- what is owed


async def test_the_queue_is_told_by_kind_and_state(store: Store) -> None:
    def fill(tx: Tx) -> None:
        tx.owe(PutCall("c1"), PutCall("c2"), PublishHome("T1", ANA), PublishHome("T1", BEN))
        tx.owe(Paint("m1", "c1"), at=after(minutes=1))
        tx.add_call(a_call("late"), after(seconds=-40))
        tx.keep_all([Delivery("k1", b"{}", NOW)])

    await store.commit(fill)
    home, *_ = await store.commit(lambda tx: [c for c in tx.claim(NOW, 9, 60) if isinstance(c.work, PublishHome)])
    await store.commit(lambda tx: tx.bury(home, "no", NOW))
    queue = await store.look(lambda tx: tx.queue(NOW))
    assert queue.depth_by_kind == {"PutCall": {"held": 2}, "PublishHome": {"held": 1}, "Paint": {"waiting": 1}}
    assert queue.dead == {"PublishHome": 1}
    assert (queue.unapplied, queue.overdue) == (1, 40)
    assert set(queue.ages) == {"PutCall", "PublishHome", "Paint"} and all(0 <= age < 60 for age in queue.ages.values())
    await store.commit(lambda tx: tx.revive([home.id], NOW))
    assert (await store.look(lambda tx: tx.queue(NOW))).depth_by_kind["PublishHome"] == {"held": 1, "ready": 1}


async def test_what_is_finished_costs_the_scrape_nothing(database_url: str, store: Store) -> None:
    """Its questions are answered from the partial indexes, which hold nothing of what is finished."""
    await store.commit(lambda tx: tx.owe(PutCall("c1")))
    engine = engine_for(database_at(database_url))
    explain = "EXPLAIN QUERY PLAN " if database_url.startswith("sqlite") else "EXPLAIN "
    with engine.connect() as connection:
        if not database_url.startswith("sqlite"):
            connection.execute(text("SET enable_seqscan = off"))
        for query, index in {
            asked._UNAPPLIED: "inbox_unapplied",
            asked._UNAPPLIED_SINCE: "inbox_unapplied",
            NEXT_DUE: "calls_due",
            asked._DEAD: "work_dead",
        }.items():
            sql = str(query.compile(engine, compile_kwargs={"literal_binds": True}))
            assert index in str(connection.execute(text(explain + sql)).all())
    engine.dispose()


# --- logs


async def test_a_whole_scene_logs_call_ids_in_json_and_nothing_that_opens_a_door(
    tmp_path: Path, sqlite_files: SqliteFiles, out: io.StringIO
) -> None:
    set_up_logging("json", level=logging.DEBUG, stream=out)
    async with world(database_url=sqlite_files.database(tmp_path), log_format="json") as stage:
        ana, ben, cy = (stage.workspace.person(name) for name in ("ana", "ben", "cy"))
        stage.workspace.channel("support", ana, ben, cy)
        await ana.types('/ring @ben @cy "quartz-plan"', at="#support")
        await stage.settled()
        press = await ben.presses("Accept")
        await cy.presses("Decline")
        await stage.joins(ana, ben)
        stage.breaks(Road.STREAM_API, Kind.ERROR_403, times=1)
        stage.breaks(Road.SLACK_API, Kind.GARBAGE, times=3)
        await ana.presses("End for all", at="#support")
        await stage.after(seconds=30)
        secrets = {
            stage.settings.slack_bot_token.get_secret_value(),
            stage.settings.stream_api_secret.get_secret_value(),
            stage.workspace.signing_secret,
        }
        call_id = stage.on_stream().id
    lines = [json.loads(line) for line in out.getvalue().splitlines()]
    assert any(line.get("call") == call_id for line in lines)
    assert all({"event", "level", "timestamp"} <= line.keys() for line in lines)
    written = out.getvalue()
    assert not [secret for secret in secrets if secret in written]
    assert not re.findall(r"eyJ[\w-]+\.[\w-]+", written), "a token"
    assert "token=" not in written and "/sandbox/join?" not in written, "a link"
    assert not re.findall(r"/(actions|commands)/[\w/]+", written), "a response_url"
    assert "quartz-plan" not in written
    assert press.url and press.url not in written


# --- what is made of them


def everything() -> Seen:
    """A page on which every metric there is has a series."""
    metrics = Metrics()
    ring = a_call(rung_at=None)
    ringing = a_call(rung_at=NOW).with_member(
        replace(a_call().members[1], deadline=after(seconds=60), state=MemberState.RINGING)
    )
    ben = ringing.members[1]
    metrics.commanded("ring", "ringing")
    metrics.saved(ring, ringing)
    metrics.saved(ringing, ringing.with_member(replace(ben, state=MemberState.ACCEPTED, answered_at=NOW)))
    metrics.saved(ringing, ringing.with_member(replace(ben, state=MemberState.MISSED)))
    metrics.saved(ringing, over(ringing))
    metrics.asked_slack("chat.update", "ratelimited", 1.0)
    metrics.asked_stream("RingCall", "ok", 1.0)
    metrics.worked("Paint", "retry", 1.0)
    metrics.ticked(1.0)
    return Seen(metrics.page(Queue({}, {}, {}, 0, 0.0, 0.0)).decode())


def named(expression: str) -> Iterator[tuple[str, set[str]]]:
    """Each metric of ours in a PromQL expression, with the labels it is selected by."""
    for name, selector in re.findall(r"(ringer_\w+|process_\w+)(\{[^}]*\})?", expression):
        yield name, set(re.findall(r"(\w+)\s*(?:=~|!~|!=|=)", selector))


def grouped(expression: str) -> set[str]:
    found = re.findall(r"\bby \(([^)]*)\)", expression)
    return {label.strip() for group in found for label in group.split(",")}


def dashboard() -> Any:
    return json.loads(DASHBOARD.read_text(encoding="utf-8"))


def panels() -> list[Any]:
    return [panel for panel in dashboard()["panels"] if panel["type"] != "row"]


def alerts() -> dict[str, str]:
    return dict(re.findall(r"^\| (Ringer\w+) \| `([^`]+)` \|", WATCH_IT.replace("\\|", "|"), flags=re.MULTILINE))


def expressions() -> list[str]:
    return [target["expr"] for panel in panels() for target in panel["targets"]] + list(alerts().values())


def test_every_metric_and_label_of_the_dashboard_and_the_alerts_exists() -> None:
    there = everything().names()
    for expression in expressions():
        used = list(named(expression))
        assert used, expression
        for name, labels in used:
            assert name in there, expression
            assert labels <= there[name], expression
        assert grouped(expression) <= set().union(*(there[name] for name, _ in used)), expression


def test_every_metric_of_ours_is_on_the_dashboard() -> None:
    shown = {name for panel in panels() for target in panel["targets"] for name, _ in named(target["expr"])}
    families = {family.name for family in everything().families if family.name.startswith("ringer_")}
    assert not [name for name in families if not any(one.startswith(name) for one in shown)]


def test_the_dashboard_is_one_that_grafana_takes() -> None:
    board = dashboard()
    assert board["title"] and board["uid"] and board["schemaVersion"] >= 36
    assert [variable["type"] for variable in board["templating"]["list"]] == ["datasource"]
    ids = [panel["id"] for panel in board["panels"]]
    assert len(ids) == len(set(ids))
    for panel in panels():
        assert panel["title"] and panel["description"]
        assert panel["datasource"]["uid"] == "${datasource}"
        assert {"h", "w", "x", "y"} == panel["gridPos"].keys() and panel["gridPos"]["x"] + panel["gridPos"]["w"] <= 24
        refs = [target["refId"] for target in panel["targets"]]
        assert refs and len(refs) == len(set(refs))
    taken: set[tuple[int, int]] = set()
    for place in (panel["gridPos"] for panel in board["panels"]):
        cells = {
            (x, y)
            for x in range(place["x"], place["x"] + place["w"])
            for y in range(place["y"], place["y"] + place["h"])
        }
        assert not cells & taken, "panels lie over each other"
        taken |= cells


def test_what_alerts_at_its_first_time_is_there_before_it() -> None:
    """`increase()` does not count what a series begins with."""
    at_the_start = {name for name, _ in Seen(Metrics().page(None).decode()).samples}
    first_counts = [expression for expression in alerts().values() if "increase(" in expression and "> 0" in expression]
    assert first_counts
    for expression in first_counts:
        assert {name for name, _ in named(expression)} <= at_the_start, expression


def test_there_are_alerts() -> None:
    assert {"RingerClockStopped", "RingerServiceDown", "RingerDeadRows", "RingerQueueOld"} <= alerts().keys()


def test_that_every_process_is_gone_is_an_alert_too() -> None:
    """All others are silent then: no series, no alert. The one it asks for is there from a process's first scrape."""
    at_the_start = {name for name, _ in Seen(Metrics().page(None).decode()).samples}
    absent = [re.fullmatch(r"absent\((\w+)\)", expression) for expression in alerts().values()]
    assert {found[1] for found in absent if found} & at_the_start


def test_labels_are_of_few_values() -> None:
    """Whatever Slack answers, and whoever asks, series stay few."""
    metrics = Metrics()
    for number in range(500):
        metrics.asked_slack("chat.update", f"some_new_code_{number}", 0.1)
    metrics.asked_slack("chat.update", "token_revoked", 0.1)
    seen = Seen(metrics.page(None).decode())
    outcomes = {dict(labels)["outcome"] for name, labels in seen.samples if name == "ringer_request_seconds_count"}
    assert outcomes == {"refused", "unauthorized"}
