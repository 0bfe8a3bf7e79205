"""Do the addresses that people's browsers, Slack and Stream are given lead anywhere?"""

import re
from collections.abc import Iterator
from ipaddress import ip_address
from urllib.parse import urlsplit

from bot.doctor.finding import Finding, mend
from bot.settings import Settings
from bot.work import OUTWARD_CALL_SECONDS


def look_at_places(settings: Settings) -> Iterator[Finding]:
    yield _public_url(settings.public_url)
    yield _join(settings)
    if settings.lease_seconds <= OUTWARD_CALL_SECONDS:
        yield mend(
            "LEASE_SECONDS", f"a call to Slack or Stream may take {OUTWARD_CALL_SECONDS} s: set it to more than that"
        )


def _public_url(url: str) -> Finding:
    about = "PUBLIC_URL"
    if not url:
        return mend(about, "it is not set: give the https address under which Stream (and Slack) reach this server")
    if urlsplit(url).scheme != "https":
        return mend(about, f"{url} is not https: put a proxy with a certificate before this server, and name that")
    if _is_local(urlsplit(url).hostname or ""):
        return mend(about, f"nobody outside can reach {url}: name the address under which Stream (and Slack) do")
    return Finding(about, f"{url} (whether it leads here cannot be seen from here)")


def _is_local(host: str) -> bool:
    try:
        return not ip_address(host).is_global
    except ValueError:
        return "." not in host or bool(re.search(r"\.(localhost|local|internal)$", host))


def _join(settings: Settings) -> Finding:
    about = "where people join"
    if settings.join_url_template:
        return Finding(about, "in Slack's own huddle" if settings.huddle else "in an app of your own")
    if not settings.stream_sdk_url:
        return mend(
            about,
            "on the bot's own page, which lacks STREAM_SDK_URL: name the ES module of Stream's browser SDK, on a CDN "
            "or hosted by you, or set JOIN_URL_TEMPLATE to another place",
        )
    return Finding(about, f"on the bot's own page, with the SDK from {urlsplit(settings.stream_sdk_url).netloc}")
