"""Settings: what is missing or malformed is named, all at once; what is good is read; secrets stay inside."""

from datetime import timedelta
from pathlib import Path

import pytest

from bot.call.values import Rules
from bot.settings import Settings, SettingsError, load_settings
from tests.readme import settings_table

GOOD = {
    "SLACK_BOT_TOKEN": "xoxb-1-2-secretbot",
    "SLACK_SIGNING_SECRET": "secretsigning",
    "STREAM_API_KEY": "key",
    "STREAM_API_SECRET": "secretstream",
}
HUDDLE = "https://app.slack.com/huddle/{team}/{channel}"
ESM = "https://esm.sh/@stream-io/video-client@1.20.0?bundle"
MEET = "https://meet.example.com/{type}/{id}?user={user_id}&token={token}"


@pytest.fixture(autouse=True)
def empty_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    for name, value in GOOD.items():
        monkeypatch.setenv(name, value)
    return monkeypatch


def wrong(monkeypatch: pytest.MonkeyPatch, **settings: str) -> str:
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError) as error:
        load_settings()
    return str(error.value)


def test_all_that_is_missing_is_named_at_once_with_what_it_is_for() -> None:
    with pytest.raises(SettingsError) as error:
        load_settings()
    said = str(error.value)
    for name in GOOD:
        assert f"  {name}: it is missing.\n    {Settings.model_fields[name.lower()].description}" in said
    assert "For example: xoxb-" in said
    assert "PORT" not in said


def test_defaults_are_those_of_the_design(environment: pytest.MonkeyPatch) -> None:
    settings = load_settings()
    assert settings.rules() == Rules()
    assert settings.database_url == "sqlite:///ringer.sqlite3"
    assert (settings.host, settings.port, settings.lease_seconds) == ("127.0.0.1", 3000, 10)
    assert settings.slack_api_url == "https://slack.com/api/"
    assert settings.stream_base_url == "https://video.stream-io-api.com"
    assert settings.stream_user_id_template == "{team}-{user}"
    assert (settings.ring_command, settings.notify_command, settings.rings_per_minute) == ("/ring", "/notify", 20)
    assert not settings.socket_mode and not settings.huddle


READ = {
    "json becomes an object": ("CALL_CUSTOM", '{"a": {"b": 1}}', {"a": {"b": 1}}),
    "empty counts as unset": ("CALL_SETTINGS_OVERRIDE", "", {}),
    "a yes": ("ALLOW_SEVERAL_CALLS", "true", True),
    "slack's address gets its slash": ("SLACK_API_URL", "http://127.0.0.1:9/api", "http://127.0.0.1:9/api/"),
    "stream's loses it": ("STREAM_BASE_URL", "http://127.0.0.1:9/", "http://127.0.0.1:9"),
    "postgres at an address of version 6": ("DATABASE_URL", "postgresql://a:b@[::1]:1/d", "postgresql://a:b@[::1]:1/d"),
    "postgres on a socket": ("DATABASE_URL", "postgresql:///d?host=/run/pg", "postgresql:///d?host=/run/pg"),
    "postgres by its short name": ("DATABASE_URL", "postgres://a:b@c/d", "postgresql://a:b@c/d"),
    "a free port": ("PORT", "0", 0),
    "the shortest ring": ("RING_TIMEOUT_SECONDS", "5", 5),
    "the longest ring": ("RING_TIMEOUT_SECONDS", "180", 180),
    "no limit on rings": ("RINGS_PER_MINUTE", "0", 0),
    "a command with another name": ("RING_COMMAND", "/huddle-ring", "/huddle-ring"),
    "a huddle": ("JOIN_URL_TEMPLATE", HUDDLE, HUDDLE),
    "an app of one's own": ("JOIN_URL_TEMPLATE", MEET, MEET),
    "users by e-mail": ("STREAM_USER_ID_TEMPLATE", "{email}", "{email}"),
    "a module with a query": ("STREAM_SDK_URL", ESM, ESM),
    "a module at a port": ("STREAM_SDK_URL", "http://127.0.0.1:9/sdk/", "http://127.0.0.1:9/sdk/"),
    "spaces around it": ("STREAM_API_KEY", "  key2 ", "key2"),
}


