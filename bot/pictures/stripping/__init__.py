"""Metadata removal for each kind of picture file: what is kept of an unchanged file, and how that is checked."""
