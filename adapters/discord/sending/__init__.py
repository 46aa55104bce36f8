"""Sends messages to Discord, each part of an outcome once."""
