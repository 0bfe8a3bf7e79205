"""The README's tables, made from the code: `uv run python -m tests.readme` writes them anew; a test holds them."""

import re
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import cast

from bot.doctor.stream import EVENT_TYPES
from bot.sandbox.control import Control
from bot.sandbox.world import World
from bot.settings import Settings
from bot.slack.scopes import SCOPES
from tests.buttons import buttons_table

README = Path(__file__).parent.parent / "README.md"
_PLACE = re.compile(r"<!-- table: (?P<name>\w+) -->\n.*?<!-- end -->", re.DOTALL)


def renewed(text: str) -> str:
    """The README with its tables as the code has them now."""
    return _PLACE.sub(_filled, text)


def _filled(place: re.Match[str]) -> str:
    name = place["name"]
    return f"<!-- table: {name} -->\n\n{TABLES[name]()}\n\n<!-- end -->"


def places(text: str) -> list[str]:
    """The names of its tables, in their order."""
    return [place["name"] for place in _PLACE.finditer(text)]


def settings_table() -> str:
    """In the order they have there."""
    rows = ["| name | default | meaning |", "|---|---|---|"]
    for name, field in Settings.model_fields.items():
        rows.append(
            f"| {name.upper()} | {_default(field.default, required=field.is_required())} | {field.description} |"
        )
    return "\n".join(rows)


def _default(value: object, *, required: bool) -> str:
    if required:
        return "required"
    if value in (None, "", {}):
        return "none"
    return f"`{str(value).lower() if isinstance(value, bool) else value}`"


def _scopes() -> str:
    return _table("scope", "what for", SCOPES.items())


def _events() -> str:
    return "\n".join(f"- `{kind}`" for kind in EVENT_TYPES)


def _control() -> str:
    acts = Control(cast(World, None)).acts
    return _table("path", "what it takes, and does", ((name, _words(act.__doc__)) for name, act in acts.items()))


def _words(text: str | None) -> str:
    return " ".join((text or "").split())


def _table(name: str, meaning: str, rows: Iterable[tuple[str, str]]) -> str:
    return "\n".join([f"| {name} | {meaning} |", "|---|---|", *(f"| `{left}` | {right} |" for left, right in rows)])


TABLES: dict[str, Callable[[], str]] = {
    "settings": settings_table,
    "buttons": buttons_table,
    "scopes": _scopes,
    "events": _events,
    "control": _control,
}


if __name__ == "__main__":
    README.write_text(renewed(README.read_text(encoding="utf-8")), encoding="utf-8")
