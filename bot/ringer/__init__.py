"""The product's verbs: ask, accept, join, reject, cancel, leave, end… What each changes is one transaction.

commands  what people ask for            presses  what they press on a ring, and in a call
again     the same once more             plans    what they press on a plan
progress  how a call comes about         reports  what Stream reports; meaning: what that changes in a call
ticking   what time does                 effects  what follows from a change: messages to draw, work owed to Stream
press     who asks for what
"""

from bot.ringer.again import Again
from bot.ringer.plans import Plans
from bot.ringer.progress import Progress
from bot.ringer.reports import Reports
from bot.ringer.ticking import Ticking


class Ringer(Again, Plans, Progress, Reports, Ticking):
    """Every verb, over one ledger."""
