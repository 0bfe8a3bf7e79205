"""What a running bot tells whoever runs it: a scrape of /metrics, and what /healthz says."""

from typing import Any

import aiohttp
from prometheus_client.parser import text_string_to_metric_families

from bot.sandbox.world import World

Samples = dict[tuple[str, frozenset[tuple[str, str]]], float]


class Seen:
    """One scrape."""

    def __init__(self, page: str) -> None:
        self.families = list(text_string_to_metric_families(page))
        self.samples: Samples = {
            (sample.name, frozenset(sample.labels.items())): sample.value
            for family in self.families
            for sample in family.samples
        }

    def value(self, name: str, **labels: str) -> float:
        return self.samples[(name, frozenset(labels.items()))]

    def total(self, name: str, **labels: str) -> float:
        """Of all series that have these labels, among others."""
        wanted = set(labels.items())
        return sum(value for (of, has), value in self.samples.items() if of == name and wanted <= has)

    def names(self) -> dict[str, set[str]]:
        """Every metric with the names of its labels."""
        found: dict[str, set[str]] = {}
        for name, labels in self.samples:
            found.setdefault(name, set()).update(label for label, _ in labels)
        return found


async def scrape(world: World) -> Seen:
    assert world.app is not None
    async with aiohttp.ClientSession() as session, session.get(f"{world.app.url}/metrics") as answer:
        assert answer.status == 200
        assert answer.headers["Content-Type"].startswith("text/plain; version=0.0.4")
        return Seen(await answer.text())


async def health(world: World, path: str = "/healthz") -> tuple[int, dict[str, Any]]:
    assert world.app is not None
    async with aiohttp.ClientSession() as session, session.get(world.app.url + path) as answer:
        return answer.status, await answer.json()
