"""The doctor against both stand-ins and real databases: what is well, what is not, and what it says to do."""

import ast
import inspect
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.doctor import examine
from bot.doctor.ledger import DEAD_SHOWN
from bot.doctor.stream import EVENT_TYPES
from bot.ledger import Delivery
from bot.ringer import meaning
from bot.sandbox.clock import SandboxClock
from bot.sandbox.coordinator import Coordinator
from bot.sandbox.faults import Fault, Faults, Kind, Road
from bot.sandbox.workspace import Workspace
from bot.settings import Settings
from bot.slack.scopes import SCOPES
from bot.store import Store, Tx, open_store
from bot.stream import events
from bot.work import Kick
from tests.databases import SqliteFiles

BOT_TOKEN, APP_TOKEN = "xoxb-1-2-secretbot", "xapp-1-A1-secretapp"
API_SECRET = "a secret of Stream's, long enough for HS256"
SECRETS = (BOT_TOKEN, APP_TOKEN, API_SECRET, "secretsigning", "secretpassword")
PUBLIC_URL = "https://ringer.example.com"
WEBHOOK = f"{PUBLIC_URL}/stream/events"


@dataclass
class Surgery:
    """Both stand-ins, a migrated database, and settings that fit all three."""

    faults: Faults
    workspace: Workspace
    coordinator: Coordinator
    database_url: str

    def settings(self, **changed: Any) -> Settings:
        return Settings.model_validate(
            {
                "slack_bot_token": BOT_TOKEN,
                "slack_app_token": APP_TOKEN,
                "slack_signing_secret": "secretsigning",
                "slack_api_url": self.workspace.api_url,
                "stream_api_key": "sandbox-key",
                "stream_api_secret": API_SECRET,
                "stream_base_url": self.coordinator.url,
                "database_url": self.database_url,
                "public_url": PUBLIC_URL,
                "join_url_template": "https://meet.example.com/{id}?token={token}",
                **changed,
            }
        )

    async def says(self, *, retry_dead: bool = False, **changed: Any) -> tuple[int, list[str]]:
        """The doctor's exit code and lines; none of them holds a secret."""
        lines: list[str] = []
        code = await examine(self.settings(**changed), lines.append, retry_dead=retry_dead)
        assert not [line for line in lines if any(secret in line for secret in SECRETS)]
        assert all(line.startswith(("ok   ", "mend ")) for line in lines)
        assert code == (1 if any(line.startswith("mend") for line in lines) else 0)
        return code, lines

    async def mends(self, **changed: Any) -> list[str]:
        """What it says is to be mended."""
        _, lines = await self.says(**changed)
        return [line.removeprefix("mend ") for line in lines if line.startswith("mend")]


@pytest.fixture
async def surgery(tmp_path: Path, sqlite_files: SqliteFiles) -> AsyncIterator[Surgery]:
    clock, faults = SandboxClock(), Faults()
    workspace = Workspace(
        clock=clock,
        faults=faults,
        signing_secret="secretsigning",
        bot_token=BOT_TOKEN,
        app_token=APP_TOKEN,
        scopes=frozenset(SCOPES),
    )
    coordinator = Coordinator(clock=clock, faults=faults, api_key="sandbox-key", api_secret=API_SECRET)
    await workspace.start()
    await coordinator.start()
    coordinator.hook(WEBHOOK)
    yield Surgery(faults, workspace, coordinator, sqlite_files.database(tmp_path))
    await coordinator.stop()
    await workspace.stop()


async def give_up(store: Store, why: str, at: datetime) -> None:
    """Bury all that is owed."""

    def bury(tx: Tx) -> None:
        for claimed in tx.claim(datetime.now(UTC), 100, 10):
            tx.bury(claimed, why, at)

    await store.commit(bury)


async def test_all_is_well(surgery: Surgery) -> None:
    code, lines = await surgery.says()
    assert code == 0
    assert lines == [
        "ok   Slack's bot token: it is ringer's in Huddle",
        "ok   Slack's scopes: all that are needed are granted",
        "ok   Slack's app token: Slack opens a socket with it",
        "ok   Stream's key and secret: they are those of sandbox",
        "ok   Stream's teams: not used",
        "ok   Stream's call type: default",
        f"ok   Stream's webhook: {WEBHOOK} is sent all it needs",
        "ok   the database: reachable, and up to date",
        "ok   work given up: none",
        "ok   what Stream reported: all of it could be applied",
        f"ok   PUBLIC_URL: {PUBLIC_URL} (whether it leads here cannot be seen from here)",
        "ok   where people join: in an app of your own",
    ]


