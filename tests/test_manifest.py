"""The app's manifest is one that Slack takes, and asks for no more than the bot uses."""

import json
import re
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from bot.slack.scopes import OPTIONAL_SCOPES, SCOPES

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def manifest() -> Any:
    return yaml.safe_load((ROOT / "manifest.yml").read_text())


def test_slack_takes_it(manifest: Any) -> None:
    schema = json.loads((ROOT / "tests/data/slack-manifest.schema.json").read_text())
    jsonschema.Draft7Validator(schema).validate(manifest)


def test_each_scope_is_asked_for_with_a_reason(manifest: Any) -> None:
    asked = manifest["oauth_config"]["scopes"]["bot"]
    assert asked == sorted(SCOPES)
    assert all(SCOPES.values())


def test_addresses_of_people_are_the_one_thing_that_may_be_refused(manifest: Any) -> None:
    scopes = manifest["oauth_config"]["scopes"]
    assert scopes["bot_optional"] == sorted(OPTIONAL_SCOPES)
    assert "user" not in scopes, "the bot never acts with a person's token"


def test_mentions_arrive_as_ids(manifest: Any) -> None:
    commands = {command["command"]: command for command in manifest["features"]["slash_commands"]}
    assert set(commands) == {"/ring", "/notify"}
    assert all(command["should_escape"] for command in commands.values())


def test_the_bot_has_a_name_that_slack_allows(manifest: Any) -> None:
    # The schema does not say so, the documentation does: https://docs.slack.dev/reference/app-manifest
    assert re.fullmatch(r"[a-z0-9._-]{1,80}", manifest["features"]["bot_user"]["display_name"])


def test_one_address_serves_everything(manifest: Any) -> None:
    settings = manifest["settings"]
    places = [command["url"] for command in manifest["features"]["slash_commands"]]
    places += [settings["interactivity"]["request_url"], settings["event_subscriptions"]["request_url"]]
    assert set(places) == {"https://ringer.example.com/slack/events"}


def test_home_is_open_and_the_bot_is_told_of_people_and_of_nothing_else(manifest: Any) -> None:
    assert manifest["features"]["app_home"]["home_tab_enabled"]
    assert manifest["features"]["app_home"]["messages_tab_enabled"]
    assert manifest["settings"]["event_subscriptions"]["bot_events"] == ["app_home_opened", "user_change"]
