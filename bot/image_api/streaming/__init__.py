"""Reads the bytes of an answer: from the body to JSON, from base64 to picture files."""
