"""Handles what members do: commands, buttons and replies. Accepts requests."""
