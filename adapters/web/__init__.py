"""The browser page: a chat of its own, served by the bot itself."""
