"""What people do in Slack, as verbs of the ringer: parse, one verb, answer; nothing is answered before it is durable.

build      the Bolt app               verbs        what the listeners need of the ringer
payloads   what Slack sends, as types edge         every listener's outside: malformed, broken, acknowledged
commands   /ring and /notify          presses      buttons and menus          submissions   modals handed in
events     Home opened, people changed
"""

from bot.slack.listeners.build import add_listeners, build_app
from bot.slack.listeners.verbs import People, Verbs

__all__ = ["People", "Verbs", "add_listeners", "build_app"]
