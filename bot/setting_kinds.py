"""The kinds of value a setting may have, and what makes one a good one; what is wrong is said in a sentence."""

import json
import re
from collections.abc import Callable
from string import Formatter
from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr
from pydantic_settings import NoDecode

from bot.call.values import LONGEST_RING, SHORTEST_RING

OF_AN_APP = frozenset({"type", "id", "user_id", "token"})
"""What JOIN_URL_TEMPLATE may hold for an app of one's own."""
OF_A_HUDDLE = frozenset({"team", "channel"})
"""What it may hold for Slack's own huddle."""
OF_A_USER = frozenset({"team", "user", "email"})


def begins(prefix: str) -> Callable[[SecretStr], SecretStr]:
    def check(value: SecretStr) -> SecretStr:
        if not value.get_secret_value().startswith(prefix):
            raise ValueError(f"it should begin with {prefix}")
        return value

    return check


def not_empty(value: SecretStr) -> SecretStr:
    if not value.get_secret_value().strip():
        raise ValueError("it is empty")
    return value


def _object(value: object) -> object:
    if not isinstance(value, str):
        return value
    try:
        read = json.loads(value)
    except ValueError as error:
        raise ValueError(f"it is not JSON: {error}") from None
    if not isinstance(read, dict):
        raise ValueError("it is JSON, but not an object")
    return read


def _command(value: str) -> str:
    if not re.fullmatch(r"/[^\s/A-Z]{1,31}", value):
        raise ValueError("a command is a slash and a word without spaces or capitals, 32 characters at most")
    return value


def _web_address(value: str) -> str:
    if value and not re.fullmatch(r"https?://[^\s/?#]+[^\s?#]*", value):
        raise ValueError("it should be an address like https://example.com")
    return value.rstrip("/")


def _module(value: str) -> str:
    """CDNs take options in a query. Its origin stands in the page's Content-Security-Policy, so that is a plain one."""
    if value and not re.fullmatch(
        r"https?://([A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\])(:\d+)?(/[^\s?#]*)?(\?[^\s#]*)?", value
    ):
        raise ValueError(
            "it should be an address like https://example.com/module.mjs?bundle, without a # or a password"
        )
    return value


def with_slash(value: str) -> str:
    return f"{value}/"


def without_version(value: str) -> str:
    if value.endswith("/api/v2"):
        raise ValueError("leave out /api/v2")
    return value


def database(value: str) -> str:
    value = re.sub(r"^postgres://", "postgresql://", value)
    if not re.match(r"(sqlite:///.|postgresql(\+psycopg)?://.)", value):
        raise ValueError("it should begin with sqlite:/// or postgresql://")
    if ":memory:" in value:
        raise ValueError("a database in memory would lose everything at the first crash")
    if value.startswith("postgresql"):
        _server(urlsplit(value).netloc)
    return value


def _server(netloc: str) -> None:
    """Whatever is wrong with it is said without it: it holds a password."""
    user, _, server = netloc.rpartition("@")
    if "@" in user:
        raise ValueError("an @ in its user or password is written %40")
    if not re.fullmatch(r"(\[[^]]*\]|[^:\[\]]*)(:\d*)?", server):
        raise ValueError("behind its user and password stands a host, and maybe : and a port")


def placeholders(template: str) -> frozenset[str]:
    """The names in curly braces. Raises ValueError where the braces do not match."""
    pieces = list(Formatter().parse(template))
    if any(spec or conversion for _, _, spec, conversion in pieces):
        raise ValueError("a placeholder is a name in curly braces and nothing else")
    return frozenset(name for _, name, _, _ in pieces if name is not None)


def names_a_user(template: str) -> bool:
    """Whether a link made of it says who somebody is on Stream, and so is theirs alone."""
    return not placeholders(template).isdisjoint({"user_id", "token"})


def _known(names: frozenset[str], known: frozenset[str]) -> None:
    if unknown := names - known:
        strangers, friends = (" ".join(f"{{{name}}}" for name in sorted(some)) for some in (unknown, known))
        raise ValueError(f"it holds {strangers}; what can be filled in is {friends}")


def join_url(value: str) -> str:
    if not value:
        return value
    names = placeholders(value)
    _known(names, OF_AN_APP | OF_A_HUDDLE)
    if not re.match(r"https?://\S+$", value):
        raise ValueError("it should be an address like https://example.com/join/{id}")
    if names & OF_AN_APP and names & OF_A_HUDDLE:
        raise ValueError("{type} {id} {user_id} {token} belong to an app of your own, {team} {channel} to a huddle")
    if not names & {"id", "channel"}:
        raise ValueError("without {id} or {channel} everyone would join the same place")
    return value


def user_template(value: str) -> str:
    names = placeholders(value)
    _known(names, OF_A_USER)
    if not names & {"user", "email"}:
        raise ValueError("without {user} or {email} everyone would be the same user")
    if not re.fullmatch(r"[A-Za-z0-9@_-]*", re.sub(r"\{[a-z]+\}", "", value)):
        raise ValueError("a user id on Stream holds only letters, digits, @, _ and -")
    return value


Json = Annotated[dict[str, Any], NoDecode, BeforeValidator(_object)]
Command = Annotated[str, AfterValidator(_command)]
Url = Annotated[str, AfterValidator(_web_address)]
ModuleUrl = Annotated[str, AfterValidator(_module)]
Seconds = Annotated[int, Field(ge=SHORTEST_RING, le=LONGEST_RING)]
Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{0,64}$")]
