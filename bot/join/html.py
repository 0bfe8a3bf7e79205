"""The page as it is served: its HTML with the import map that names Stream's browser SDK, and what it may load."""

import base64
import hashlib
import json
from functools import cached_property
from html import escape
from importlib import resources
from urllib.parse import urlsplit

import httpx

from bot.join.links import Problem

SDK = "@stream-io/video-client"
"""The name by which the page imports the SDK that STREAM_SDK_URL names."""
STREAMS_HOSTS = ("stream-io-api.com", "stream-io-video.com", "getstream.io")
"""Where Stream's browser SDK connects to. https://getstream.io/video/docs/javascript/"""
TYPES = {"css": "text/css", "js": "text/javascript", "svg": "image/svg+xml"}

_WHY = {
    Problem.USED: (
        "This link has been used",
        "A link to join lets its person in once. If that was you, in another browser or some time ago, get a new one.",
    ),
    Problem.EXPIRED: ("This link is too old", "A link to join lives only a little longer than the call rings."),
    Problem.NOT_YOURS: (
        "This page belongs to one person",
        "It opens only in the browser in which its person came in. If that is you, get a new link.",
    ),
    Problem.OVER: ("This call is over", "There is nothing left to join. How it went is told in its thread in Slack."),
    Problem.UNKNOWN: (
        "This link leads nowhere",
        "It may be incomplete, or of a call that was over long ago. Press Join on the call’s message in Slack.",
    ),
}


class Html:
    def __init__(self, *, sdk_url: str, stream_base_url: str, below: str = "") -> None:
        self.sdk_url = sdk_url
        self._stream = stream_base_url
        self._below = below
        """The path of PUBLIC_URL, where it has one: browsers find all of this below it."""

    @cached_property
    def join(self) -> str:
        """The page for whoever may come in. It holds nothing about anybody."""
        sdk = f'<script type="importmap">{self._import_map}</script>' if self.sdk_url else ""
        return self._file("join.html").replace("<!-- sdk -->", sdk)

    def refused(self, problem: Problem, *, back: str = "", again: str = "") -> str:
        """Why not, and what to do. `back`: this browser is in already, there. `again`: asks for a new link in Slack."""
        title, words = _WHY[problem]
        filled = (
            self._file("refused.html").replace("<!-- title -->", escape(title)).replace("<!-- words -->", escape(words))
        )
        link = f'<a class="button" href="{escape(back)}">Back to your call</a>' if back else ""
        button = (
            f'<button id="again" type="button" data-at="{escape(again)}">Send me a new link in Slack</button>'
            if again
            else ""
        )
        return filled.replace("<!-- acts -->", link + button)

    def _file(self, name: str) -> str:
        text = resources.files(__package__).joinpath("page", name).read_text("utf-8")
        return text.replace('"/join/', f'"{self._below}/join/')

    @cached_property
    def headers(self) -> dict[str, str]:
        return {
            "Content-Security-Policy": "; ".join(self._policy()),
            "Referrer-Policy": "no-referrer",
            "Cache-Control": "no-store",
            "X-Content-Type-Options": "nosniff",
            "X-Frame-Options": "DENY",
            "Cross-Origin-Opener-Policy": "same-origin",
            "Permissions-Policy": "camera=(self), microphone=(self), display-capture=(), geolocation=()",
            "X-Robots-Tag": "noindex",
        }

    def _policy(self) -> list[str]:
        connects = ["'self'", *self._connects_to()]
        scripts = ["'self'"]
        if self.sdk_url:
            digest = base64.b64encode(hashlib.sha256(self._import_map.encode()).digest()).decode()
            scripts += [f"'sha256-{digest}'", origin(self.sdk_url)]
        return [
            "default-src 'none'",
            f"script-src {' '.join(scripts)}",
            "style-src 'self'",
            "img-src 'self' data: https:",  # people's pictures are wherever Slack has them
            "media-src 'self' blob:",
            "worker-src blob:",
            f"connect-src {' '.join(connects)}",
            "base-uri 'none'",
            "form-action 'none'",
            "frame-ancestors 'none'",
        ]

    def _connects_to(self) -> list[str]:
        """Stream's own hosts, and where else STREAM_BASE_URL is; a stand-in (which has no https) is all there is."""
        streams = [f"{scheme}://*.{one}" for one in STREAMS_HOSTS for scheme in ("https", "wss")]
        parts, here = urlsplit(self._stream), origin(self._stream)
        if (parts.hostname or "").endswith(STREAMS_HOSTS):
            return streams
        return [here, here.replace("http", "ws", 1), *(streams if parts.scheme == "https" else [])]

    @cached_property
    def _import_map(self) -> str:
        return json.dumps({"imports": {SDK: self.sdk_url}}).replace("<", "\\u003c")


def files() -> dict[str, tuple[str, str]]:
    """What the page loads from here: the text and its type by the file's name."""
    folder = resources.files(__package__).joinpath("page")
    return {
        one.name: (one.read_text("utf-8"), TYPES[kind])
        for one in folder.iterdir()
        if (kind := one.name.rpartition(".")[2]) in TYPES
    }


def origin(url: str) -> str:
    """As browsers write it: in small letters, and without the port that goes without saying.
    https://html.spec.whatwg.org/multipage/browsers.html#ascii-serialisation-of-an-origin"""
    parts = httpx.URL(url)
    return f"{parts.scheme}://{parts.netloc.decode('ascii')}"
