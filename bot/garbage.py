"""How Python's garbage collector is set in a program that runs for weeks and is asked many small things."""

import gc

GENERATIONS = (10_000, 20, 50)
"""Python's own are 700, 10, 10: nearly all that a request leaves behind is freed without any collection, and a full one
holds up everybody."""


def settle() -> None:
    """To be called once, when everything is imported and built: that stays, and no collection need walk over it again.
    https://docs.python.org/3/library/gc.html#gc.freeze"""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*GENERATIONS)
