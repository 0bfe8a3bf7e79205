"""Huddle Ringer: ring people from Slack over Stream Video. What is where: README.md, under Develop."""
