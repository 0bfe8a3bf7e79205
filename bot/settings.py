"""Every setting: its name, type, default and meaning. The only reader of the environment (and of a `.env`)."""

from datetime import timedelta
from typing import Annotated, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
    ValidationInfo,
    field_validator,
)
from pydantic_settings import BaseSettings, SettingsConfigDict

from bot.call.values import Rules
from bot.setting_kinds import (
    Command,
    Json,
    ModuleUrl,
    Name,
    Seconds,
    Url,
    begins,
    database,
    join_url,
    names_a_user,
    not_empty,
    placeholders,
    user_template,
    with_slash,
    without_version,
)
from bot.stream.client import BASE_URL
from bot.work import OUTWARD_CALL_SECONDS


class SettingsError(Exception):
    """Settings that are missing or malformed: each is named, with what it is for and what a good one looks like."""


class Settings(BaseModel):
    """The settings, checked. `load_settings` reads them from the environment; the sandbox makes its own."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", hide_input_in_errors=True, validate_default=True, str_strip_whitespace=True
    )

    slack_bot_token: Annotated[SecretStr, AfterValidator(begins("xoxb-"))] = Field(
        description="The bot's token in your workspace (OAuth & Permissions).", examples=["xoxb-123-456-abc"]
    )
    slack_app_token: Annotated[SecretStr, AfterValidator(begins("xapp-"))] | None = Field(
        default=None,
        description="An app-level token: set, Slack is reached by Socket Mode instead of HTTP.",
        examples=["xapp-1-A123-456-abc"],
    )
    slack_signing_secret: SecretStr | None = Field(
        default=None,
        description="Proves that requests come from Slack (Basic Information); needed unless SLACK_APP_TOKEN is set.",
        examples=["8f742231b10e8888abcd99yyyzzz85a5"],
    )
    slack_api_url: Annotated[Url, AfterValidator(with_slash)] = Field(
        default="https://slack.com/api/", description="Where Slack's Web API is.", examples=["https://slack.com/api/"]
    )
    stream_api_key: str = Field(min_length=1, description="The key of your app on Stream.", examples=["abcd1234efgh"])
    stream_api_secret: Annotated[SecretStr, AfterValidator(not_empty)] = Field(
        description="The secret of your app on Stream; signs tokens and checks webhooks.", examples=["a long secret"]
    )
    stream_base_url: Annotated[Url, AfterValidator(without_version)] = Field(
        default=BASE_URL,
        min_length=1,
        description="Where Stream Video's API is, without `/api/v2`.",
        examples=[BASE_URL],
    )
    stream_user_id_template: Annotated[str, AfterValidator(user_template)] = Field(
        default="{team}-{user}",
        description="A person's user id on Stream: `{team}`, `{user}`, or `{email}` for those with users there "
        "(encoded to Stream's alphabet; needs the optional scope users:read.email).",
        examples=["{team}-{user}"],
    )
    stream_multi_tenant: bool = Field(
        default=False, description="True: the Slack team's id is also the Stream `team`.", examples=["true"]
    )
    stream_sdk_url: ModuleUrl = Field(
        default="",
        description="Stream's browser SDK as an ES module, which people's browsers load; unset, the join page says so.",
        examples=["https://example.com/video-client.mjs"],
    )
    database_url: Annotated[str, AfterValidator(database)] = Field(
        default="sqlite:///ringer.sqlite3",
        repr=False,
        description="The ledger: a SQLite file for one process, Postgres for several.",
        examples=["postgresql://ringer:password@localhost/ringer"],
    )
    host: str = Field(default="127.0.0.1", min_length=1, description="The address to listen on.", examples=["0.0.0.0"])
    port: int = Field(
        default=3000, ge=0, le=65535, description="The port to listen on; 0 takes a free one.", examples=["3000"]
    )
    join_url_template: Annotated[str, AfterValidator(join_url)] = Field(
        default="",
        description="Where people join, if not on the page of the bot's own: `{type} {id} {user_id} {token}` for an "
        "app of yours, `{team} {channel}` for Slack's own huddle.",
        examples=[
            "https://meet.example.com/{type}/{id}?user={user_id}&token={token}",
            "https://app.slack.com/huddle/{team}/{channel}",
        ],
    )
    public_url: Url = Field(
        default="",
        description="The address under which browsers, Slack and Stream reach this server; needed by `ringer serve` "
        "unless JOIN_URL_TEMPLATE is set.",
        examples=["https://ringer.example.com"],
    )
    call_type: Name = Field(
        default="default", min_length=1, description="The type of our calls on Stream.", examples=["default"]
    )
    call_custom: Json = Field(
        default={}, description="JSON, merged into each call's `custom`.", examples=['{"source": "slack"}']
    )
    call_settings_override: Json = Field(
        default={},
        description="JSON, merged into each call's `settings_override`.",
        examples=['{"recording": {"mode": "disabled"}}'],
    )
    caller_role: Name = Field(default="", description="The caller's role in the call on Stream.", examples=["host"])
    callee_role: Name = Field(default="", description="The callees' role in the call on Stream.", examples=["user"])
    ring_timeout_seconds: Seconds = Field(
        default=60, description="How long it rings, and how long it may take to start ringing.", examples=["60"]
    )
    join_grace_minutes: int = Field(
        default=5,
        ge=1,
        le=1440,
        description="Accepted, but nobody joined: the call ends after this long.",
        examples=["5"],
    )
    reminder_minutes: int = Field(
        default=10, ge=1, le=1440, description="How long before a scheduled call people are reminded.", examples=["10"]
    )
    allow_several_calls: bool = Field(
        default=False, description="False: accepting a call leaves the one you are in first.", examples=["false"]
    )
    ring_command: Command = Field(default="/ring", description="The command that rings.", examples=["/ring"])
    notify_command: Command = Field(
        default="/notify", description="The command that tells without ringing.", examples=["/notify"]
    )
    rings_per_minute: int = Field(
        default=20,
        ge=0,
        description="How many calls one person may begin in a minute; Ring again has to wait where both together are "
        "that many; 0: no limit.",
        examples=["20"],
    )
    rings_per_minute_workspace: int = Field(
        default=100,
        ge=0,
        description="How many calls all of a workspace may begin in a minute, about as many as Slack's limits let it "
        "tell one callee each of; Ring again has to wait where both together are that many; 0: no limit.",
        examples=["100"],
    )
    lease_seconds: float = Field(
        default=10,
        ge=0.1,
        le=300,
        description="How long a worker holds what it has claimed before another may.",
        examples=["10"],
    )
    log_format: Literal["console", "json"] = Field(
        default="console", description="How logs are written.", examples=["json"]
    )

    @field_validator("slack_signing_secret")
    @classmethod
    def _slack_is_proven(cls, value: SecretStr | None, info: ValidationInfo) -> SecretStr | None:
        if not value and info.data.get("slack_app_token", "malformed") is None:
            raise ValueError("it is missing")
        return value

    @field_validator("notify_command")
    @classmethod
    def _two_commands(cls, value: str, info: ValidationInfo) -> str:
        if value == info.data.get("ring_command"):
            raise ValueError("it is the same as RING_COMMAND")
        return value

    @property
    def huddle(self) -> bool:
        """People join in Slack's own huddle."""
        return bool(self.join_url_template) and "channel" in placeholders(self.join_url_template)

    @property
    def own_links(self) -> bool:
        """Each person's link into a call is theirs alone."""
        return not self.join_url_template or names_a_user(self.join_url_template)

    @property
    def socket_mode(self) -> bool:
        return self.slack_app_token is not None

    @property
    def ring_timeout(self) -> timedelta:
        return timedelta(seconds=self.ring_timeout_seconds)

    def rules(self) -> Rules:
        return Rules(
            ring_timeout=self.ring_timeout,
            join_grace=timedelta(minutes=self.join_grace_minutes),
            reminder=timedelta(minutes=self.reminder_minutes),
            several_calls=self.allow_several_calls,
            huddle=self.huddle,
        )


