"""Plantain's core: everything that holds on every chat platform."""
