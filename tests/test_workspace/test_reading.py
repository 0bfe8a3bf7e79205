"""What people type becomes what Slack sends, and what apps send becomes what people read."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.sandbox.clock import SandboxClock
from bot.sandbox.faults import Faults
from bot.sandbox.workspace import Person, Workspace
from bot.sandbox.workspace.keyboard import with_mentions
from bot.sandbox.workspace.reading import Reader
from tests.test_workspace.scene import Scene, actions, button, section

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


@pytest.fixture
def slack() -> Workspace:
    slack = Workspace(clock=SandboxClock(NOON), faults=Faults(), signing_secret="s", bot_token="xoxb")
    ana, ben = slack.person("ana"), slack.person("ben", display_name="Ben K", tz="America/New_York", clock_24h=False)
    slack.person("zoë")
    slack.channel("support", ana, ben)
    slack.channel("war-room", ana, private=True)
    slack.usergroup("on-call", ben)
    return slack


def eyes(slack: Workspace, name: str) -> Reader:
    return Reader(slack.state, slack.people[name].user)


@pytest.mark.parametrize(
    ("typed", "sent"),
    [
        ("@ben hi", "<@U0BEN|ben> hi"),
        ("@Ben K: hi", "<@U0BEN|ben>: hi"),
        ("@BEN.", "<@U0BEN|ben>."),
        ("@ben.smith", "@ben.smith"),
        ("@benny", "@benny"),
        ("mail@ben", "mail@ben"),
        ("(@ana, @zoë)", "(<@U0ANA|ana>, <@U0ZO|zoë>)"),
        ("@on-call", "<!subteam^S0ONCALL|@on-call>"),
        ("@here @channel", "<!here> <!channel>"),
        ("#support #nope", "<#C0SUPPORT|support> #nope"),
        ("#war-room", "<#C0WARROOM|>"),
        ("a & b < c > d", "a &amp; b &lt; c &gt; d"),
        ("<@U0BEN>", "&lt;@U0BEN&gt;"),
        ("see https://x.example/?a=1&b=2 now", "see <https://x.example/?a=1&amp;b=2> now"),
    ],
)
def test_typing(slack: Workspace, typed: str, sent: str) -> None:
    assert with_mentions(typed, slack.people["ana"].user, slack.state) == sent


def test_a_private_channel_is_no_mention_for_those_outside(slack: Workspace) -> None:
    assert with_mentions("#war-room", slack.people["ben"].user, slack.state) == "#war-room"


@pytest.mark.parametrize(
    ("sent", "read"),
    [
        ("<@U0BEN> and <@U0ANA|someone>", "@Ben K and @ana"),
        ("<#C0SUPPORT|x> <#C0WARROOM|>", "#support #war-room"),
        ("<!subteam^S0ONCALL> <!here> <!channel|channel>", "@on-call @here @channel"),
        ("*bold* _it_ ~gone~ `a*b*c` 2*3*4", "bold it gone a*b*c 2*3*4"),
        ("_*both*_", "both"),
        ("a_b_c and *half", "a_b_c and *half"),
        ("<https://x.example|the page> <https://y.example>", "the page https://y.example"),
        ("&lt;!channel&gt; a &amp; b", "<!channel> a & b"),
        ("&amp;lt;", "&lt;"),
    ],
)
def test_reading(slack: Workspace, sent: str, read: str) -> None:
    assert eyes(slack, "ana").mrkdwn(sent) == read


@pytest.mark.parametrize(
    ("pattern", "days", "ana", "ben"),
    [
        ("{time}", 0, "13:00", "7:00 AM"),
        ("{date_short_pretty} at {time}", 0, "today at 13:00", "today at 7:00 AM"),
        ("{date_short_pretty}", 1, "tomorrow", "tomorrow"),
        ("{date_pretty}", 8, "December 1st, 2026", "December 1st, 2026"),
        ("{date_num} {time_secs}", 0, "2026-11-23 13:00:00", "2026-11-23 7:00:00 AM"),
        ("{date_long}", 0, "Monday, November 23rd, 2026", "Monday, November 23rd, 2026"),
        ("{date_short}", -2, "Nov 21, 2026", "Nov 21, 2026"),
    ],
)
def test_dates_in_each_readers_own_zone(slack: Workspace, pattern: str, days: int, ana: str, ben: str) -> None:
    moment = int((NOON + timedelta(days=days)).timestamp())
    sent = f"<!date^{moment}^{pattern}|some time>"
    assert (eyes(slack, "ana").mrkdwn(sent), eyes(slack, "ben").mrkdwn(sent)) == (ana, ben)


def test_blocks_are_read_and_text_is_for_notifications(slack: Workspace) -> None:
    blocks: list[dict[str, Any]] = [
        {"type": "header", "text": {"type": "plain_text", "text": "Call"}},
        {**section("*ana* rings"), "accessory": button("Join")},
        {"type": "context", "elements": [{"type": "mrkdwn", "text": "since"}, {"type": "mrkdwn", "text": "_now_"}]},
        actions(button("Accept"), {"type": "static_select", "placeholder": {"type": "plain_text", "text": "More"}}),
        {
            "type": "rich_text",
            "elements": [
                {
                    "type": "rich_text_section",
                    "elements": [{"type": "text", "text": "hi "}, {"type": "user", "user_id": "U0BEN"}],
                }
            ],
        },
    ]
    read = "Call\nana rings [Join]\nsince now\n[Accept] [More ▾]\nhi @Ben K"
    assert eyes(slack, "ana").shows("ignored", blocks) == read


async def test_the_screen_is_a_transcript(scene: Scene) -> None:
    await scene.ana.types("hello @ben", at="#support")
    parent = scene.support.messages[0]
    await scene.client.chat_postMessage(channel=scene.support.id, text="*ringing*", thread_ts=parent.ts)
    await scene.client.chat_postEphemeral(channel=scene.support.id, user=scene.ben.id, text="psst")
    assert scene.ben.screen(at="#support").splitlines() == [
        "── #support ──",
        "04:00 ana: hello @ben",
        "    ↳ 04:00 Ringer: ringing",
        "04:00 Ringer (only visible to you): psst",
    ]
    assert "psst" not in scene.ana.screen()
    assert scene.ben.notifications == ["hello @ben", "ringing", "psst"]
    assert scene.cy.screen() == ""


async def test_sees_waits_for_what_comes_and_says_what_is_there_otherwise(scene: Scene) -> None:
    await scene.ana.types("hello", at="#support")

    async def refused(person: Person) -> str:
        with pytest.raises(AssertionError) as no:
            await person.sees("goodbye", within=0.05)
        return str(no.value)

    assert "hello" in await refused(scene.ben)
    with pytest.raises(AssertionError, match="does see 'hello'"):
        scene.ben.sees_not("hello")


async def test_who_cannot_type_where(scene: Scene) -> None:
    with pytest.raises(AssertionError, match="cy is not in #support"):
        await scene.cy.types("hi", at="#support")
    scene.support.archive()
    with pytest.raises(AssertionError, match="archived"):
        await scene.ana.types("hi", at="#support")
    stranger = scene.slack.person("stranger", foreign_team="T0OTHER")
    await stranger.types("/ring @ana")
    await stranger.sees("/ring is not a valid command.")
    scene.cy.deactivate()
    with pytest.raises(AssertionError, match="deactivated"):
        await scene.cy.types("hi")
    assert scene.slack.deliveries == []


async def test_commands_are_not_taken_in_threads(scene: Scene) -> None:
    await scene.ana.types("hello", at="#support")
    await scene.ana.types("/ring @ben", thread=scene.support.messages[0])
    await scene.ana.sees("not supported in threads")
    await scene.ana.types("/rng @ben")
    await scene.ana.sees("/rng is not a valid command.")
