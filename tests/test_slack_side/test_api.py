"""Calls to Slack take their turn, obey Retry-After, and say what became of them."""

import asyncio

import pytest
from slack_sdk.web.async_client import AsyncWebClient

from bot.sandbox.faults import Kind
from bot.slack.api import SlackApi, SlackBusy, SlackRefused, SlackUnavailable
from tests.test_slack_side.scene import TEAM, TOKEN, Scene


async def test_whose_token_it_is(scene: Scene) -> None:
    identity = await scene.api.auth_test()
    assert (identity.team, identity.user, identity.bot) == (TEAM, "U0RINGER", "B0RINGER")


async def test_a_published_error_is_a_refusal_with_its_code(scene: Scene) -> None:
    with pytest.raises(SlackRefused, match=r"Slack refused the call\. users\.info: user_not_found") as refused:
        await scene.api.users_info("U0NOBODY")
    assert (refused.value.method, refused.value.code) == ("users.info", "user_not_found")


@pytest.mark.parametrize(
    ("kind", "method"),
    [
        pytest.param(kind, method, id=f"{kind} of {method}")
        for kind in (Kind.DROP_BEFORE, Kind.DROP_AFTER, Kind.ERROR_500, Kind.ERROR_503, Kind.GARBAGE)
        for method in ("users.info", "chat.postMessage")
    ],
)
async def test_no_answer_is_an_unknown_outcome(scene: Scene, kind: Kind, method: str) -> None:
    ana = scene.slack.person("ana")
    scene.breaks(method, kind, times=None)  # aiohttp asks once more by itself where that is harmless.
    with pytest.raises(SlackUnavailable) as unavailable:
        if method == "users.info":
            await scene.api.users_info(ana.id)
        else:
            await scene.api.post(ana.id, "hello")
    assert unavailable.value.outcome_unknown
    assert unavailable.value.counts


async def test_where_nobody_answers_at_all_the_outcome_is_known(scene: Scene) -> None:
    nowhere = AsyncWebClient(TOKEN, base_url="http://127.0.0.1:9/api/", retry_handlers=[])
    with pytest.raises(SlackUnavailable) as unavailable:
        await SlackApi(nowhere, scene.store, scene.clock, team=TEAM).auth_test()
    assert not unavailable.value.outcome_unknown


async def test_a_429_is_obeyed_by_everyone_who_shares_the_ledger(scene: Scene) -> None:
    ana = scene.slack.person("ana")
    scene.breaks("users.info", Kind.TOO_MANY, seconds=17)
    with pytest.raises(SlackBusy) as busy:
        await scene.api.users_info(ana.id)
    assert (busy.value.after, busy.value.counts) == (17, False)
    client = AsyncWebClient(TOKEN, base_url=scene.slack.api_url, retry_handlers=[])
    replica = SlackApi(client, scene.store, scene.clock, team=TEAM)
    with pytest.raises(SlackBusy) as busy:
        await replica.users_info(ana.id)
    assert busy.value.after is not None
    assert 15 < busy.value.after <= 17
    assert len(scene.asked_slack("users.info")) == 1
    scene.turns(seconds=17)
    assert (await replica.users_info(ana.id))["name"] == "ana"


async def test_posts_to_one_channel_wait_for_each_other_and_take_no_turn_of_the_rest(scene: Scene) -> None:
    ana, ben = scene.slack.person("ana"), scene.slack.person("ben")
    for _ in range(3):
        await scene.api.post(ana.id, "hello")
    refused = 0
    for _ in range(70):
        try:
            await scene.api.post(ana.id, "hello")  # Each second of real time lets one more through.
        except SlackBusy:
            refused += 1
    assert refused >= 60
    for _ in range(3):
        await scene.api.post(ben.id, "hello")
    scene.turns(seconds=1.1)
    await scene.api.post(ana.id, "hello")


async def test_no_tier_is_overrun(scene: Scene) -> None:
    """What the buckets let through, Slack takes, also in the first minute's burst and a turn after it."""
    ana = scene.slack.person("ana")
    done = 0
    for _ in range(40):
        try:
            await scene.api.conversations_open([ana.id])
            done += 1
        except SlackBusy as busy:
            scene.turns(seconds=busy.after or 0)
    assert done >= 25
    assert all(call.status == 200 for call in scene.slack.calls)


async def test_a_response_url_that_is_used_up_is_refused(scene: Scene) -> None:
    scene.slack.person("ana")
    with pytest.raises(SlackRefused, match="no_such_url"):
        await scene.api.respond(f"{scene.slack.origin}/actions/{TEAM}/unknown", "hello", [], replace_original=False)


async def test_a_429_of_a_response_url_is_a_wait_too(scene: Scene) -> None:
    scene.breaks("response_url", Kind.TOO_MANY, seconds=5)
    with pytest.raises(SlackBusy) as busy:
        await scene.api.respond(f"{scene.slack.origin}/actions/{TEAM}/key", "hello", [], replace_original=False)
    assert busy.value.after == 5


@pytest.mark.parametrize("kind", [Kind.ERROR_503, Kind.GARBAGE, Kind.DROP_BEFORE], ids=str)
async def test_a_response_url_may_give_no_answer_and_stands_in_no_error(scene: Scene, kind: Kind) -> None:
    scene.breaks("response_url", kind)
    with pytest.raises(SlackUnavailable) as unavailable:
        await scene.api.respond(f"{scene.slack.origin}/actions/{TEAM}/s3cret", "hello", [], replace_original=False)
    assert "s3cret" not in str(unavailable.value)
    assert unavailable.value.__cause__ is None


async def test_every_call_is_observed(scene: Scene) -> None:
    ana = scene.slack.person("ana")
    scene.breaks("users.info", Kind.ERROR_500)
    with pytest.raises(SlackUnavailable):
        await scene.api.users_info(ana.id)
    await scene.api.users_info(ana.id)
    with pytest.raises(SlackRefused):
        await scene.api.users_info("U0NOBODY")
    assert [outcome for method, outcome in scene.observed] == ["unavailable", "ok", "user_not_found"]


async def test_a_call_nobody_waits_for_any_more_is_not_held_against_slack(scene: Scene) -> None:
    scene.breaks("users.info", Kind.DELAY, seconds=60)
    asking = asyncio.create_task(scene.api.users_info(scene.slack.person("ana").id))
    await scene.struck()
    asking.cancel()
    await asyncio.gather(asking, return_exceptions=True)
    assert scene.observed == [("users.info", "cancelled")]


async def test_a_long_channel_is_read_page_by_page(scene: Scene) -> None:
    people = [scene.slack.person(f"p{n}") for n in range(450)]
    big = scene.slack.channel("big", *people, bot_in=True)
    assert len(await scene.api.conversations_members(big.id, at_most=451)) == 451
    assert len(await scene.api.conversations_members(big.id, at_most=200)) == 400
    assert (await scene.api.conversations_info(big.id)).count == 451
