"""Keeps picture files, named by the SHA-256 of their bytes, in a folder."""
