"""Telegram, through its Bot API and python-telegram-bot."""
