"""A stand-in Slack workspace and a stand-in Stream coordinator, with people in them.

`clock` and `faults` are what both share; `workspace` is Slack, `coordinator` is Stream. Nothing in here imports
the bot, except `world`, which puts both and the bot on free ports of 127.0.0.1.
"""
