"""Deliveries in the database: their states, their parts, where requests were shown, and what nobody got yet."""
