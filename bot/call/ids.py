"""Ids of our own: nobody can guess one, and later ones sort behind earlier ones."""

import time
from secrets import token_hex


def new_id() -> str:
    """32 hex digits: milliseconds, then 80 random bits.

    In the order of their making, so that a table of a million calls is written at its end only, and not all over.
    """
    return f"{time.time_ns() // 1_000_000:012x}{token_hex(10)}"
