"""Handles events from Discord, and passes them to the core."""
