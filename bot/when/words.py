"""Which of a command's words read like a time."""

import re
import unicodedata
from typing import Literal

from bot.when.calendar import MONTH_WORD, WEEKDAY_WORD, ZONE
from bot.when.pause import NUMBERS, UNIT

_Kind = Literal["starts", "means", "joins", "number", "month", ""]


def plain(text: str) -> str:
    words = unicodedata.normalize("NFKC", text).casefold().replace("’", "'").replace(",", " ")
    words = re.sub(r"(?<=\d)t(?=\d)", " ", words)
    words = re.sub(r"(?<![a-z])([ap])\.?m\b\.?", r"\1m", words)
    return " ".join(words.split()).strip(" .!?")


def split_time(words: str) -> tuple[str, str]:
    """What is no time in `words`, and what reads like one ("" where nothing does)."""
    tokens = words.split()
    kinds = [_kind(token) for token in tokens]
    best = (0, 0)
    for start in range(len(tokens)):
        end = _run(tokens, kinds, start)
        if end - start > best[1] - best[0]:
            best = (start, end)
    return " ".join(tokens[: best[0]] + tokens[best[1] :]), " ".join(tokens[best[0] : best[1]])


_OPENING = {
    ("starts", "means"),
    ("starts", "number"),
    ("starts", "month"),
    ("number", "month"),
    ("month", "number"),
    ("number", "joins"),
    ("starts", "joins"),
}
_LOOSE = {"and", "of", "the", "at", "on", "in", "after", "next", "this", "coming", "a", "an", "from"}


def _run(tokens: list[str], kinds: list[_Kind], start: int) -> int:
    """Where the words that read like a time and begin at `start` end; `start` itself if they are no time."""
    after = kinds[start + 1] if start + 1 < len(kinds) else ""
    first = plain(tokens[start])
    if first == "now":
        return start + 1
    if kinds[start] != "means" and (kinds[start], after) not in _OPENING and first not in ("the", "day"):
        return start
    end = next((i for i in range(start, len(kinds)) if not kinds[i]), len(kinds))
    while end > start and plain(tokens[end - 1]) in _LOOSE:
        end -= 1
    run = set(kinds[start:end])
    next_week = end - start == 2 and plain(" ".join(tokens[start:end])) == "next week"
    return end if "means" in run or (end - start > 1 and "number" in run) or next_week else start


def _kind(token: str) -> _Kind:
    """`at` starts a time, `tomorrow` is one, a number may belong to one, `the` may stand inside one."""
    word = plain(token)
    for kind, pattern in _KINDS.items():
        if pattern.fullmatch(word):
            return kind
    return ""


_KINDS: dict[_Kind, re.Pattern[str]] = {
    "starts": re.compile("in|at|on|after|next|this|coming|now"),
    "means": re.compile(
        rf"today|tonight|tomorrow|tmrw|yesterday|noon|midday|midnight|morning|afternoon|evening|{WEEKDAY_WORD}"
        rf"|\d{{1,2}}[:h]\d\d(:\d\d)?([ap]m)?|\d{{1,2}}(\.\d\d)?[ap]m|\d{{1,2}}h|\d{{4}}-\d+-\d+(t[\d:.+z-]+)?"
        rf"|\d{{1,2}}/\d{{1,2}}(/\d{{2,4}})?|\d+({UNIT})(\d+m?)?",
        re.ASCII,
    ),
    "number": re.compile(rf"\d+(\.\d+)?|\d+(st|nd|rd|th)|{'|'.join(NUMBERS)}|an?|half|quarter", re.ASCII),
    "joins": re.compile(
        rf"and|of|the|from|time|ago|[ap]m|o'?clock|(?:{UNIT})|months?|years?"
        rf"|night|{ZONE.pattern}"
    ),
    "month": re.compile(MONTH_WORD),
}
