"""What is written in two places says the same in both, and the house keeps its own rules."""

import ast
import json
import os
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml
from slack_sdk.web.async_client import AsyncWebClient

from bot.call import answering, due, inviting, meeting, planning, ringing
from bot.call.change import Change
from bot.call.values import Call, CallKind, CallStatus, Member, MemberState, Rejection, Rules
from bot.sandbox.script import play
from bot.settings import Settings
from bot.slack.blocks import Note
from bot.slack.scopes import OPTIONAL_SCOPES
from tests import readme

ROOT = Path(__file__).parent.parent
BOT = ROOT / "bot"
README = (ROOT / "README.md").read_text(encoding="utf-8")


@cache
def trees() -> dict[str, ast.Module]:
    """Every module of ours by its name, read and not run."""
    return {_name(path): ast.parse(path.read_text(encoding="utf-8")) for path in sorted(BOT.rglob("*.py"))}


def _name(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def imports(module: str) -> Iterator[str]:
    """The names of all modules it imports, and of what it takes out of them, wherever the import stands."""
    is_package = (ROOT / Path(*module.split("."))).is_dir()
    for node in ast.walk(trees()[module]):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            up = module.split(".")[: len(module.split(".")) - node.level + is_package] if node.level else []
            source = ".".join([*up, *([node.module] if node.module else [])])
            yield source
            yield from (f"{source}.{alias.name}" for alias in node.names)


@pytest.fixture(scope="module")
def manifest() -> Any:
    return yaml.safe_load((ROOT / "manifest.yml").read_text(encoding="utf-8"))


# --- the manifest and the code


def listened_to(kind: str) -> list[ast.expr]:
    """What `app.command(…)`, `app.event(…)` and the like are given, where the listeners are put on the app."""
    return [
        node.args[0]
        for node in ast.walk(trees()["bot.slack.listeners.build"])
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr == kind
        and isinstance(node.func.value, ast.Name)
        and node.func.value.id == "app"
    ]


def test_the_commands_of_the_manifest_are_those_listened_to(manifest: Any) -> None:
    fields = Settings.model_fields
    names = [arg.id for arg in listened_to("command") if isinstance(arg, ast.Name) and arg.id in fields]
    commands = [command["command"] for command in manifest["features"]["slash_commands"]]
    assert commands == [fields[name].default for name in names]


def test_the_events_of_the_manifest_are_those_listened_to(manifest: Any) -> None:
    events = [arg.value for arg in listened_to("event") if isinstance(arg, ast.Constant)]
    assert manifest["settings"]["event_subscriptions"]["bot_events"] == events


def test_buttons_need_interactivity(manifest: Any) -> None:
    assert listened_to("action") and listened_to("view_submission")
    assert manifest["settings"]["interactivity"]["is_enabled"]


@cache
def slack_methods() -> dict[str, Any]:
    """The methods the stand-in workspace publishes."""
    published: dict[str, Any] = json.loads((BOT / "sandbox/workspace/slack_methods.json").read_text(encoding="utf-8"))
    return published


@cache
def called() -> frozenset[str]:
    """The Web API methods that the bot calls, as slack_sdk's client names them."""
    return frozenset(
        node.attr
        for module, tree in trees().items()
        if not module.startswith("bot.sandbox")
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and re.fullmatch(r"[a-z]+_\w+", node.attr) and _is_of_the_client(node)
    )


def _is_of_the_client(node: ast.Attribute) -> bool:
    on = ast.unparse(node.value)
    return bool(re.search(r"client(\(|$)", on)) and hasattr(AsyncWebClient, node.attr)


def test_every_method_called_is_one_the_stand_in_has() -> None:
    known = {method.replace(".", "_"): method for method in slack_methods()}
    assert {"auth_test", "chat_postMessage", "views_publish", "apps_connections_open"} <= called()
    assert called() <= set(known)


def test_every_method_is_named_as_it_is_called() -> None:
    """The names choose the rate buckets and stand in the metrics: one that differs would use up another's."""
    tree = trees()["bot.slack.api"]
    named = {node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and node.value in slack_methods()}
    used = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute) and _is_of_the_client(node)}
    assert {method.replace(".", "_") for method in named} == {name for name in used if "_" in name}


