"""Everything people see, drawn from values alone: a call, a timeline entry, a note → Block Kit.

actions   what can be pressed, and how a press is read      buttons   which buttons stand where, for whom
card      the call's card                                   direct    the direct messages (and `draw`, for any message)
lines     a card's thread                                   home      Home and `/ring list`
notes     what one person alone is told (note_kinds: which notes there are; note_words: what each says)
usage     what help says
modals    what is asked in forms                            forms     what was answered
parts     words made harmless, times, Block Kit's pieces    says      what is said of a call and its people
"""

from bot.slack.blocks.actions import ANY_ACTION, Action, Button, Callback, DeclineWith, read_press, rejection
from bot.slack.blocks.direct import draw
from bot.slack.blocks.forms import (
    EditForm,
    RingForm,
    read_edit_form,
    read_people_form,
    read_ring_form,
    read_words_form,
)
from bot.slack.blocks.home import home, listing
from bot.slack.blocks.lines import is_for_the_channel, line
from bot.slack.blocks.modals import (
    add_people_modal,
    decline_modal,
    edit_modal,
    notify_modal,
    read_metadata,
    ring_modal,
)
from bot.slack.blocks.note_kinds import Note
from bot.slack.blocks.notes import note
from bot.slack.blocks.parts import Block, Drawn
from bot.slack.blocks.says import unreached
from bot.slack.blocks.usage import help

__all__ = [
    "ANY_ACTION",
    "Action",
    "Block",
    "Button",
    "Callback",
    "DeclineWith",
    "Drawn",
    "EditForm",
    "Note",
    "RingForm",
    "add_people_modal",
    "decline_modal",
    "draw",
    "edit_modal",
    "help",
    "home",
    "is_for_the_channel",
    "line",
    "listing",
    "note",
    "notify_modal",
    "read_edit_form",
    "read_metadata",
    "read_people_form",
    "read_press",
    "read_ring_form",
    "read_words_form",
    "rejection",
    "ring_modal",
    "unreached",
]
