"""Parses an answer while it arrives: from the body to JSON, and from base64 to picture files."""
