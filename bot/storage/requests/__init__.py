"""Requests in the database: acceptance, state changes of jobs, views."""
