"""What people type after /ring and /notify, in Slack's escaped form, and what the bot makes of it."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.slack.command import (
    Cancel,
    Help,
    ListCalls,
    Notify,
    OpenModal,
    Ring,
    Wrong,
    escape,
    parse_notify,
    parse_ring,
)

ANA, BEN = "<@UANA>", "<@UBEN|ben>"


def ring(
    *users: str, groups: tuple[str, ...] = (), topic: str | None = None, when: str | None = None, audio: bool = False
) -> Ring:
    return Ring(users, groups, topic, when, audio)


def notify(
    *users: str, channel: str | None = None, topic: str | None = None, when: str | None = None, audio: bool = False
) -> Notify:
    return Notify(users, (), channel, topic, when, audio)


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        pytest.param(f"{ANA}", ring("UANA"), id="one person"),
        pytest.param("<@WANA>", ring("WANA"), id="a person of an Enterprise Grid"),
        pytest.param(f"{ANA} {BEN}", ring("UANA", "UBEN"), id="two people"),
        pytest.param(f"{ANA}{BEN}", ring("UANA", "UBEN"), id="two people without a space"),
        pytest.param(f"{ANA} and {BEN}", ring("UANA", "UBEN"), id="two people joined by and"),
        pytest.param(f"{ANA}, {BEN}", ring("UANA", "UBEN"), id="two people joined by a comma"),
        pytest.param(f"{ANA} &amp; {BEN}", ring("UANA", "UBEN"), id="two people joined by an ampersand"),
        pytest.param(f"{BEN} {ANA} <@UBEN>", ring("UBEN", "UANA"), id="a double is dropped, the order is kept"),
        pytest.param("<@UANA|&lt;!here&gt;>", ring("UANA"), id="a name that looks like @here decides nothing"),
        pytest.param('<@UANA|an"a> "tea"', ring("UANA", topic="tea"), id="a name with a quotation mark"),
        pytest.param("<@UANA|audio>", ring("UANA"), id="a person who calls himself audio"),
        pytest.param("<!subteam^S1|@ops>", ring(groups=("S1",)), id="a group"),
        pytest.param("<!subteam^S1> <!subteam^S1|ops>", ring(groups=("S1",)), id="a group twice"),
        pytest.param(f'{ANA} "standup"', ring("UANA", topic="standup"), id="a topic"),
        pytest.param(f'"standup" {ANA}', ring("UANA", topic="standup"), id="a topic before the people"),
        pytest.param(f"{ANA} “stand up”", ring("UANA", topic="stand up"), id="a topic in curly quotes"),
        pytest.param(f"{ANA} „stand up“", ring("UANA", topic="stand up"), id="a topic in German quotes"),
        pytest.param(f'{ANA} "stand up”', ring("UANA", topic="stand up"), id="a topic in mixed quotes"),
        pytest.param(f"{ANA} «stand up»", ring("UANA", topic="stand up"), id="a topic in guillemets"),
        pytest.param(f"{ANA} 'ana's standup'", ring("UANA", topic="ana's standup"), id="a topic in single quotes"),
        pytest.param(f"{ANA} ‘stand up’", ring("UANA", topic="stand up"), id="a topic in curly single quotes"),
        pytest.param(f'{ANA} about "tea"', ring("UANA", topic="tea"), id="about before the topic"),
        pytest.param(f'{ANA} ""', ring("UANA"), id="empty quotes are no topic"),
        pytest.param(f'{ANA} "  \n "', ring("UANA"), id="a blank topic is no topic"),
        pytest.param(f'{ANA} "R&amp;D &lt;3"', ring("UANA", topic="R&D <3"), id="a topic is plain text"),
        pytest.param(f'{ANA} "&amp;lt;"', ring("UANA", topic="&lt;"), id="a topic is unescaped once"),
        pytest.param(f'{ANA} "a\nb\x00c\td"', ring("UANA", topic="a b c d"), id="control characters become spaces"),
        pytest.param(f'{ANA} "a\u202eb\u2066c"', ring("UANA", topic="a b c"), id="so do those that turn the text"),
        pytest.param(f'{ANA} "call <@UBEN|ben>"', ring("UANA", topic="call @ben"), id="a person in a topic"),
        pytest.param(f'{ANA} "see <#C1|ops>"', ring("UANA", topic="see #ops"), id="a channel in a topic"),
        pytest.param(f'{ANA} "<!here>"', ring("UANA", topic="@here"), id="@here in a topic is words"),
        pytest.param(
            f'{ANA} "<http://a.io|a.io> & <http://b.io>"',
            ring("UANA", topic="a.io & http://b.io"),
            id="links in a topic are words",
        ),
        pytest.param(f'{ANA} "{"x" * 200}"', ring("UANA", topic="x" * 200), id="the longest topic"),
        pytest.param(f"{ANA} audio", ring("UANA", audio=True), id="audio at the end"),
        pytest.param(f"Audio {ANA}", ring("UANA", audio=True), id="audio at the start"),
        pytest.param(f"{ANA} video", ring("UANA"), id="video is what one gets anyway"),
        pytest.param(f'{ANA} "audio"', ring("UANA", topic="audio"), id="audio in quotes is a topic"),
        pytest.param(f"{ANA} in 10 minutes", ring("UANA", when="in 10 minutes"), id="in 10 minutes"),
        pytest.param(f"tomorrow 9:30 {ANA}", ring("UANA", when="tomorrow 9:30"), id="the time first"),
        pytest.param(f"{ANA} tomorrow audio 9:30", ring("UANA", when="tomorrow 9:30", audio=True), id="audio inside"),
        pytest.param(
            f'{ANA} 1 Dec 14:00 "tea" {BEN}', ring("UANA", "UBEN", topic="tea", when="1 Dec 14:00"), id="all at once"
        ),
        pytest.param(f"{ANA} at 3", ring("UANA", when="at 3"), id="an unclear time is judged later"),
        pytest.param(f"{ANA} now", ring("UANA"), id="now is no time at all"),
        pytest.param(f"{ANA} me", ring("UANA"), id="oneself beside others is in the call anyway"),
        pytest.param(
            " ".join(f"<@U{n}>" for n in range(99)), ring(*(f"U{n}" for n in range(99))), id="as many as a call holds"
        ),
        pytest.param("", OpenModal(), id="nothing"),
        pytest.param("  \n", OpenModal(), id="spaces"),
        pytest.param("list", ListCalls(), id="list"),
        pytest.param(" List ", ListCalls(), id="list in capitals"),
        pytest.param("CANCEL", Cancel(), id="cancel"),
        pytest.param("help", Help(), id="help"),
        pytest.param("?", Help(), id="a question mark"),
    ],
)
def test_ring_is_read(text: str, meant: object) -> None:
    assert parse_ring(text) == meant


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        pytest.param("<#C1|general>", notify(channel="C1"), id="a channel"),
        pytest.param("<#C987|>", notify(channel="C987"), id="a private channel"),
        pytest.param("<C987|>", notify(channel="C987"), id="a private channel as the documentation prints it"),
        pytest.param("<#C1|a> <#C1|b>", notify(channel="C1"), id="the same channel twice"),
        pytest.param(
            '<#C1|x> "tea" at 15:00 audio',
            notify(channel="C1", topic="tea", when="at 15:00", audio=True),
            id="a channel with everything",
        ),
        pytest.param(f"{ANA} {BEN}", notify("UANA", "UBEN"), id="people"),
        pytest.param("", OpenModal(), id="nothing"),
        pytest.param("Help", Help(), id="help"),
        pytest.param("?", Help(), id="a question mark"),
    ],
)
def test_notify_is_read(text: str, meant: object) -> None:
    assert parse_notify(text) == meant


@pytest.mark.parametrize(
    ("text", "why"),
    [
        pytest.param("@ana", "I don't know `@ana`: pick the name from Slack's list", id="an unescaped name"),
        pytest.param(f"{ANA} @ben", "I don't know `@ben`", id="an unescaped name beside a picked one"),
        pytest.param("@<b>`x`", "`@&lt;b&gt;'x'`", id="an unescaped name that would be a tag"),
        pytest.param("<!here>", "To tell a channel: /notify `#channel`", id="@here"),
        pytest.param("@here", "/ring rings people, not channels", id="@here, unescaped"),
        pytest.param("<!channel|@channel>", "/notify `#channel`", id="@channel"),
        pytest.param(f"{ANA} @Everyone", "/notify `#channel`", id="@everyone beside a person"),
        pytest.param("<#C1|general>", "To tell a channel: /notify <#C1>", id="a channel"),
        pytest.param("#general", "/notify `#channel`", id="a channel, unescaped"),
        pytest.param("me", "You cannot ring yourself", id="oneself"),
        pytest.param("audio", "Nobody is named", id="only audio"),
        pytest.param('"standup"', "Nobody is named", id="only a topic"),
        pytest.param("in 10 minutes", "Nobody is named", id="only a time"),
        pytest.param("hello", "Nobody is named", id="only words"),
        pytest.param(" ".join(f"<@U{n}>" for n in range(100)), "You named 100 people, and 99 is", id="100 people"),
        pytest.param(f'{ANA} "standup', 'Type /ring <@UANA> `"standup"`', id="a quote that is not closed"),
        pytest.param(f'{ANA} "tea at 15:00', '<@UANA> `"tea" at 15:00`', id="a quote left open before a time"),
        pytest.param(f'{ANA} standup"', 'Type /ring <@UANA> `"standup"`', id="a quote that is not opened"),
        pytest.param(f'{ANA} "a" "b"', "A call has one topic", id="two topics"),
        pytest.param(f'{ANA} "{"x" * 201}"', "That topic has 201 characters, and 200 is the most", id="a long topic"),
        pytest.param(f"{ANA} standup", 'Type /ring <@UANA> `"standup"`', id="a topic without quotes"),
        pytest.param(
            f"{ANA} standup tomorrow 9:30 audio",
            '/ring <@UANA> `"standup" tomorrow 9:30 audio`',
            id="a topic without quotes before a time",
        ),
        pytest.param(f'{ANA} "tea" soonish', "I don't understand `soonish`", id="words beside a topic"),
        pytest.param(f"{ANA} audio video", "either audio or video", id="audio and video"),
        pytest.param(f"{ANA} <http://evil.io|evil>", "&lt;http://evil.io|evil&gt;", id="a link"),
    ],
)
def test_ring_says_what_is_wrong(text: str, why: str) -> None:
    answer = parse_ring(text)
    assert isinstance(answer, Wrong), answer
    assert why in answer.why


@pytest.mark.parametrize(
    ("text", "why"),
    [
        pytest.param("<#C1> <#C2>", "One channel at a time, please: /notify <#C1>", id="two channels"),
        pytest.param(f"<#C1> {ANA}", "Either a channel or people", id="a channel and a person"),
        pytest.param("<#C1> <!subteam^S1>", "Either a channel or people", id="a channel and a group"),
        pytest.param("<!here>", "Name the channel itself", id="@here"),
        pytest.param("#general", "I don't know `#general`: pick the channel", id="an unescaped channel"),
        pytest.param("@ana", "I don't know `@ana`", id="an unescaped name"),
        pytest.param("<#C1> @ana", "I don't know `@ana`", id="an unescaped name beside a channel"),
        pytest.param("hello", "Nobody is named", id="only words"),
        pytest.param("<#C1> standup", '/notify <#C1> `"standup"`', id="a topic without quotes"),
        pytest.param('<#C1> "standup', '/notify <#C1> `"standup"`', id="a quote that is not closed"),
        pytest.param(" ".join(f"<@U{n}>" for n in range(120)), "You named 120 people", id="120 people"),
    ],
)
def test_notify_says_what_is_wrong(text: str, why: str) -> None:
    answer = parse_notify(text)
    assert isinstance(answer, Wrong), answer
    assert why in answer.why


def test_the_commands_are_called_what_the_workspace_calls_them() -> None:
    ringing = parse_ring("<#C1>", command="/call", notify_command="/tell")
    telling = parse_notify("<!here>", command="/tell")
    assert isinstance(ringing, Wrong) and "/call rings people" in ringing.why and "/tell <#C1>" in ringing.why
    assert isinstance(telling, Wrong) and "/tell `#channel`" in telling.why


def test_only_the_three_characters_of_mrkdwn_are_escaped() -> None:
    assert escape("""R&D <!here> "it's" *so* `é`""") == """R&amp;D &lt;!here&gt; "it's" *so* `é`"""


CONTROLS = {chr(code) for code in (*range(32), *range(127, 160))}
pieces = st.sampled_from(
    [
        *(ANA, BEN, "<#C1|x>", "<#C9|>", "<!here>", "<!subteam^S1|@g>", '"', "“", "”", "«", "'", "@ana", "#x"),
        *("in 10 minutes", "at 3", "audio", "me", "`", "*", "<", ">", "&amp;", "&lt;!channel&gt;", "\n", "<@U1|"),
    ]
)
typed = st.one_of(st.text(), st.lists(pieces, max_size=12).map(" ".join), st.lists(pieces, max_size=12).map("".join))


@given(typed)
def test_nothing_that_can_be_typed_breaks_the_reading(text: str) -> None:
    for answer in (parse_ring(text), parse_notify(text)):
        if isinstance(answer, Ring | Notify):
            assert answer.users or answer.groups or (isinstance(answer, Notify) and answer.channel)
            assert len(set(answer.users)) == len(answer.users)
            assert answer.topic is None or (0 < len(answer.topic) <= 200 and not CONTROLS & set(answer.topic))


@given(typed)
def test_no_answer_pings_or_formats_with_what_was_typed(text: str) -> None:
    for answer in (parse_ring(text), parse_notify(text)):
        if isinstance(answer, Wrong):
            outside = re.sub(r"`[^`\n]*`", "", answer.why)
            markup = re.sub(r"<(@[UW][A-Z0-9]+|#[CGD][A-Z0-9]+|!subteam\^S[A-Z0-9]+)>", "", outside)
            assert not set("<>`*_~\n") & set(markup)
            assert "<" not in "".join(re.findall(r"`[^`]*`", answer.why))


@pytest.mark.parametrize("text", ['"' + "<a>" * 4000, "'a " * 3000, "tomorrow " * 1500, "<@U1" * 3000])
def test_a_long_text_is_read_at_once(text: str) -> None:
    assert isinstance(parse_ring(f"{ANA} {text}"), Ring | Wrong)
