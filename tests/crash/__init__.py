"""Kills of the running program at chosen moments, and what must hold after each of them."""
