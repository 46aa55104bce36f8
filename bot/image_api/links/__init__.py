"""Fetches linked pictures, only from where it is safe."""
