"""Where a test has the log written to; afterwards logging is as it was."""

import io
import logging
from collections.abc import Iterator

import pytest
import structlog


@pytest.fixture
def out() -> Iterator[io.StringIO]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield io.StringIO()
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()
