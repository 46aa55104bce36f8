"""Brings the outcome of a request to its member."""
