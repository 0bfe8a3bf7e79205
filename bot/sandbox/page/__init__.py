"""The sandbox in a browser: a workspace one can use, two people side by side, and what goes on behind it.

`server` is its HTTP side; `feed` tells every open page what changed, in the words of `shown`; `acts` are what people do
there, `behind` the clock, the faults and the calls both ways. `static/` is the page itself: plain ES modules.
"""

from bot.sandbox.page.server import Page

__all__ = ["Page"]
