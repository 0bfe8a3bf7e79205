"""Huddle Ringer: ring people from Slack over Stream Video."""
