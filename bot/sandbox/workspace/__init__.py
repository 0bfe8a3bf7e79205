"""A stand-in Slack workspace: strict where Slack is strict, with people in it who type, press and see."""

from bot.sandbox.workspace.courier import Attempt, Delivery
from bot.sandbox.workspace.people import Person, Place, Press
from bot.sandbox.workspace.places import Channel, Group
from bot.sandbox.workspace.records import Message, View
from bot.sandbox.workspace.server import APICall
from bot.sandbox.workspace.workspace import BOT_SCOPES, Workspace

__all__ = [
    "BOT_SCOPES",
    "APICall",
    "Attempt",
    "Channel",
    "Delivery",
    "Group",
    "Message",
    "Person",
    "Place",
    "Press",
    "View",
    "Workspace",
]
