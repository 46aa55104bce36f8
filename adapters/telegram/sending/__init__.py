"""Sends messages to Telegram, within its rate limits."""