def test_the_scopes_of_the_manifest_are_those_of_the_methods_called(manifest: Any) -> None:
    asked = set(manifest["oauth_config"]["scopes"]["bot"])
    needed = {
        method: set(published["scopes"])
        for method, published in slack_methods().items()
        if method.replace(".", "_") in called() and published["scopes"]
    }
    assert not [method for method, any_of in needed.items() if not any_of & asked], "asks for too little"
    used = set[str]().union(*needed.values()) | {"commands"} | OPTIONAL_SCOPES
    assert asked - used == set(), "asks for too much"


# --- the notes and the code

OWED_BY = {"Tell", "say", "_answer", "_note", "_tell"}
"""Whatever owes somebody a note; which one comes second."""


def notes_owed() -> Iterator[str]:
    """Each note that is owed by its bare name."""
    for module, tree in trees().items():
        if not module.startswith("bot.ringer.") and module != "bot.slack.prepare":
            continue
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and len(node.args) > 1 and _last_name(node.func) in OWED_BY:
                yield from (str(each.value) for each in ast.walk(node.args[1]) if isinstance(each, ast.Constant))


def _last_name(node: ast.expr) -> str:
    return ast.unparse(node).rpartition(".")[2]


def test_every_note_owed_by_its_name_is_one() -> None:
    """Else it would fail only when somebody is told. Outcomes and answers to commands: tests/test_blocks_rules.py."""
    owed = {*notes_owed()}
    assert {"skipped", "scheduled_for", "refused", "told_again", "edited_too_often"} <= owed
    assert owed <= {*Note}


# --- the README and the code


def test_the_readme_begins_with_the_two_commands() -> None:
    first_screen = README[: README.index("\n## ")]
    assert "\npip install uv && uv run ringer sandbox\n" in first_screen
    assert "\npip install uv && uv run pytest\n" in first_screen


def test_the_tables_of_the_readme_are_those_of_the_code() -> None:
    """`uv run python -m tests.readme` writes them anew."""
    assert sorted(readme.places(README)) == sorted(readme.TABLES)
    assert readme.renewed(README) == README


async def test_the_readme_shows_what_people_see() -> None:
    lines: list[str] = []
    await play(lambda words: lines.extend(words.splitlines()))
    shown = README.split("```text\n")[1].split("```")[0].splitlines()
    assert len(shown) > 10
    assert [line for line in shown if line not in lines] == []


def test_the_readme_names_every_command_of_the_program() -> None:
    helped = run("-m", "bot", "--help")
    commands = re.search(r"\n    \w[\s\S]*", helped)
    assert commands
    names = re.findall(r"^    (\w+) ", commands[0], flags=re.MULTILINE)
    assert set(names) == {"serve", "sandbox", "migrate", "doctor"}
    assert not [name for name in names if f"ringer {name}" not in README]


def test_every_link_inside_the_readme_leads_somewhere() -> None:
    headings = re.findall(r"^#+ (.+)$", README, flags=re.MULTILINE)
    anchors = {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}
    assert not [link for link in re.findall(r"\]\(#([^)]+)\)", README) if link not in anchors]
    assert not [path for path in re.findall(r"\]\(([^)#:]+)\)", README) if not (ROOT / path).exists()]


def test_every_part_stands_on_the_map() -> None:
    map_of_bot = README[README.index("    bot/\n") :]
    parts = {path.name if path.suffix else f"{path.name}/" for path in BOT.iterdir() if _is_part(path)}
    assert {part for part in parts if not re.search(rf"[ (]{re.escape(part)}[ :]", map_of_bot)} == set()


def _is_part(path: Path) -> bool:
    return (path / "__init__.py").exists() or (path.suffix == ".py" and path.name != "__init__.py")


