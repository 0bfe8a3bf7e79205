"""Sets up logging: a sentence and its facts, for people or as JSON; nothing that looks like a token gets through."""

import logging
import re
import sys
from collections.abc import Mapping, MutableMapping
from typing import Any, Literal, TextIO

import structlog
from structlog.typing import Processor

_SECRETS = re.compile(
    r"xox[a-z]\.?[a-z]?-[\w.-]+"  # Slack's tokens: bots', people's, refresh
    r"|xapp-[\w.-]+"
    r"|xwfp-[\w.-]+"
    r"|\bey[JK][\w-]{6,}\.[\w-]+\.[\w-]*"  # JSON Web Tokens
    r"|(?<=hooks\.slack\.com/)[^\s\"'<>]+"  # whoever has a response_url can post with it
    r"|(?<=/response_url/)[^\s\"'<>]+"
    r"|(?<=[?&#]token=)[^&\s\"'<>]+"  # a link to join is a person's own
    r"|(?<=/join/)[\w-]{43}(?![\w-])"  # and so is one to the bot's page, and the cookie it is exchanged for
    r"|(?<=\bringer_)[0-9a-f]{12}=[^\s;\"',]+"
    r"|(?<=[?&]ticket=)[^&\s\"'<>]+"  # whoever has it can listen to what Slack sends in Socket Mode
    r"|(?<=[?&]api_key=)[^&\s\"'<>]+"
    r"|(?<=://)[^\s/@:]+:[^\s/@]+(?=@)"  # user and password of a database
)
SECRET_NAMES = frozenset(
    {
        "token",
        "secret",
        "password",
        "authorization",
        "response_url",
        "trigger_id",
        "signing_secret",
        "api_secret",
        "bot_token",
        "app_token",
        "x-slack-signature",
        "x-signature",
    }
)
REDACTED = "[redacted]"


def redact(text: str) -> str:
    """The last line of defence: nothing that logs should have a secret in its hands in the first place."""
    return _SECRETS.sub(REDACTED, text)


def _redacted(value: object) -> object:
    if isinstance(value, str):
        return redact(value)
    if isinstance(value, Mapping):
        return {name: _named(str(name), inner) for name, inner in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_redacted(inner) for inner in value]
    if value is None or isinstance(value, bool | int | float):
        return value
    return redact(repr(value))


def _named(name: str, value: object) -> object:
    return REDACTED if name.lower() in SECRET_NAMES and value else _redacted(value)


def _redact_event(logger: Any, method: str, event: MutableMapping[str, Any]) -> Mapping[str, Any]:
    return {
        name: value if name in ("_record", "_from_structlog") else _named(name, value) for name, value in event.items()
    }


def set_up_logging(
    log_format: Literal["console", "json"] = "console", *, level: int = logging.INFO, stream: TextIO | None = None
) -> None:
    """All logs, ours and our libraries', through one formatter to `stream` (stderr)."""
    out = stream or sys.stderr
    handler = logging.StreamHandler(out)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=_shared(),
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *_last(log_format, out)],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    _quieten()
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *_shared(),
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )


def _shared() -> list[Processor]:
    return [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.ExtraAdder(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]


def _last(log_format: str, out: TextIO) -> list[Processor]:
    written: Processor = (
        structlog.processors.JSONRenderer(ensure_ascii=False, default=repr)
        if log_format == "json"
        else structlog.dev.ConsoleRenderer(
            colors=out.isatty(), exception_formatter=structlog.dev.plain_traceback, pad_event_to=0
        )
    )
    return [structlog.processors.format_exc_info, _redact_event, written]


def _quieten() -> None:
    """Libraries that tell of every request, and Bolt, which writes whole payloads down where something is odd."""
    for name in ("slack_bolt", "slack_sdk", "aiohttp.access", "httpx", "httpcore", "apscheduler", "alembic"):
        logging.getLogger(name).setLevel(logging.WARNING)