async def test_without_socket_mode_its_token_is_nobodys_business(surgery: Surgery) -> None:
    _, lines = await surgery.says(slack_app_token=None)
    assert not [line for line in lines if "app token" in line]
    assert "apps.connections.open" not in [call.method for call in surgery.workspace.calls]


async def test_a_proxy_is_for_the_outside_world(surgery: Surgery, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    assert await surgery.mends() == []


# --- Slack


async def test_a_bot_token_that_slack_refuses(surgery: Surgery) -> None:
    (said,) = await surgery.mends(slack_bot_token="xoxb-1-2-another")
    assert said.startswith("Slack's bot token: Slack refuses SLACK_BOT_TOKEN (invalid_auth): copy the Bot User OAuth")


async def test_an_app_token_that_slack_refuses(surgery: Surgery) -> None:
    (said,) = await surgery.mends(slack_app_token="xapp-1-another")
    assert said.startswith("Slack's app token: Slack opens no socket with SLACK_APP_TOKEN (invalid_auth)")


async def test_a_scope_that_was_not_granted(surgery: Surgery) -> None:
    surgery.workspace.scopes = frozenset(SCOPES) - {"channels:join", "users:read.email"}
    (said,) = await surgery.mends()
    assert said.startswith(
        "Slack's scopes: add to the app's bot token scopes, then install the app anew: channels:join"
    )
    assert "users:read.email" not in said, "it is needed only where ids are made of addresses"


async def test_addresses_are_needed_where_ids_are_made_of_them(surgery: Surgery) -> None:
    surgery.workspace.scopes = frozenset(SCOPES) - {"users:read.email"}
    (said,) = await surgery.mends(stream_user_id_template="{email}")
    assert "users:read.email" in said


@pytest.mark.parametrize("kind", [Kind.DROP_BEFORE, Kind.GARBAGE, Kind.ERROR_500, Kind.TOO_MANY], ids=str)
async def test_slack_that_does_not_answer_is_said_and_the_rest_looked_at(surgery: Surgery, kind: Kind) -> None:
    surgery.faults.add(Fault(Road.SLACK_API, kind, times=None))
    _, lines = await surgery.says()
    told = [line for line in lines if line.startswith("mend")]
    assert [line.split(":")[0] for line in told] == ["mend Slack's bot token", "mend Slack's app token"]
    assert all("not checked, Slack did not answer" in line for line in told)
    assert "ok   Stream's call type: default" in lines


# --- Stream


async def test_a_secret_that_stream_refuses(surgery: Surgery) -> None:
    (said,) = await surgery.mends(stream_api_secret="another secret, of somebody else's app")
    assert said.startswith("Stream's key and secret: Stream refuses STREAM_API_KEY with STREAM_API_SECRET (")


async def test_stream_that_does_not_answer_is_said_and_the_rest_looked_at(surgery: Surgery) -> None:
    surgery.faults.add(Fault(Road.STREAM_API, Kind.ERROR_503, times=None))
    (said,) = await surgery.mends()
    assert said.startswith("Stream's key and secret: not checked (Stream is unavailable")


async def test_an_app_with_teams_and_a_bot_without(surgery: Surgery) -> None:
    surgery.coordinator.app.multi_tenant = True
    assert await surgery.mends() == [
        "Stream's teams: the app on Stream is multi-tenant: set STREAM_MULTI_TENANT to true"
    ]
    assert await surgery.mends(stream_multi_tenant=True) == []


async def test_a_bot_with_teams_and_an_app_without(surgery: Surgery) -> None:
    (said,) = await surgery.mends(stream_multi_tenant=True)
    assert said.startswith("Stream's teams: STREAM_MULTI_TENANT is true and the app on Stream is not")


async def test_a_call_type_that_is_not_there(surgery: Surgery) -> None:
    (said,) = await surgery.mends(call_type="slack_ring")
    assert said.startswith("Stream's call type: Stream has none called slack_ring (")


async def test_a_call_type_that_nobody_may_join(surgery: Surgery) -> None:
    kind = surgery.coordinator.app.call_types["default"]
    kind.grants = {"user": ["read-call"], "call_member": [], "host": ["join-call"]}
    (said,) = await surgery.mends()
    assert said.startswith("Stream's call type: nobody rung may join a call of type default: grant join-call")
    assert await surgery.mends(callee_role="host") == []


async def test_a_call_type_that_keeps_people_out(surgery: Surgery) -> None:
    (said,) = await surgery.mends(call_type="audio_room")
    assert said.startswith("Stream's call type: audio_room has backstage on, which keeps people out")
    assert await surgery.mends(call_type="audio_room", call_settings_override={"backstage": {"enabled": False}}) == []
    (said,) = await surgery.mends(call_settings_override={"backstage": {"enabled": True}})
    assert "default has backstage on" in said


WEBHOOKS: dict[str, tuple[Callable[[Coordinator], None], str]] = {
    "there is none": (
        lambda stream: stream.app.event_hooks.clear(),
        f"none that is turned on leads to this bot: in Stream's dashboard add one with the URL {WEBHOOK}, for all",
    ),
    "it is turned off": (
        lambda stream: stream.app.event_hooks[0].update(enabled=False),
        "none that is turned on leads to this bot: ",
    ),
    "it is a queue": (
        lambda stream: stream.app.event_hooks[0].update(hook_type="sqs"),
        "none that is turned on leads to this bot: ",
    ),
    "it leads elsewhere": (
        lambda stream: stream.app.event_hooks[0].update(webhook_url="https://old.example.com/stream/events"),
        "none that is turned on leads to this bot (there is one to https://old.example.com/stream/events): ",
    ),
    "it leads to another page": (
        lambda stream: stream.app.event_hooks[0].update(webhook_url=f"{PUBLIC_URL}/hooks"),
        "none that is turned on leads to this bot: ",
    ),
    "it is not sent everything": (
        lambda stream: stream.app.event_hooks[0].update(event_types=[*EVENT_TYPES[2:], "call.ring"]),
        f"{WEBHOOK} is not sent {EVENT_TYPES[0]}, {EVENT_TYPES[1]}: add that to it",
    ),
}


@pytest.mark.parametrize(("change", "expected"), WEBHOOKS.values(), ids=WEBHOOKS.keys())
async def test_a_webhook_that_tells_the_bot_nothing(
    surgery: Surgery, change: Callable[[Coordinator], None], expected: str
) -> None:
    change(surgery.coordinator)
    (said,) = await surgery.mends()
    assert said.startswith(f"Stream's webhook: {expected}")


async def test_webhooks_that_are_sent_everything_between_them(surgery: Surgery) -> None:
    surgery.coordinator.app.event_hooks.clear()
    surgery.coordinator.hook(WEBHOOK, EVENT_TYPES[:3])
    surgery.coordinator.hook(WEBHOOK, EVENT_TYPES[3:])
    assert await surgery.mends() == []


def test_what_must_be_sent_is_what_is_applied() -> None:
    applied = [
        case.pattern.cls.attr
        for case in ast.walk(ast.parse(inspect.getsource(meaning)))
        if isinstance(case, ast.match_case)
        and isinstance(case.pattern, ast.MatchClass)
        and isinstance(case.pattern.cls, ast.Attribute)
    ]
    types = [getattr(events, name).model_fields["type"].default for name in applied]
    assert sorted(types) == list(EVENT_TYPES)


# --- the database


async def test_a_database_that_is_behind(surgery: Surgery, empty_database_url: str) -> None:
    (said,) = await surgery.mends(database_url=empty_database_url)
    assert said.startswith("the database: not up to date (")
    assert "run `ringer migrate`" in said


async def test_looking_for_a_database_makes_none(surgery: Surgery, tmp_path: Path) -> None:
    await surgery.mends(database_url=f"sqlite:///{tmp_path / 'none.db'}")
    assert not (tmp_path / "none.db").exists()


async def test_a_database_that_cannot_be_reached(surgery: Surgery) -> None:
    (said,) = await surgery.mends(database_url="postgresql://ringer:secretpassword@127.0.0.1:1/ringer")
    assert said.startswith("the database: it cannot be used (")


async def test_a_file_that_is_no_database(surgery: Surgery, tmp_path: Path) -> None:
    (tmp_path / "odd.db").write_text("Dear diary, " * 100)
    (said,) = await surgery.mends(database_url=f"sqlite:///{tmp_path / 'odd.db'}")
    assert said.startswith("the database: it cannot be used (")


async def test_work_that_was_given_up_is_listed_and_can_be_tried_again(surgery: Surgery, database_url: str) -> None:
    at = datetime(2026, 12, 1, 9, 30, tzinfo=UTC)
    store = open_store(database_url)
    await store.commit(lambda tx: tx.owe(Kick("call1", "UBEN"), Kick("call2", "UBEN")))
    await give_up(store, "Stream refused (403, code 17): no.", at)

    assert sorted(await surgery.mends(database_url=database_url)) == [
        f"work given up: Kick for call {call}, tried once until 2026-12-01 09:30 UTC: Stream refused (403, code 17): "
        "no. Once that is mended, `ringer doctor --retry-dead` tries it again"
        for call in ("call1", "call2")
    ]
    assert len(await store.look(lambda tx: tx.dead(10))) == 2, "it only looked"

    code, lines = await surgery.says(database_url=database_url, retry_dead=True)
    assert code == 0
    assert "ok   retry: 2 given up, owed again now" in lines
    assert "ok   work given up: none" in lines
    assert len(await store.commit(lambda tx: tx.claim(datetime.now(UTC), 10, 10))) == 2
    await store.close()


async def test_what_stream_reported_and_nobody_could_apply_is_counted(surgery: Surgery) -> None:
    at = datetime(2026, 12, 1, 9, 30, tzinfo=UTC)
    store = open_store(surgery.database_url)
    for number, why in enumerate(("", "not JSON", "KeyError('cid')")):
        delivery = Delivery(f"w{number}", b"", at + timedelta(minutes=number))
        await store.commit(lambda tx, one=delivery: tx.keep_all([one]))  # type: ignore[misc]
        await store.commit(lambda tx, one=delivery, why=why: tx.applied([one.key], at, why))  # type: ignore[misc]
    _, lines = await surgery.says()
    assert (
        "ok   what Stream reported: 2 events could not be applied, the last one of 2026-12-01 09:32 UTC "
        "(KeyError('cid')). Stream was asked how the calls stand instead"
    ) in lines
    await store.close()


async def test_much_that_was_given_up_is_not_all_listed_but_all_tried_again(surgery: Surgery) -> None:
    store = open_store(surgery.database_url)
    await store.commit(lambda tx: tx.owe(*(Kick(f"call{n}", "UBEN") for n in range(DEAD_SHOWN + 1))))
    await give_up(store, "no", datetime.now(UTC))
    told = await surgery.mends()
    assert len(told) == DEAD_SHOWN + 1
    assert told[-1] == f"work given up: only the first {DEAD_SHOWN} are shown: there may be more"
    _, lines = await surgery.says(retry_dead=True)
    assert f"ok   retry: {DEAD_SHOWN + 1} given up, owed again now" in lines
    await store.close()


async def test_there_may_be_nothing_to_try_again(surgery: Surgery) -> None:
    _, lines = await surgery.says(retry_dead=True)
    assert "ok   retry: nothing was given up" in lines


# --- where people and their browsers go


PLACES = {
    "nowhere": ("", "it is not set"),
    "without a certificate": ("http://ringer.example.com", "is not https"),
    "this machine": ("https://127.0.0.1:3000", "nobody outside can reach"),
    "this machine by name": ("https://localhost", "nobody outside can reach"),
    "the office": ("https://10.1.2.3", "nobody outside can reach"),
    "the office by name": ("https://ringer.internal", "nobody outside can reach"),
}


@pytest.mark.parametrize(("url", "expected"), PLACES.values(), ids=PLACES.keys())
async def test_a_public_url_that_nobody_can_reach(surgery: Surgery, url: str, expected: str) -> None:
    surgery.coordinator.app.event_hooks[0]["webhook_url"] = f"{url or PUBLIC_URL}/stream/events"
    (said,) = await surgery.mends(public_url=url)
    assert said.startswith("PUBLIC_URL: ")
    assert expected in said


async def test_nowhere_to_join(surgery: Surgery) -> None:
    (said,) = await surgery.mends(join_url_template="")
    assert said.startswith("where people join: on the bot's own page, which lacks STREAM_SDK_URL")


async def test_a_page_of_its_own_to_join(surgery: Surgery) -> None:
    _, lines = await surgery.says(join_url_template="", stream_sdk_url="https://cdn.example.com/client.mjs")
    assert lines[-1] == "ok   where people join: on the bot's own page, with the SDK from cdn.example.com"


async def test_a_huddle_to_join(surgery: Surgery) -> None:
    _, lines = await surgery.says(join_url_template="https://app.slack.com/huddle/{team}/{channel}")
    assert lines[-1] == "ok   where people join: in Slack's own huddle"


async def test_a_lease_that_a_slow_answer_outlives(surgery: Surgery) -> None:
    (said,) = await surgery.mends(lease_seconds=5)
    assert said.startswith("LEASE_SECONDS: ")
