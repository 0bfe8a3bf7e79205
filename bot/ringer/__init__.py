"""The product's verbs: ring, notify, schedule, accept, reject, cancel, leave, end, miss. Each is one transaction.

commands  what people ask for      presses  what they press      reports  what Stream reports
ticking   what time does           effects  what follows from a change: messages to draw, work owed to Stream
press     who asks for what
"""

from bot.ringer.commands import Commands
from bot.ringer.reports import Reports
from bot.ringer.ticking import Ticking


class Ringer(Commands, Reports, Ticking):
    """Every verb, over one ledger."""