def test_the_state_diagram_is_the_life_of_a_call() -> None:
    diagram = README.split("```mermaid")[1].split("```")[0]
    drawn = re.findall(r"^ +(\S+) --> (\S+): \S.*$", diagram, flags=re.MULTILINE)
    assert len(drawn) == len(re.findall("-->", diagram)), "every arrow says what it is"
    inner = {(a, b) for a, b in drawn if "[*]" not in (a, b)}
    assert {state for arrow in inner for state in arrow} == {*CallStatus}
    assert inner == set(transitions())
    assert [b for a, b in drawn if a == "[*]"] == ["preparing"]
    assert [a for a, b in drawn if b == "[*]"] == ["ended"]


NOON = datetime(2026, 12, 1, 12, tzinfo=UTC)
RULES = Rules()


def transitions() -> Iterator[tuple[str, str]]:
    """Every step from one state to another that anything can bring about, found by trying everything everywhere."""
    seen, waiting = set(), [(_asked(kind, later), NOON) for kind in CallKind for later in (False, True)]
    while waiting:
        call, now = waiting.pop()
        if _likeness(call) in seen:
            continue
        seen.add(_likeness(call))
        for when in _moments(call, now):
            for change in _everything(call, when):
                if change.call.status is not call.status:
                    yield call.status.value, change.call.status.value
                waiting.append((change.call, when))


def _asked(kind: CallKind, later: bool) -> Call:
    return Call(
        id="call",
        type="default",
        team="T",
        channel="C",
        caller="UANA",
        kind=kind,
        created_at=NOON,
        ring_timeout=RULES.ring_timeout,
        members=(Member("UANA", "ana", MemberState.CALLER), Member("UBEN", "ben")),
        ring_by=None if later else NOON + RULES.ring_timeout,
        starts_at=NOON + timedelta(minutes=30) if later else None,
    )


def _likeness(call: Call) -> tuple[object, ...]:
    """Two calls that are alike in this can become the same things."""
    times = (call.starts_at, call.ring_by, call.accepted_at, call.started_at)
    people = tuple((m.state, m.is_in, m.said_no_ahead, m.left_at is None) for m in call.members)
    return (call.kind, call.status, call.on_stream, people, *(time is None for time in times))


def _moments(call: Call, now: datetime) -> Iterator[datetime]:
    soon = timedelta(seconds=1)
    yield now + soon
    if due_at := due.due_at(call, RULES):
        yield max(now, due_at) + soon


def _everything(call: Call, now: datetime) -> Iterator[Change]:
    yield planning.scheduled(call, now, RULES)
    if call.ring_by or not call.starts_at:
        yield ringing.rang(call, now)
    yield ringing.not_rung(call, "no", now)
    yield ringing.could_not_ring(call, ["UBEN"], now)
    yield answering.accept(call, "UBEN", now)
    yield answering.join(call, "UBEN", now)
    yield answering.reject(call, "UBEN", Rejection(), now)
    yield ringing.missed(call, ["UBEN"], now)
    yield ringing.cancel(call, "UANA", now)
    yield inviting.ring_again(call, "UANA", now)
    yield planning.cant_make_it(call, "UBEN", now)
    for user in ("UANA", "UBEN"):
        yield meeting.joined(call, user, f"session of {user} at {now}", now)
        yield meeting.leave(call, user, now)
    yield meeting.session_ended(call, now)
    yield meeting.end(call, "UANA", now, is_admin=False)
    yield meeting.ended_elsewhere(call, None, now)
    yield due.tick(call, now, RULES)


# --- the house's own rules


