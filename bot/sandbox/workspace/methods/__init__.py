"""The Web API's methods, a file for each family, and the table of all of them."""

from bot.sandbox.workspace.methods import apps, chat, conversations, history, usergroups, users, views
from bot.sandbox.workspace.methods.call import Call, Handler

METHODS: dict[str, Handler] = {
    **apps.METHODS,
    **chat.METHODS,
    **conversations.METHODS,
    **history.METHODS,
    **usergroups.METHODS,
    **users.METHODS,
    **views.METHODS,
}

__all__ = ["METHODS", "Call"]
