"""Makes a client of Slack's Web API: one that asks once, since whoever asks knows best when to ask again."""

from slack_sdk.web.async_client import AsyncWebClient


def web_client(token: str | None, base_url: str) -> AsyncWebClient:
    client = AsyncWebClient(token, base_url=base_url, retry_handlers=[])
    if not base_url.startswith("https:"):
        # slack_sdk takes a proxy from the environment. That is for the outside world: plain http stays on this machine.
        client.proxy = None
    return client
