"""The grammar of a prompt: commands, flags, choices."""
