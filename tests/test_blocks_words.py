"""People's words made harmless, times and lists of names."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.slack.blocks.parts import clock, day, duration, listed, mentions, quoted, sentence, spoken, words


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        pytest.param("the plan", "the plan", id="plain words stay"),
        pytest.param("R&D <now>", "R&amp;D &lt;now&gt;", id="escaped"),
        pytest.param("<!channel> & *x*", "&lt;!channel&gt; &amp; ∗x∗", id="no ping, no bold"),
        pytest.param("<@U0EVE00000>", "&lt;@U0EVE00000&gt;", id="no mention of a person either"),
        pytest.param("<https://evil.example|bank>", "&lt;https://evil.example|bank&gt;", id="no link"),
        pytest.param("&lt;!here&gt;", "&amp;lt;!here&amp;gt;", id="what looks escaped is escaped again"),
        pytest.param("`rm -rf` ~no~ _it_", "ˋrm -rfˋ ∼no∼ ＿it＿", id="no code, strike or italics"),
        pytest.param("2 * 3 * 4, 2*3, snake_case", "2 * 3 * 4, 2*3, snake_case", id="signs that format nothing stay"),
        pytest.param("one\n> two\r\n\tthree", "one &gt; two three", id="one line"),
        pytest.param("a\u0000b\u0007c", "abc", id="no control characters"),
        pytest.param("\u202eabc\u202c\u2066d", "abcd", id="nothing turns the writing round"),
        pytest.param("\ud800x", "x", id="no half characters"),
        pytest.param("👩\u200d🚀 नमस्ते", "👩\u200d🚀 नमस्ते", id="emoji and scripts stay whole"),
        pytest.param(" \u200b\u0000 \n", "", id="nothing to see"),
    ],
)
def test_words(said: str, shown: str) -> None:
    assert words(said) == shown


@pytest.mark.parametrize(
    ("said", "most", "shown"),
    [
        pytest.param("abcdef", 6, "abcdef", id="fits"),
        pytest.param("abcdefg", 6, "abcde…", id="too long"),
        pytest.param("abc &&&", 8, "abc…", id="an escape is not cut in two"),
        pytest.param("abcd efg", 6, "abcd…", id="no space before the dots"),
    ],
)
def test_words_too_long(said: str, most: int, shown: str) -> None:
    assert words(said, most) == shown


@given(st.text(), st.integers(2, 50))
def test_words_are_never_longer_than_asked(said: str, most: int) -> None:
    assert len(words(said, most)) <= most


def test_quotes_stand_only_around_something() -> None:
    assert quoted("plan") == "“plan”"
    assert quoted(" \n") == ""


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        pytest.param("<@U0BEN00000> is a bot.", "<@U0BEN00000> is a bot.", id="a person is mentioned"),
        pytest.param("Tell <#C0PLANS00>.", "Tell <#C0PLANS00>.", id="a channel too"),
        pytest.param("At <!date^1^{time}|10:00 UTC>.", "At <!date^1^{time}|10:00 UTC>.", id="a date is shown"),
        pytest.param("Type `/ring &lt;x&gt;`.", "Type `/ring &lt;x&gt;`.", id="what is escaped stays so"),
        pytest.param("<!channel> R&D", "&lt;!channel&gt; R&amp;D", id="what is not is"),
        pytest.param("<!here|x> <!everyone>", "&lt;!here|x&gt; &lt;!everyone&gt;", id="nobody is pinged"),
        pytest.param(
            "<!date^1^{time}^https://evil|x>", "&lt;!date^1^{time}^https://evil|x&gt;", id="no link in a date"
        ),
        pytest.param("<https://evil|bank>", "&lt;https://evil|bank&gt;", id="no link"),
        pytest.param("<!subteam^S0DEVS000>", "&lt;!subteam^S0DEVS000&gt;", id="no group, where others see it"),
        pytest.param("a < b", "a &lt; b", id="a lone bracket"),
        pytest.param("one\ntwo", "one\ntwo", id="lines stay"),
    ],
)
def test_sentence(said: str, shown: str) -> None:
    assert sentence(said) == shown


def test_a_group_is_mentioned_to_one_person_alone() -> None:
    assert sentence("<!subteam^S0DEVS000>", groups=True) == "<!subteam^S0DEVS000>"


def test_a_mention_is_never_cut_in_two() -> None:
    assert sentence("x <@U0BEN00000>", 10) == "x…"


@given(st.text())
def test_a_sentence_made_harmless_stays_as_it_is(said: str) -> None:
    assert sentence(sentence(said)) == sentence(said)


@pytest.mark.parametrize(
    ("names", "said"),
    [
        pytest.param([], "", id="nobody"),
        pytest.param(["Ana"], "Ana", id="one"),
        pytest.param(["Ana", "Ben"], "Ana and Ben", id="two"),
        pytest.param(["Ana", "Ben", "Cy"], "Ana, Ben and Cy", id="three"),
        pytest.param(["Ana", "Ben", "Cy", "Dee"], "Ana, Ben, Cy and 1 other", id="one too many"),
        pytest.param([*"abcdefgh"], "a, b, c and 5 others", id="many"),
    ],
)
def test_listed(names: list[str], said: str) -> None:
    assert listed(names, 3) == said


def test_mentions() -> None:
    assert mentions(["U1", "U2"]) == "<@U1> and <@U2>"


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(0, "0 s"), (59, "59 s"), (60, "1 min"), (779, "12 min"), (3600, "1 h"), (3900, "1 h 5 min"), (-5, "0 s")],
)
def test_duration(seconds: int, said: str) -> None:
    assert duration(timedelta(seconds=seconds)) == said


def test_times_are_shown_in_the_readers_zone() -> None:
    at = datetime(2026, 12, 1, 10, 2, 30, tzinfo=UTC)
    assert clock(at) == "<!date^1796119350^{time}|10:02 UTC>"
    assert day(at) == "<!date^1796119350^{date_short_pretty} at {time}|2026-12-01 at 10:02 UTC>"


def test_a_notification_holds_whole_sentences() -> None:
    assert spoken("One", "", "two.", "three…") == "One. two. three…"
    assert spoken("One", "x" * 296) == "One."
    assert spoken("One", "x" * 294) == f"One. {'x' * 294}."
