"""The wire formats: they write requests and parse answers."""