class _ToServe(Settings):
    """What `ringer serve` needs beyond what any command does."""

    @field_validator("public_url")
    @classmethod
    def _people_can_join(cls, value: str, info: ValidationInfo) -> str:
        if not value and info.data.get("join_url_template") == "":
            raise ValueError("it is missing, and the links by which people join begin with it")
        return value

    @field_validator("lease_seconds")
    @classmethod
    def _outlives_a_call_out(cls, value: float) -> float:
        if value <= OUTWARD_CALL_SECONDS:
            raise ValueError(f"a call to Slack or Stream may take {OUTWARD_CALL_SECONDS} s: it should be longer")
        return value


def load_settings(env_file: str | None = ".env", *, to_serve: bool = False) -> Settings:
    """The settings of the environment, which goes before those of the `.env`. Raises SettingsError with all that is
    wrong at once; `to_serve`: also with what only `ringer serve` needs."""
    needed: type[Settings] = _ToServe if to_serve else Settings

    class Environment(needed, BaseSettings):  # type: ignore[valid-type, misc]
        model_config = SettingsConfigDict(env_ignore_empty=True, extra="ignore", env_file=env_file)

    try:
        found = Environment.model_validate({})
    except ValidationError as error:
        raise SettingsError(_say(_wrong(error))) from None
    return Settings.model_construct(**{name: getattr(found, name) for name in Settings.model_fields})


def _wrong(error: ValidationError) -> dict[str, str]:
    wrong: dict[str, str] = {}
    for one in error.errors(include_input=False, include_url=False):
        wrong.setdefault(str(one["loc"][0]), _problem(one["type"], one["msg"]))
    return wrong


def _problem(kind: str, message: str) -> str:
    if kind == "missing":
        return "it is missing"
    if kind == "value_error":
        return message.removeprefix("Value error, ")
    return message[0].lower() + message[1:]


def _say(wrong: dict[str, str]) -> str:
    lines = ["These settings need your attention (environment, or a .env file here):"]
    for name, field in Settings.model_fields.items():
        if name in wrong:
            examples = " or ".join(map(str, field.examples or ()))
            lines.append(f"  {name.upper()}: {wrong[name]}.\n    {field.description}\n    For example: {examples}")
    return "\n".join(lines)
