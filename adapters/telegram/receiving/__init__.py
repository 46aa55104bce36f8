"""Receives updates from Telegram, and passes them to the core."""
