"""What Stream is told of a call: its people, what it is about, its settings, and whose tokens say so."""

from tests.scenarios.conftest import Stage, with_settings
from tests.scenarios.openings import ana_rings, asked, ids


def created(stage: Stage) -> dict[str, object]:
    """The body that made the newest call."""
    path = f"/video/call/{stage.world.cids[-1].replace(':', '/')}"
    return next(
        dict(each.body) for each in stage.world.coordinator.requests if each.path.endswith(path) and each.verb == "POST"
    )


async def test_a_ring_is_one_call_with_its_caller_its_callees_and_their_slack_ids(stage: Stage) -> None:
    await ana_rings(stage, '@ben @cy "Prod is down"')
    body = created(stage)
    assert (body["ring"], body["video"], body.get("notify", False)) == (True, True, False)
    on_stream = stage.world.on_stream()
    assert on_stream.created_by.id == stage.world.stream_id(stage.ana)
    assert on_stream.members.keys() == ids(stage, stage.ana, stage.ben, stage.cy)
    for person in (stage.ana, stage.ben, stage.cy):
        member = on_stream.members[stage.world.stream_id(person)]
        assert member.custom == {"slack_user_id": person.id}
        assert member.role in (None, "user", "call_member")
    user = stage.world.coordinator.users[stage.world.stream_id(stage.ben)]
    assert user.name == "ben"
    assert on_stream.team is None and on_stream.starts_at is None


async def test_ring_audio_is_no_video(stage: Stage) -> None:
    await ana_rings(stage, "@ben audio")
    assert created(stage)["video"] is False
    await stage.ben.sees("Audio call")


@with_settings(
    call_custom={"app": "desk", "topic": "theirs"},
    call_settings_override={"recording": {"mode": "disabled"}, "ring": {"missed_call_timeout_ms": 1}},
    caller_role="host",
    callee_role="guest",
    call_type="development",
)
async def test_what_the_operator_wants_on_every_call_is_merged_in(stage: Stage) -> None:
    await ana_rings(stage, '@ben "Prod"')
    on_stream = stage.world.on_stream()
    assert on_stream.type == "development"
    assert on_stream.custom == {
        "app": "desk",
        "topic": "theirs",
        "slack_team_id": "T0HUDDLE",
        "slack_channel_id": stage.support.id,
        "caller_slack_user_id": stage.ana.id,
    }
    data = created(stage)["data"]
    assert isinstance(data, dict)
    assert data["settings_override"]["recording"] == {"mode": "disabled"}
    assert set(data["settings_override"]["ring"].values()) == {60_000}
    roles = {user: member.role for user, member in on_stream.members.items()}
    assert roles == {stage.world.stream_id(stage.ana): "host", stage.world.stream_id(stage.ben): "guest"}


@with_settings(stream_multi_tenant=True)
async def test_a_call_belongs_to_its_team_where_the_app_is_multi_tenant(stage: Stage) -> None:
    stage.world.coordinator.app.multi_tenant = True
    await ana_rings(stage, "@ben")
    await stage.ben.sees("@ana is ringing you")
    assert stage.world.on_stream().team == "T0HUDDLE"
    assert stage.world.coordinator.users[stage.world.stream_id(stage.ben)].teams == ["T0HUDDLE"]
    await stage.ben.presses("Accept")
    await stage.world.settled()
    assert len(asked(stage, "accept")) == 1


@with_settings(stream_user_id_template="{email}")
async def test_people_who_have_users_on_stream_are_rung_as_those(stage: Stage) -> None:
    await ana_rings(stage, "@ben")
    await stage.ben.presses("Accept")
    await stage.world.settled()
    assert "ben" in stage.world.stream_id(stage.ben) and "huddle" in stage.world.stream_id(stage.ben)
    assert [who for who, _ in asked(stage, "accept")] == [stage.world.stream_id(stage.ben)]


async def test_users_are_upserted_before_the_call_names_them(stage: Stage) -> None:
    await ana_rings(stage)
    told = [each.operation for each in stage.world.coordinator.requests][:2]
    assert told == ["UpdateUsers", "GetOrCreateCall"]


@with_settings(join_url_template="https://meet.example/{id}?as={user_id}&token={token}")
async def test_a_personal_link_carries_a_token_that_soon_expires_and_stands_in_no_log(stage: Stage) -> None:
    await ana_rings(stage, "@ben")
    accept = await stage.ben.presses("Accept")
    assert accept.url
    token = accept.url.partition("token=")[2].partition("&")[0]
    assert token.count(".") == 2
    await stage.world.settled()
    assert token not in str(stage.logs)
    for person in (stage.ana, stage.cy, stage.dee):
        seen = [str(message.blocks) + message.text for message in person.messages()]
        assert not any(token in text for text in seen)
    assert not any(token in str(m.metadata) for m in stage.ben.messages() if m.metadata)