@pytest.mark.parametrize(("name", "value", "read"), READ.values(), ids=READ)
def test_a_good_value_is_read(environment: pytest.MonkeyPatch, name: str, value: str, read: object) -> None:
    environment.setenv(name, value)
    assert getattr(load_settings(), name.lower()) == read


MALFORMED = {
    "a user's token": ("SLACK_BOT_TOKEN", "xoxp-1", "should begin with xoxb-"),
    "a bot's token for the app's": ("SLACK_APP_TOKEN", "xoxb-1", "should begin with xapp-"),
    "rings too shortly": ("RING_TIMEOUT_SECONDS", "4", "greater than or equal to 5"),
    "rings too long": ("RING_TIMEOUT_SECONDS", "181", "less than or equal to 180"),
    "no number": ("PORT", "http", "valid integer"),
    "no json": ("CALL_CUSTOM", "{oops", "is not JSON"),
    "json, no object": ("CALL_SETTINGS_OVERRIDE", "[1]", "not an object"),
    "no slash": ("RING_COMMAND", "ring", "a command is a slash and a word"),
    "only a slash": ("NOTIFY_COMMAND", "/", "a command is a slash and a word"),
    "two words": ("NOTIFY_COMMAND", "/noti fy", "a command is a slash and a word"),
    "two commands of one name": ("NOTIFY_COMMAND", "/ring", "the same as RING_COMMAND"),
    "an unknown placeholder": ("JOIN_URL_TEMPLATE", "https://x.org/{id}/{room}", "it holds {room}"),
    "braces that do not match": ("JOIN_URL_TEMPLATE", "https://x.org/{id", "expected '}'"),
    "a format in a placeholder": ("JOIN_URL_TEMPLATE", "https://x.org/{id!r}", "nothing else"),
    "an attribute in a placeholder": ("JOIN_URL_TEMPLATE", "https://x.org/{id.__class__}", "it holds {id.__class__}"),
    "one place for all calls": ("JOIN_URL_TEMPLATE", "https://x.org/", "everyone would join the same place"),
    "half a huddle, half an app": ("JOIN_URL_TEMPLATE", "https://x.org/{channel}/{id}", "belong to an app of your own"),
    "not the web": ("JOIN_URL_TEMPLATE", "javascript:{id}", "an address like"),
    "one user for all": ("STREAM_USER_ID_TEMPLATE", "{team}", "everyone would be the same user"),
    "a user id that Stream refuses": ("STREAM_USER_ID_TEMPLATE", "{team}:{user}", "holds only letters"),
    "stream's address with the version": ("STREAM_BASE_URL", "https://x.org/api/v2", "leave out /api/v2"),
    "another database": ("DATABASE_URL", "mysql://x", "sqlite:/// or postgresql://"),
    "a password with an @": ("DATABASE_URL", "postgresql://a:p@ss@db/d", "written %40"),
    "a port that is none": ("DATABASE_URL", "postgresql://a:b@db:54x2/d", "a host, and maybe : and a port"),
    "a database that forgets": ("DATABASE_URL", "sqlite:///:memory:", "lose everything"),
    "another log format": ("LOG_FORMAT", "xml", "'console' or 'json'"),
    "a module with a fragment": ("STREAM_SDK_URL", f"{ESM}#v1", "without a #"),
    "a module with somebody's password": ("STREAM_SDK_URL", "https://ana:pw@esm.sh/m.mjs", "or a password"),
    "a module that would say more in the page's policy": ("STREAM_SDK_URL", "https://esm.sh;img-src/m", "an address"),
    "a module without a scheme": ("STREAM_SDK_URL", "esm.sh/m.mjs", "an address like"),
    "an address without a scheme": ("PUBLIC_URL", "ringer.example.com", "an address like"),
}


@pytest.mark.parametrize(("name", "value", "why"), MALFORMED.values(), ids=MALFORMED)
def test_a_malformed_value_is_named_with_what_a_good_one_looks_like(
    environment: pytest.MonkeyPatch, name: str, value: str, why: str
) -> None:
    said = wrong(environment, **{name: value})
    field = Settings.model_fields[name.lower()]
    assert f"  {name}: " in said and why in said
    assert f"{field.description}\n    For example: {(field.examples or [''])[0]}" in said
    assert said.count("For example") == 1, "only what is wrong is spoken of"


