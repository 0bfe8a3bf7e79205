"""On a machine that reaches the outside world through a proxy, what stays on the machine goes past it."""

import pytest

from tests.scenarios.conftest import Stage, Where


@pytest.fixture(autouse=True)
def proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    """One that nobody answers at."""
    for name in ("HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")


@pytest.mark.parametrize("stage", [Where(), Where(transport="socket")], indirect=True, ids=["http", "socket"])
async def test_a_ring_its_answer_and_what_is_said_through_a_response_url(stage: Stage) -> None:
    stage.world.workspace.person("robot", is_bot=True)
    await stage.ana.types("/ring @ben @robot", at="#support")
    await stage.ana.sees("Skipped @robot: a bot.", at="#support")
    await stage.ben.sees("is ringing you")
    await stage.ben.presses("Decline")
    await stage.ana.sees("declined", at="#support")
