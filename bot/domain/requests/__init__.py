"""Requests and their jobs: values, states and the queue."""
