"""The channels and groups of a workspace, as a test's author handles them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.sandbox.workspace.records import Conversation, Message, Usergroup
from bot.sandbox.workspace.state import State

if TYPE_CHECKING:
    from bot.sandbox.workspace.people import Person


class Channel:
    def __init__(self, state: State, conversation: Conversation) -> None:
        self._state = state
        self.conversation = conversation

    @property
    def id(self) -> str:
        return self.conversation.id

    @property
    def name(self) -> str:
        return self.conversation.name

    @property
    def members(self) -> list[str]:
        return list(self.conversation.members)

    @property
    def messages(self) -> list[Message]:
        """What everyone in it sees, threads included, oldest first."""
        return [m for m in self.conversation.messages if not m.gone and not m.ephemeral_to]

    def archive(self) -> None:
        self.conversation.archived = True
        self._state.tell("channel_archive", channel=self.conversation)

    def invite(self, *people: Person) -> None:
        for person in people:
            self._join(person.id)

    def kick(self, person: Person) -> None:
        self._leave(person.id)

    def add_bot(self) -> None:
        self._join(self._state.bot.id)

    def remove_bot(self) -> None:
        self._leave(self._state.bot.id)

    def _join(self, user: str) -> None:
        if user not in self.conversation.members:
            self.conversation.members.append(user)
            self._state.tell("channel_joined", channel=self.conversation, user=user)

    def _leave(self, user: str) -> None:
        if user in self.conversation.members:
            self.conversation.members.remove(user)
            self._state.tell("channel_left", channel=self.conversation, user=user)


class Group:
    def __init__(self, usergroup: Usergroup) -> None:
        self.usergroup = usergroup

    @property
    def id(self) -> str:
        return self.usergroup.id

    @property
    def handle(self) -> str:
        return self.usergroup.handle

    def disable(self) -> None:
        self.usergroup.disabled = True
