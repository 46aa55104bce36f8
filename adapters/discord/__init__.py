"""The Discord adapter, on discord.py. Where this package says `discord`, it means the library."""
