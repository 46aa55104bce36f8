"""The Telegram adapter, on the Bot API and python-telegram-bot."""
