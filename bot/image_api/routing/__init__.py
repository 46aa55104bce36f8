"""Decides which endpoint is asked, when, and what happens after a fault."""
