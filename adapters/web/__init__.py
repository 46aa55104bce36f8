"""The web platform: a chat page for the browser, served by the bot itself."""
