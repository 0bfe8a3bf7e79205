"""Whatever is sent, signed or torn, nothing ends in a 500 and nothing breaks us behind the door."""

from datetime import UTC, datetime

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.slack.command import Notify, Ring, Wrong, parse_notify, parse_ring
from bot.stream import events
from bot.when import Unclear, read_time
from tests.fuzz import WORDS, fuzz

NOON = datetime(2026, 12, 1, 12, tzinfo=UTC)

PIECES = st.sampled_from([*WORDS, "<@U0BEN>", "tomorrow", "at", "in", "audio", "9:30", '"', "“", "&amp;"]) | st.text()
TYPED = st.lists(PIECES, max_size=12).map(" ".join)
OF_TIMES = st.sampled_from(
    ["tomorrow", "today", "at", "in", "9:30", "3pm", "noon", "11", "2 hours", "0 minutes", "1 Dec"]
)
TIMES = st.lists(OF_TIMES, min_size=1, max_size=4).map(" ".join) | TYPED
ZONES = st.sampled_from(["Europe/Berlin", "Pacific/Kiritimati", "America/St_Johns", "", "Nowhere/At_All", "../etc"])


async def test_nothing_that_is_sent_ends_in_a_500() -> None:
    """A share of it; `python -m tests.fuzz` throws 100,000."""
    survived = await fuzz(4000, seconds=12)
    assert survived.failures == []
    assert survived.inputs >= 200
    assert {"/slack/events 200", "/slack/events 400", "/stream/events 200", "/stream/events 400"} <= set(
        survived.statuses
    )


@settings(max_examples=150, deadline=None)
@given(TYPED)
def test_every_text_is_read_as_something(text: str) -> None:
    ring, notify = parse_ring(text), parse_notify(text)
    assert not isinstance(ring, Wrong) or ring.why
    assert not isinstance(notify, Wrong) or notify.why
    assert not isinstance(ring, Ring) or ring.users or ring.groups
    assert not isinstance(notify, Notify) or notify.users or notify.groups or notify.channel


@settings(max_examples=100, deadline=None)
@given(TIMES, ZONES)
def test_every_time_is_read_or_said_to_be_unclear(text: str, zone: str) -> None:
    found = read_time(text, tz=zone, now=NOON)
    assert found is None or (found.why if isinstance(found, Unclear) else found.at > NOON)


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=300) | st.text(max_size=100).map(lambda text: text.encode("utf-8", "surrogatepass")))
def test_a_body_is_an_event_or_malformed(body: bytes) -> None:
    try:
        events.parse(body)
    except events.Malformed as why:
        assert str(why)
