"""The workspace, three people, and a small real Bolt app: what the workspace's tests play with."""

from datetime import UTC, datetime
from typing import Any

from aiohttp import web
from slack_bolt.adapter.aiohttp import to_aiohttp_response, to_bolt_request
from slack_bolt.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from bot.sandbox.clock import SandboxClock
from bot.sandbox.faults import Faults
from bot.sandbox.workspace import Workspace

SECRET, TOKEN, APP_TOKEN = "a-signing-secret", "xoxb-bot", "xapp-app"
EVENTS = ("app_home_opened", "message.im", "message.channels", "member_joined_channel")
MODAL = {
    "type": "modal",
    "callback_id": "ring",
    "title": {"type": "plain_text", "text": "Ring people"},
    "submit": {"type": "plain_text", "text": "Ring"},
    "close": {"type": "plain_text", "text": "Not now"},
    "notify_on_close": True,
    "blocks": [
        {
            "type": "input",
            "block_id": "who",
            "label": {"type": "plain_text", "text": "Who"},
            "element": {"type": "multi_users_select", "action_id": "who"},
        },
        {
            "type": "input",
            "block_id": "topic",
            "optional": True,
            "label": {"type": "plain_text", "text": "Topic"},
            "element": {"type": "plain_text_input", "action_id": "topic", "max_length": 20},
        },
        {
            "type": "input",
            "block_id": "kind",
            "label": {"type": "plain_text", "text": "Kind"},
            "element": {
                "type": "radio_buttons",
                "action_id": "kind",
                "options": [
                    {"text": {"type": "plain_text", "text": "Video"}, "value": "video"},
                    {"text": {"type": "plain_text", "text": "Audio"}, "value": "audio"},
                ],
            },
        },
    ],
}


def button(text: str, **more: Any) -> dict[str, Any]:
    return {"type": "button", "action_id": text.lower(), "text": {"type": "plain_text", "text": text}, **more}


def section(text: str) -> dict[str, Any]:
    return {"type": "section", "text": {"type": "mrkdwn", "text": text}}


def actions(*elements: dict[str, Any]) -> dict[str, Any]:
    return {"type": "actions", "elements": list(elements)}


class Scene:
    """The workspace, a Bolt app to add listeners to, and the web server it is mounted on."""

    def __init__(self) -> None:
        self.clock = SandboxClock(datetime(2026, 11, 23, 9, 0, tzinfo=UTC))
        self.faults = Faults()
        self.slack = Workspace(
            clock=self.clock, faults=self.faults, signing_secret=SECRET, bot_token=TOKEN, app_token=APP_TOKEN
        )
        self.ana = self.slack.person("ana", is_admin=True)
        self.ben = self.slack.person("ben", tz="America/New_York")
        self.cy = self.slack.person("cy")
        self.support = self.slack.channel("support", self.ana, self.ben, bot_in=True)
        self.app: AsyncApp
        self.client: AsyncWebClient
        self.request_url = ""

    async def mount(self) -> web.AppRunner:
        self.client = AsyncWebClient(token=TOKEN, base_url=self.slack.api_url)
        self.app = AsyncApp(client=self.client, signing_secret=SECRET, process_before_response=True)

        async def serve(request: web.Request) -> web.Response:
            return await to_aiohttp_response(await self.app.async_dispatch(await to_bolt_request(request)))

        site = web.Application()
        site.router.add_post("/slack/events", serve)
        runner = web.AppRunner(site, access_log=None, shutdown_timeout=0.5)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        self.request_url = f"http://127.0.0.1:{runner.addresses[0][1]}/slack/events"
        self.slack.install(request_url=self.request_url, commands=["/ring"], bot_events=EVENTS)
        return runner
