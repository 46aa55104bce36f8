"""Servers, channels, people and messages of the simulated Discord."""
