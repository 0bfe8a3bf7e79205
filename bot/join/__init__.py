"""The page where a person joins a call in the browser, and the personal links that lead there.

links   one person, one call: minted, exchanged once for a cookie     routes   the page's addresses, and who may ask
html    the page as it is served, and what it may load                page/    the page itself: HTML, CSS, ES modules
"""

from bot.join.links import JoinLinks
from bot.join.routes import JoinPage

__all__ = ["JoinLinks", "JoinPage"]
