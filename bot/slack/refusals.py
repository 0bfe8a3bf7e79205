"""Which of Slack's refusals are of the bot itself, and which of what it asked for."""

OPENS_A_SOCKET = "apps.connections.open"
"""The one method that takes the app token; all others take the bot token."""

OF_THE_BOT = frozenset(
    {
        "account_inactive",
        "invalid_auth",
        "not_authed",
        "org_login_required",
        "team_access_not_granted",
        "token_expired",
        "token_revoked",
    }
)
"""Whatever it asks: until the token is good again it is as if Slack were away.
https://docs.slack.dev/reference/methods/auth.test#errors"""
OF_A_RIGHT = frozenset({"access_denied", "missing_scope", "no_permission"})
"""It lacks what this one request needs, and may do others."""
