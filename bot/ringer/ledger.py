"""Moved to bot.ledger."""

from bot.ledger import Clock, Dead, Delivery, Ledger, Tx

__all__ = ["Clock", "Dead", "Delivery", "Ledger", "Tx"]
