"""The Slack side: what people type and press, and the messages that tell them where a call stands."""