def test_everything_wrong_is_told_at_once_without_repeating_secrets(environment: pytest.MonkeyPatch) -> None:
    said = wrong(environment, SLACK_BOT_TOKEN="xoxp-hush", PORT="x", CALL_CUSTOM="[]", STREAM_API_SECRET=" ")
    assert [line.split(":")[0].strip() for line in said.splitlines() if line.startswith("  ") and line[2] != " "] == [
        "SLACK_BOT_TOKEN",
        "STREAM_API_SECRET",
        "PORT",
        "CALL_CUSTOM",
    ]
    assert "hush" not in said


def test_socket_mode_needs_no_signing_secret(environment: pytest.MonkeyPatch) -> None:
    environment.delenv("SLACK_SIGNING_SECRET")
    assert "SLACK_SIGNING_SECRET: it is missing" in wrong(environment)
    environment.setenv("SLACK_APP_TOKEN", "xapp-1-A-2-c")
    assert load_settings().socket_mode


def test_the_environment_goes_before_the_env_file(environment: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("PORT=4000\nHOST=0.0.0.0\nSOMETHING_ELSE=1\n")
    environment.setenv("PORT", "5000")
    settings = load_settings()
    assert (settings.port, settings.host) == (5000, "0.0.0.0")
    assert load_settings(None).host == "127.0.0.1"


def test_serve_asks_for_a_place_to_join(environment: pytest.MonkeyPatch) -> None:
    with pytest.raises(SettingsError, match="PUBLIC_URL: it is missing, and the links"):
        load_settings(to_serve=True)
    environment.setenv("JOIN_URL_TEMPLATE", MEET)
    load_settings(to_serve=True)
    environment.delenv("JOIN_URL_TEMPLATE")
    environment.setenv("PUBLIC_URL", "https://ringer.example.com")
    load_settings(to_serve=True)


def test_what_only_serve_needs_is_named_with_all_the_rest() -> None:
    with pytest.raises(SettingsError) as error:
        load_settings(to_serve=True)
    for name in (*GOOD, "PUBLIC_URL"):
        assert f"  {name}: it is missing" in str(error.value)


def test_a_template_that_is_malformed_does_not_ask_for_another_address(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("JOIN_URL_TEMPLATE", "https://x.org/")
    with pytest.raises(SettingsError) as error:
        load_settings(to_serve=True)
    assert "JOIN_URL_TEMPLATE: " in str(error.value) and "PUBLIC_URL: " not in str(error.value)


def test_serve_refuses_a_lease_shorter_than_a_call_out(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("JOIN_URL_TEMPLATE", MEET)
    environment.setenv("LEASE_SECONDS", "6")
    with pytest.raises(SettingsError, match="LEASE_SECONDS: a call to Slack or Stream may take 6 s"):
        load_settings(to_serve=True)


def test_rules_follow_the_settings(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("RING_TIMEOUT_SECONDS", "30")
    environment.setenv("JOIN_GRACE_MINUTES", "2")
    environment.setenv("REMINDER_MINUTES", "15")
    environment.setenv("ALLOW_SEVERAL_CALLS", "yes")
    environment.setenv("JOIN_URL_TEMPLATE", HUDDLE)
    assert load_settings().rules() == Rules(
        ring_timeout=timedelta(seconds=30),
        join_grace=timedelta(minutes=2),
        reminder=timedelta(minutes=15),
        several_calls=True,
        huddle=True,
    )


def test_no_secret_is_ever_shown(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("SLACK_APP_TOKEN", "xapp-1-secretapp")
    environment.setenv("DATABASE_URL", "postgresql://ringer:secretword@db/ringer")
    assert "secret" not in repr(load_settings()).replace("signing_secret", "").replace("api_secret", "")


def test_the_table_has_a_row_for_every_setting() -> None:
    rows = settings_table().splitlines()
    assert rows[0] == "| name | default | meaning |"
    named = [row.split("|")[1].strip() for row in rows[2:]]
    assert named == [name.upper() for name in Settings.model_fields]
    assert all(row.count(" | ") == 2 and row.split("|")[3].strip() for row in rows[2:])
