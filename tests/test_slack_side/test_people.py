"""Who is who: remembered for a day, asked for side by side, and known on Stream by one id."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.person import Person
from bot.sandbox.faults import Kind
from bot.slack.api import SlackBusy, SlackUnavailable
from bot.slack.people import UnknownGroup, person_from, stream_user_id
from tests.test_slack_side.scene import TEAM, Scene

NOW = datetime(2026, 11, 22, tzinfo=UTC)


def known(shown: dict[str, Any], template: str = "{team}-{user}") -> Person:
    return person_from({"id": "U0ANA", "team_id": TEAM, **shown}, TEAM, template, NOW)


async def test_somebody_is_asked_for_once_a_day(scene: Scene) -> None:
    ana = scene.slack.person("ana", tz="Asia/Tokyo")
    first = await scene.people.person(TEAM, ana.id)
    assert first
    assert (first.name, first.tz, first.email) == ("ana", "Asia/Tokyo", "ana@huddle.example")
    assert first.stream_user_id == "t0huddle-u0ana"
    scene.turns(hours=23)
    assert await scene.people.person(TEAM, ana.id) == first
    assert len(scene.asked_slack("users.info")) == 1
    scene.turns(hours=2)
    await scene.people.person(TEAM, ana.id)
    assert len(scene.asked_slack("users.info")) == 2


async def test_a_fresh_look_sees_who_was_deactivated(scene: Scene) -> None:
    ana = scene.slack.person("ana")
    await scene.people.person(TEAM, ana.id)
    ana.deactivate()
    cached = await scene.people.person(TEAM, ana.id)
    fresh = await scene.people.person(TEAM, ana.id, max_age=timedelta())
    assert cached and not cached.is_deleted
    assert fresh and fresh.is_deleted


async def test_who_has_changed_is_asked_for_anew_and_a_status_is_no_change(scene: Scene) -> None:
    ana, told = scene.slack.person("ana"), {"id": "U0ANA", "profile": {"display_name": "ana"}, "tz": "Europe/Berlin"}
    first = await scene.people.person(TEAM, ana.id)
    await scene.people.changed(scene.people.described(TEAM, told))
    assert await scene.people.person(TEAM, ana.id) == first
    assert len(scene.asked_slack("users.info")) == 1
    ana.travels("Asia/Tokyo")
    await scene.people.changed(scene.people.described(TEAM, {**told, "tz": "Asia/Tokyo"}))
    then = await scene.people.person(TEAM, ana.id)
    assert then and (then.tz, then.email) == ("Asia/Tokyo", "ana@huddle.example")
    assert len(scene.asked_slack("users.info")) == 2


async def test_of_whom_nobody_asked_nothing_is_kept(scene: Scene) -> None:
    await scene.people.changed(scene.people.described(TEAM, {"id": "U0DEE", "profile": {"display_name": "dee"}}))
    assert await scene.store.look(lambda tx: tx.person(TEAM, "U0DEE")) is None


async def test_who_slack_does_not_show_is_left_out(scene: Scene) -> None:
    ana, hidden = scene.slack.person("ana"), scene.slack.person("hidden", foreign_team="T0OTHER")
    assert list(await scene.people.people(TEAM, [ana.id, hidden.id, "U0NOBODY", ana.id])) == [ana.id]


async def test_what_was_found_out_is_kept_though_the_rest_was_not(scene: Scene) -> None:
    everyone = [scene.slack.person(f"p{n}").id for n in range(5)]
    scene.breaks("users.info", Kind.ERROR_500)
    with pytest.raises(SlackUnavailable):
        await scene.people.people(TEAM, everyone)
    asked = len(scene.asked_slack("users.info"))
    assert set(await scene.people.people(TEAM, everyone)) == set(everyone)
    assert len(scene.asked_slack("users.info")) == asked + 1


async def test_a_crowd_is_looked_up_in_the_list_of_everyone(scene: Scene) -> None:
    for n in range(600):
        scene.slack.person(f"other{n}")
    everyone = [scene.slack.person(f"p{n}").id for n in range(98)]
    ext = scene.slack.person("ext", foreign_team="T0OTHER")
    scene.slack.channel("shared", ext, bot_in=True)
    assert set(await scene.people.people(TEAM, [*everyone, ext.id])) == {*everyone, ext.id}
    assert len(scene.asked_slack("users.list")) == 2
    assert [call.args["user"] for call in scene.asked_slack("users.info")] == [ext.id]


async def test_a_crowd_in_a_large_workspace_is_known_after_a_few_waits_without_asking_twice(scene: Scene) -> None:
    for n in range(1600):
        scene.slack.person(f"other{n}")
    everyone = [scene.slack.person(f"p{n}").id for n in range(99)]
    found: dict[str, Person] = {}
    while len(found) < 99:
        try:
            found = await scene.people.people(TEAM, everyone)
        except SlackBusy as busy:
            scene.turns(seconds=(busy.after or 0) + 5)
    assert len(scene.asked_slack("users.info")) == 99
    assert all(call.status == 200 for call in scene.slack.calls)


async def test_a_group_is_its_members(scene: Scene) -> None:
    ana, ben = scene.slack.person("ana"), scene.slack.person("ben")
    group = scene.slack.usergroup("ops", ana, ben)
    assert await scene.people.group_members(group.id) == (ana.id, ben.id)
    group.disable()
    with pytest.raises(UnknownGroup, match="not there any more"):
        await scene.people.group_members(group.id)


async def test_a_channel_the_bot_cannot_see_is_none(scene: Scene) -> None:
    ana = scene.slack.person("ana")
    secret = scene.slack.channel("secret", ana, private=True)
    assert await scene.people.channel(secret.id) is None
    assert await scene.people.channel_members(secret.id, at_most=1000) == ()
    assert await scene.people.channel(scene.slack.dm(ana).id) is None
    general = scene.slack.channel("general", ana)
    found = await scene.people.channel(general.id)
    assert found and not found.is_member


async def test_a_stranger_may_be_messaged_where_a_channel_is_shared(scene: Scene) -> None:
    ana, ext = scene.slack.person("ana"), scene.slack.person("ext", foreign_team="T0OTHER")
    assert not await scene.people.may_message(ext.id)
    scene.slack.channel("shared", ana, ext, bot_in=True)
    assert await scene.people.may_message(ext.id)


@pytest.mark.parametrize(
    ("shown", "what"),
    [
        pytest.param({}, {"is_bot": False, "is_deleted": False, "is_stranger": False, "tz": "UTC"}, id="bare"),
        pytest.param({"is_bot": True}, {"is_bot": True}, id="a bot"),
        pytest.param({"is_workflow_bot": True}, {"is_bot": True}, id="a workflow's bot"),
        pytest.param({"id": "USLACKBOT"}, {"is_bot": True}, id="Slackbot, which says it is none"),
        pytest.param({"deleted": True}, {"is_deleted": True}, id="deactivated"),
        pytest.param({"is_ultra_restricted": True}, {"is_guest": True}, id="a guest of one channel"),
        pytest.param({"team_id": "T0OTHER"}, {"is_stranger": True}, id="of another team"),
        pytest.param({"is_stranger": True}, {"is_stranger": True}, id="a stranger"),
        pytest.param(
            {"team_id": "T0OTHER", "enterprise_user": {"teams": ["T0OTHER", TEAM]}},
            {"is_stranger": False},
            id="of a team of the same organisation",
        ),
        pytest.param({"is_owner": True}, {"is_admin": True}, id="an owner is an admin"),
        pytest.param({"team_id": "T0OTHER", "is_admin": True}, {"is_admin": False}, id="another team's admin is none"),
        pytest.param({"profile": {"display_name": "Ana B"}, "real_name": "Ana"}, {"name": "Ana B"}, id="display name"),
        pytest.param({"profile": {"display_name": ""}, "real_name": "Ana"}, {"name": "Ana"}, id="real name"),
        pytest.param({"tz": None}, {"tz": "UTC"}, id="no zone"),
    ],
)
def test_a_user_of_slack_as_a_person(shown: dict[str, Any], what: dict[str, Any]) -> None:
    person = known(shown)
    assert {name: getattr(person, name) for name in what} == what


@pytest.mark.parametrize(
    ("template", "email", "expected"),
    [
        pytest.param("{team}-{user}", "", "t0a-u0b", id="team and user"),
        pytest.param("acme-{user}", "", "acme-u0b", id="with words of one's own"),
        pytest.param("{email}", "Ana.B@x.org", "ana_2eb@x_2eorg", id="an address"),
        pytest.param("{email}", "a_b+c@x.org", "a_5fb_2bc@x_2eorg", id="an address with what stands for something"),
        pytest.param("{email}", "ü@x.org", "_c3_bc@x_2eorg", id="an address in other letters"),
        pytest.param("{email}", "", "t0a-u0b", id="no address"),
    ],
)
def test_a_stream_user_id_keeps_to_streams_alphabet(template: str, email: str, expected: str) -> None:
    assert stream_user_id(template, team="T0A", user="U0B", email=email) == expected
