"""Requests in the database: acceptance, the moves of jobs, views, deliveries."""
