"""The wire formats: the requests, and what their answers mean."""
