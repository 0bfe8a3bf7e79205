"""What Slack sends, as types; past this line nobody reads a payload by its keys.

https://docs.slack.dev/interactivity/implementing-slash-commands
https://docs.slack.dev/reference/interaction-payloads/block_actions-payload
https://docs.slack.dev/reference/interaction-payloads/view-interactions-payload
"""

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, StringConstraints

from bot.ringer.press import Press
from bot.slack.blocks import read_metadata
from bot.slack.listeners.edge import readable


def _sound(text: str) -> str:
    """Without what no database takes: NUL, and halves of characters."""
    return text.replace("\0", "").encode(errors="replace").decode()


def _all_sound(value: Any) -> Any:
    if isinstance(value, str):
        return _sound(value)
    if isinstance(value, dict):
        return {_all_sound(name): _all_sound(inner) for name, inner in value.items()}
    return [_all_sound(inner) for inner in value] if isinstance(value, list) else value


Id = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_.-]{1,64}$")]
MaybeId = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_.-]{0,64}$")]
Text = Annotated[str, AfterValidator(_sound)]
Loose = Annotated[dict[str, Any], AfterValidator(_all_sound)]


class _Payload(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)


class Command(_Payload):
    user_id: Id
    channel_id: Id
    text: Text = ""
    response_url: Text = ""
    trigger_id: Text = ""


class _User(_Payload):
    id: Id


class _Container(_Payload):
    message_ts: MaybeId = ""
    channel_id: MaybeId = ""


class _Channel(_Payload):
    id: Id


class Pressed(_Payload):
    user: _User
    actions: tuple[Loose, ...]
    container: _Container = _Container()
    channel: _Channel | None = None
    response_url: Text = ""
    trigger_id: Text = ""

    @property
    def action(self) -> Mapping[str, Any]:
        return self.actions[0] if self.actions else {}

    def press(self, team: str, message_id: str) -> Press:
        """`team` is the one whose bot this is: somebody of another organisation (Slack Connect) brings their own."""
        return Press(
            team=team,
            user=self.user.id,
            response_url=self.response_url,
            message_id=message_id,
            channel=self.container.channel_id or (self.channel.id if self.channel else ""),
            ts=self.container.message_ts,
            opened_link=bool(self.action.get("url")),
        )


class _View(_Payload):
    id: Id
    callback_id: Text = ""
    private_metadata: Text = ""
    state: Loose = {}


class Submitted(_Payload):
    user: _User
    view: _View

    def ids(self) -> dict[str, str]:
        """The ids its modal was opened with."""
        with readable():
            return read_metadata({"private_metadata": self.view.private_metadata})


class _Event(_Payload):
    user: Id
    tab: Text = ""


class HomeOpened(_Payload):
    event: _Event


class _Change(_Payload):
    user: Loose


class UserChanged(_Payload):
    event: _Change