def run(*args: str, cwd: Path = ROOT, env: dict[str, str] | None = None) -> str:
    """A Python of its own; what it printed. Nothing may be said on stderr."""
    done = subprocess.run(
        [sys.executable, "-W", "error", *args],
        cwd=cwd,
        env={**os.environ, **(env or {})},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.stderr == ""
    assert done.returncode == 0, done.stdout
    return done.stdout


IMPORT_ALL = """
import importlib, json, os, sys, threading
sys.path.insert(0, sys.argv[1])
sys.dont_write_bytecode = True
before = dict(os.environ), os.listdir(), threading.active_count(), os.getcwd()
for name in json.loads(sys.argv[2]):
    importlib.import_module(name)
after = dict(os.environ), os.listdir(), threading.active_count(), os.getcwd()
assert after == before, [one for one in zip(before, after) if one[0] != one[1]]
"""


def test_importing_does_nothing(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("SLACK_BOT_TOKEN=malformed")
    modules = [name for name in trees() if not name.startswith("bot.store.migrations")]
    assert run("-c", IMPORT_ALL, str(ROOT), json.dumps(modules), cwd=tmp_path) == ""


HELP = """
import sys
from bot.__main__ import main
try:
    main(["--help"])
except SystemExit as ended:
    assert not ended.code
print("loaded:", *sorted({name.partition(".")[0] for name in sys.modules}))
"""


def test_help_waits_for_nothing() -> None:
    said, _, loaded = run("-c", HELP).partition("loaded:")
    assert "serve" in said
    heavy = {
        "slack_bolt",
        "slack_sdk",
        "sqlalchemy",
        "alembic",
        "aiohttp",
        "httpx",
        "pydantic",
        "structlog",
        "dateparser",
    }
    assert not heavy & set(loaded.split())


def test_the_environment_is_read_in_one_place() -> None:
    reads = {"os.environ", "os.environb", "os.getenv", "os.putenv"}
    by_name = [m for m in trees() if reads & set(imports(m))]
    through_os = [m for m, tree in trees().items() if reads & {ast.unparse(node) for node in _attributes(tree)}]
    assert by_name + through_os == []
    assert [m for m in trees() if any("dotenv" in n or "BaseSettings" in n for n in imports(m))] == ["bot.settings"]


def _attributes(tree: ast.Module) -> Iterator[ast.Attribute]:
    return (node for node in ast.walk(tree) if isinstance(node, ast.Attribute))


STAND_INS = ("bot.sandbox.workspace", "bot.sandbox.coordinator", "bot.sandbox.clock", "bot.sandbox.faults")


@pytest.mark.parametrize("module", [m for m in trees() if m.startswith("bot.sandbox.") and m != "bot.sandbox.world"])
def test_the_world_is_all_of_the_sandbox_that_knows_the_bot(module: str) -> None:
    allowed = STAND_INS if module.startswith(STAND_INS) else ("bot.sandbox.",)
    ours = {name for name in imports(module) if name.partition(".")[0] == "bot"} - {"bot", "bot.sandbox"}
    assert not [name for name in ours if not name.startswith(allowed)]


def test_every_module_has_its_place_in_the_import_contract() -> None:
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    placed = {name for contract in contracts if contract["type"] == "layers" for name in _names(contract["layers"])}
    placed |= set(STAND_INS)
    maps = {"bot", "bot.slack", "bot.sandbox"}
    homeless = [m for m in trees() if m not in maps and not any(f"{m}.".startswith(f"{name}.") for name in placed)]
    assert homeless == []
    assert not [name for name in placed if name not in trees()], "what is named is there"


def _names(layers: list[str]) -> Iterator[str]:
    for layer in layers:
        yield from (name.strip() for name in layer.split("|"))


def test_the_closed_doors_of_the_contract_are_closed_to_all() -> None:
    """Those who may know nothing of the bot are told so by name: a new part must be among what they may not know."""
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    parts = {".".join(module.split(".")[:2]) for module in trees()} - {"bot", "bot.__main__"}
    for contract in contracts:
        if "know nothing" in contract["name"] or "nobody's" in contract["name"]:
            excepted = {".".join(name.split(".")[:2]) for name in contract["source_modules"]}
            assert parts - excepted - set(contract["forbidden_modules"]) == set(), contract["name"]


@pytest.mark.parametrize("module", trees())
def test_every_module_begins_by_saying_what_it_is(module: str) -> None:
    assert ast.get_docstring(trees()[module])
