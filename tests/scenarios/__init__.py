"""Scenes: people in a workspace, the real bot, real HTTP; one story a file, told with people."""
